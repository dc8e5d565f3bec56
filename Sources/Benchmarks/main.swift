import Foundation

/// Measures the package, and beside it, in the same sitting and in turn, the scripts of its peers, if they are given:
///
///     bench [derive|mlp|gpt|sweep|products] [--peers FOLDER --python PYTHON] [--rounds N] [--threads N] [--quick]
///       [--widths N,N] [--units N] [--json FILE] [--markdown]
///
/// Times mean little by themselves on a shared machine; the ratios are what to quote. Each measurement is made in a
/// process of its own, so that its peak memory is its own; this one allocates nothing large.
do {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  if let work = options.child {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    print(String(decoding: try encoder.encode(try run(work, options)), as: UTF8.self))
  } else {
    try Driver(options).run()
  }
} catch let error as Options.Failure {
  FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
  exit(64)
} catch {
  FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
  exit(1)
}

/// Runs the workload of a child process.
func run(_ work: String, _ options: Options) throws -> Outcome {
  switch work {
  case "machine": Outcome(machine: try measureMachine(threads: options.threads))
  case "derive": try derivations(options)
  case "mlp": try coordinateCheck(options)
  case "gpt": try step(options)
  case "sweep": try sweep(options)
  case "products": try products(options)
  default: throw Options.Failure(description: "no work named \(work)")
  }
}
