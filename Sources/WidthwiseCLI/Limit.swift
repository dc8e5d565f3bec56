import ArgumentParser
import Foundation
import Widthwise

struct Limit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The network at infinite width: its kernels, and its training in rational numbers.",
    discussion: """
        widthwise limit kernel mlp --relu --data digits --kernel ntk --out K.npy
        widthwise limit exact linear.tp --rate 1/10 --steps 3 --input x=1 --input y=1
      """,
    subcommands: [Kernel.self, Exact.self])
}

extension Limit {
  struct Kernel: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The NNGP or tangent kernel of a network on data.",
      discussion: """
        At initialization, as the program states it. NNGP: the covariance of an output at two examples. NTK: the sum over \
        weights of the product of the output's gradients at two examples, each times the square of the weight's initial \
        deviation. Closed forms where there are, else series to 1e-12; a network whose limit is not Gaussian is refused, \
        with the value at which it fails. Without --out the matrix is printed, a row a line.

          widthwise limit kernel mlp --relu --data digits --examples 100 --kernel ntk --out K.npy
          widthwise limit kernel my.tp --data my.csv --out K.csv
        """)

    @OptionGroup var source: ProgramOptions

    @Option(help: "The data: digits, shakespeare, random, a table (.csv) or a text. (default: those of the inputs)")
    var data: String?

    @OptionGroup var table: TableOptions

    @Option(help: "How many examples: the first rows, or as many as are drawn.")
    var examples = 64

    @Option(help: "Which kernel: nngp or ntk.")
    var kernel = "nngp"

    @Option(help: "The value whose kernel it is. (default: the network's output)")
    var output: String?

    @Option(
      help: ArgumentHelp("Write the matrix to this file, as its ending says: .csv or .npy.", valueName: "file"),
      completion: .file())
    var out: String?

    @Option(help: "Threads. (default: the number of processors)")
    var threads: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
      guard ["nngp", "ntk"].contains(kernel) else { throw ValidationError("--kernel \(kernel): write nngp or ntk") }
      guard examples >= 1 else { throw ValidationError("--examples \(examples): at least 1") }
      if let threads, threads < 1 { throw ValidationError("--threads \(threads): at least 1") }
      if let out, MatrixForm(path: out) == nil {
        throw ValidationError("--out \(out): the name ends in .csv or .npy")
      }
    }

    private struct Document: Encodable {
      var program: String, output: String, kernel: String, data: String
      var examples: Int, rows: Int
      var out: String?
      var matrix: [[Double]]?
    }

    func run() throws {
      let data = try self.data.map { try DataKind.named($0, reading: table.reading) }
      let program = try source.load(defaults: data)
      let filled = try data ?? DataKind.named(DataKind.usual(for: program), reading: table.reading)
      let network = try InfiniteNetwork(program, output: output)
      let inputs = try LimitInput.examples(examples, of: filled, for: program)
      let threads = self.threads ?? ProcessInfo.processInfo.activeProcessorCount
      let needed = network.memory(examples: examples, tangent: kernel == "ntk", threads: threads)
      let present = Int(clamping: ProcessInfo.processInfo.physicalMemory)
      guard needed < present else { throw LimitError.memory(needed: needed, available: present) }
      let progress = Progress("kernel")
      let began = ContinuousClock.now
      let found = try network.kernels(on: inputs, tangent: kernel == "ntk", threads: threads) { done in
        let spent = (ContinuousClock.now - began) / .seconds(1)
        progress.report(done, done > 0 ? spent / done - spent : 0)
      }
      progress.finish()
      try write(kernel == "ntk" ? found.ntk ?? [] : found.nngp, found.rows, program.name, network.output, filled.name)
    }

    private func write(_ matrix: [Double], _ rows: Int, _ program: String, _ value: String, _ data: String) throws {
      if let out, let form = MatrixForm(path: out) {
        do throws(SystemFile.Problem) { try SystemFile.replace(out, with: [form.data(matrix, rows: rows)]) } catch {
          throw FileFailure("\(out) can't be written: \(error.reason)")
        }
      }
      if json {
        let lines = (0..<rows).map { Array(matrix[$0 * rows..<($0 + 1) * rows]) }
        try printJSON(
          Document(
            program: program, output: value, kernel: kernel, data: data, examples: examples, rows: rows, out: out,
            matrix: out == nil ? lines : nil))
      } else if let out {
        print(
          "\(kernel.uppercased()) of \(value), \(program), \(examples) examples of \(data): \(rows) x \(rows), \(out)")
      } else {
        print(String(decoding: MatrixForm.csv.data(matrix, rows: rows), as: UTF8.self), terminator: "")
      }
    }
  }
}

extension LimitInput {
  /// The first examples of a table, or as many as are drawn, for each input of a program.
  ///
  /// Throws: ``DataError`` if the data do not fit the program; ``ProgramError/option(_:)`` if they have too few rows.
  fileprivate static func examples(_ count: Int, of data: any DataSource, for program: Program) throws -> [LimitInput] {
    let source = try data.batches(for: program, width: 1, sampling: .fresh)
    var batches: [[InputValues]] = []
    if let rows = data.rowCount {
      guard count <= rows else {
        throw ProgramError.option("--examples \(count): \(data.name) has \(rows) rows")
      }
      batches = [source.batch(rows: Array(0..<count))]
    } else {
      let needed = (count + source.batchSize - 1) / source.batchSize
      batches = (0..<needed).map { source.batch($0) }
    }
    return (batches.first ?? []).enumerated().map { i, first in
      let values = batches.flatMap { batch in
        switch batch[i].contents {
        case .numbers(let numbers): numbers
        case .indices(let indices): indices.map { Double($0) }
        }
      }
      let width = first.sizes.dropFirst().reduce(1, *)
      return LimitInput(first.name, examples: count, values: Array(values.prefix(count * width)))
    }
  }
}
