public import Foundation

/// Tensors and texts in one file: the weights and states of a run, and where it stands.
///
/// The format is safetensors: a header length of 8 bytes (little-endian), a header in JSON with the type, the shape and the
/// place of each tensor and with `__metadata__`, then the entries, little-endian and row-major, without gaps. Any reader of
/// that format reads the weights, by the names that they have in the program.
public struct Checkpoint: Sendable, Equatable {
  /// One tensor.
  public struct Tensor: Sendable, Equatable {
    public var name: String
    /// As the format calls it: `F32`, `F64`.
    public var type: String
    public var shape: [Int]
    /// The entries, row-major, little-endian.
    public var bytes: Data

    public init(name: String, type: String, shape: [Int], bytes: Data) {
      (self.name, self.type, self.shape, self.bytes) = (name, type, shape, bytes)
    }
  }

  /// In the order in which they lie in the file.
  public var tensors: [Tensor]
  public var metadata: [String: String]

  public init(tensors: [Tensor] = [], metadata: [String: String] = [:]) {
    (self.tensors, self.metadata) = (tensors, metadata)
  }

  /// Bytes of an entry, by the format's name of its type.
  static let sizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
    "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
  ]

  /// A longer header is refused, as the format's own reader does.
  static let longestHeader = 100_000_000

  /// The length of the header and the header.
  var header: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: some Encodable) -> String {
      (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
    var parts = ["\"__metadata__\":\(text(metadata))"]
    var start = 0
    for tensor in tensors {
      let end = start + tensor.bytes.count
      parts.append(
        "\(text(tensor.name)):{\"dtype\":\(text(tensor.type)),\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(end)]}"
      )
      start = end
    }
    var json = Data("{\(parts.joined(separator: ","))}".utf8)
    // Entries begin at a multiple of 8.
    json.append(Data(repeating: 0x20, count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
  }

  /// Writes the file as a whole or not at all: what was there before stays until the new one is on the disk.
  ///
  /// Throws: ``CheckpointError/notWritten(file:reason:)``, after which the old file is as it was.
  public func write(to path: String) throws(CheckpointError) {
    try AtomicFile.write([header] + tensors.map(\.bytes), to: path)
  }
}

/// Files that are replaced as a whole.
package enum AtomicFile {
  /// Writes beside the file, waits for the disk, and exchanges the names. A link is followed; what is no file, such as a
  /// pipe, is written to.
  ///
  /// Throws: ``CheckpointError/notWritten(file:reason:)`` with the system's reason.
  package static func write(_ parts: [Data], to path: String) throws(CheckpointError) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var attributes = stat()
    let isThere = stat(url.path, &attributes) == 0
    if isThere, attributes.st_mode & S_IFMT != S_IFREG, attributes.st_mode & S_IFMT != S_IFDIR {
      return try pour(parts, into: url.path, named: path)
    }
    let folder = url.deletingLastPathComponent().path
    let temporary = folder + "/.\(url.lastPathComponent).partial"
    func failure(_ code: Int32) -> CheckpointError {
      unlink(temporary)
      return .notWritten(file: path, reason: String(cString: strerror(code)))
    }
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .notWritten(file: path, reason: String(cString: strerror(errno))) }
    var code: Int32 = 0
    for part in parts where code == 0 { code = append(part, to: file) }
    if code == 0, fsync(file) != 0 { code = errno }
    if close(file) != 0, code == 0 { code = errno }
    guard code == 0 else { throw failure(code) }
    guard rename(temporary, url.path) == 0 else { throw failure(errno) }
    // The new name is on the disk when the folder is.
    let parent = open(folder, O_RDONLY | O_CLOEXEC)
    if parent >= 0 {
      fsync(parent)
      close(parent)
    }
  }

  private static func pour(_ parts: [Data], into path: String, named name: String) throws(CheckpointError) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw .notWritten(file: name, reason: String(cString: strerror(errno))) }
    var code: Int32 = 0
    for part in parts where code == 0 { code = append(part, to: file) }
    if close(file) != 0, code == 0 { code = errno }
    guard code == 0 else { throw .notWritten(file: name, reason: String(cString: strerror(code))) }
  }

  /// 0, or the system's number of the error.
  private static func append(_ data: Data, to file: Int32) -> Int32 {
    data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        // Systems write at most 2 GiB at once.
        let count = Foundation.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, min(rest.count, 1 << 30))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 ? errno : EIO }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }
}
