import Foundation
import Testing
import Widthwise

/// What the machine refuses is said as what it is: one line, the file's name or the program's, and a status of 3.
@Suite struct FailureTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("failures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Others may look into it: one test is another user.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
  private func removed<Result>(_ body: () throws -> Result) rethrows -> Result {
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body()
  }

  private func fails(
    _ line: String, _ message: String, shell: String? = nil, location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Tool.run(Tool.split(line), shell: shell)
    #expect(
      outcome.status == 3 && outcome.errors.hasPrefix("error: ") && outcome.errors.contains(message),
      "\(line): \(outcome.status) \(outcome.errors)", sourceLocation: location)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)", sourceLocation: location)
  }

  private static let tiny = "train mlp --batch 8 --data random --width 16 --steps 4 --hold-out 0 --threads 1"
  private static let cells = "gallery mlp --optimizers adam --widths 16,32,64 --base 32 --steps 1"

  // MARK: - Memory

  /// The matrix library takes address space for each of its threads when it is loaded.
  private static func memoryLimit(_ mebibytes: Int) -> String {
    "ulimit -v \(mebibytes * 1024) && OPENBLAS_NUM_THREADS=1 exec \"$@\""
  }
  /// Sanitizers reserve more addresses than any limit would leave.
  private static let runsInLittleMemory = Tool.starts(in: memoryLimit(600))

  /// More than a limit allows is refused before anything is made; what the system then refuses ends the run as well.
  @Test(.enabled(if: runsInLittleMemory, "the tool does not start within 600 MiB of addresses"))
  func outOfMemory() throws {
    try removed {
      let large = "train mlp --batch 8 --data random --width 4800 --steps 1 --hold-out 0 --threads 1 --from standard"
      let line = Tool.split(large)
      let refused = try Tool.run(line, shell: Self.memoryLimit(600)).errors
      #expect(
        refused.hasPrefix("error: program \"mlp\" at width 4800 needs ") && refused.contains("there are 600.0 MiB"))
      let needed = try #require(refused.firstMatch(of: /needs ([0-9]+)\.[0-9] MiB/).flatMap { Int($0.1) }, "\(refused)")
      // The program itself needs some, so that this is too little.
      try fails(large, "program \"mlp\" at width 4800: the system refused ", shell: Self.memoryLimit(needed + 32))
    }
  }

  // MARK: - Disks

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"))) func fullDevice() throws {
    try removed {
      let full = "No space left on device"
      for line in ["derive mlp --json", "list", "show gpt", "\(Self.tiny) --json", "\(Self.cells) --json", "--help"] {
        try fails(line, "the output can't be written: \(full)", shell: "exec \"$@\" > /dev/full")
      }
      try fails("\(Self.tiny) --log /dev/full", "/dev/full can't be written: \(full)")
      let check = "check mlp --batch 8 --data random --widths 16,32 --seeds 1 --steps 1 --base 16 --no-standard"
      try fails("\(check) --report /dev/full", "/dev/full can't be written: \(full)")
      try fails("\(check) --report none --csv /dev/full", "/dev/full can't be written: \(full)")
    }
  }

  /// Files of at most some blocks of 512 bytes, as a disk without room would have it: what was there before is as it
  /// was.
  @Test func limitedFiles() throws {
    try removed {
      func limit(_ blocks: Int) -> String { "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\"" }
      let file = path("run")
      #expect(try Tool.run(Tool.split("\(Self.tiny) --checkpoint \(file)")).status == 0)
      // Resumed at the step before the last, the run saves at its end.
      var checkpoint = try Checkpoint(contentsOf: file)
      checkpoint.metadata["steps"] = "3"
      try checkpoint.write(to: file)
      let before = try Data(contentsOf: URL(fileURLWithPath: file))
      try fails(
        "\(Self.tiny) --checkpoint \(file) --resume", "\(file): cannot be written: File too large", shell: limit(4))
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
      try fails(
        "\(Self.tiny) --checkpoint \(path("new"))", "\(path("new")): cannot be written: File too large", shell: limit(4)
      )
      try fails(
        "\(Self.tiny) --log \(path("log"))", "\(path("log")) can't be written: File too large", shell: limit(0))
      let record = path("record")
      try fails("\(Self.cells) --record \(record)", "\(record) can't be written: File too large", shell: limit(0))
      // Part of a line is left of some cell; the next run tells it, leaves it and goes on.
      let more = "gallery mlp --optimizers sgd,adam,lion --widths 16,32,64 --base 32 --steps 1 --record \(record)"
      try fails(more, "\(record) can't be written: File too large", shell: limit(1))
      #expect(try Data(contentsOf: URL(fileURLWithPath: record)).count == 512)
      let resumed = try Tool.run(Tool.split(more))
      #expect(resumed.errors.hasPrefix("\(record), line ") && resumed.errors.hasSuffix("its cell is made again\n"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: record)).count > 512)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == ["log", "record", "run"])
    }
  }

  /// Runs `"$@"` where `disk` is a disk of 64 KiB.
  private static func onSmallDisk(_ disk: String) -> String {
    "exec unshare -rm sh -c 'mount -t tmpfs -o size=64k none \"$0\" && exec \"$@\"' '\(disk)' \"$@\" 2>&1 >/dev/null"
  }
  private static let canMountDisks = Tool.starts(in: onSmallDisk("/mnt"))

  @Test(.enabled(if: canMountDisks, "no disk can be mounted here")) func smallDisk() throws {
    try removed {
      let disk = path("disk")
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      let script = Self.onSmallDisk(disk)
      let full = "No space left on device"
      for (line, message) in [
        ("\(Self.tiny) --width 100 --checkpoint \(disk)/run", "\(disk)/run: cannot be written: \(full)"),
        (
          "train mlp --batch 8 --data random --width 4 --steps 5000 --log \(disk)/log",
          "\(disk)/log can't be written: \(full)"
        ),
      ] {
        let outcome = try Tool.run(Tool.split(line), shell: script)
        #expect(outcome.status == 3 && outcome.output == "error: \(message)\n", "\(outcome)")
      }
    }
  }

  // MARK: - Files that cannot be read

  @Test func unreadableFiles() throws {
    try removed {
      let (directory, empty, binary) = (path("directory"), path("empty"), path("binary"))
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: empty))
      try Data([0x93, 0, 0xFF, 0]).write(to: URL(fileURLWithPath: binary))
      let loop = path("loop")
      try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
      let short = path("short")
      #expect(try Tool.run(Tool.split("\(Self.tiny) --checkpoint \(short)")).status == 0)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: short))
      try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: short))

      func data(_ file: String) -> String { "train mlp --steps 1 --width 16 --data \(file)" }
      func checkpoint(_ file: String) -> String { "\(Self.tiny) --checkpoint \(file) --resume" }
      func log(_ file: String) -> String { "\(Self.tiny) --log \(file) --checkpoint \(path("fresh")) --resume" }
      func record(_ file: String) -> String { "\(Self.cells) --record \(file)" }
      func page(_ file: String) -> String { "\(Self.cells) --page \(file)" }
      for (line, message) in [
        ("derive \(directory)", "\(directory) is a directory"),
        (data(directory), "\(directory): cannot be read: it is a directory"),
        (checkpoint(directory), "\(directory): cannot be read: it is not a file"),
        (log(directory), "\(directory) can't be written: Is a directory"),
        (record(directory), "\(directory) can't be written: Is a directory"),
        (page(directory), "\(directory) can't be read: Is a directory"),
        ("derive \(empty)", "\(empty), line 1: there are no instructions"),
        (data(empty), "\(empty): there is nothing in it"),
        (checkpoint(empty), "\(empty): ends too early: it has 0 of 8 bytes"),
        (page(empty), "\(empty) has no place for the table"),
        ("derive \(binary)", "\(binary) is not a text file"),
        (checkpoint(binary), "\(binary): ends too early: it has 4 of 8 bytes"),
        (record(binary), "\(binary), line 1: not a cell of a gallery"),
        (page(binary), "\(binary) can't be read: it is not a text file"),
        (checkpoint(short), "\(short): ends too early: it has \(bytes.count / 2) of \(bytes.count) bytes"),
        (data(path("none")), "\(path("none")): cannot be read: there is no such file"),
        (page(path("none")), "\(path("none")) can't be read: No such file or directory"),
        (log(loop), "\(loop) can't be written: Too many levels of symbolic links"),
      ] { try fails(line, message) }
    }
  }

  /// As another user, where the tests are run by the one who may read everything.
  private static let asAnyone =
    geteuid() == 0 ? "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"" : "exec \"$@\""
  private static let runsAsAnyone = Tool.starts(in: asAnyone)

  @Test(.enabled(if: runsAsAnyone, "the tool cannot be run by another user here")) func permissions() throws {
    try removed {
      let file = path("mine")
      try Data("1,2,a\n3,4,b\n".utf8).write(to: URL(fileURLWithPath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
      for (line, message) in [
        ("derive \(file)", "\(file) can't be read: Permission denied"),
        ("train mlp --steps 1 --width 16 --data \(file)", "\(file): cannot be read: Permission denied"),
        ("\(Self.tiny) --checkpoint \(file) --resume", "\(file): cannot be read: Permission denied"),
        ("\(Self.tiny) --log \(file)", "\(file) can't be written: Permission denied"),
        ("\(Self.tiny) --checkpoint \(path("new"))", "\(path("new")): cannot be written: Permission denied"),
        ("\(Self.cells) --record \(file)", "\(file) can't be written: Permission denied"),
        ("\(Self.cells) --record \(path("new"))", "\(path("new")) can't be written: Permission denied"),
        ("\(Self.cells) --page \(file)", "\(file) can't be read: Permission denied"),
      ] { try fails(line, message, shell: Self.asAnyone) }
    }
  }
}
