public import Foundation
import Platform

/// Tensors and texts in one file: the weights and states of a run, and where it stands.
///
/// The format is safetensors: a header length of 8 bytes (little-endian), a header in JSON with the type, the shape and
/// the place of each tensor and with `__metadata__`, then the entries, little-endian and row-major, without gaps. Any
/// reader of that format reads the weights, by the names that they have in the program.
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
    do { try SystemFile.replace(path, with: [header] + tensors.map(\.bytes)) } catch {
      throw .notWritten(file: path, reason: error.reason)
    }
  }
}
