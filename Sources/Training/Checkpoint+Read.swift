import Foundation

extension Checkpoint {
  /// Reads a safetensors file.
  ///
  /// Throws: ``CheckpointError``, before memory is allocated for anything that the file does not hold.
  public init(contentsOf path: String) throws {
    var attributes = stat()
    guard stat(path, &attributes) == 0 else {
      throw CheckpointError.unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    guard attributes.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError.unreadable(file: path, reason: "it is not a file")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CheckpointError.unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    defer { try? handle.close() }
    let size = Int(attributes.st_size)
    func read(_ count: Int) throws -> Data {
      let data: Data
      do { data = try handle.read(upToCount: count) ?? Data() } catch {
        throw CheckpointError.unreadable(file: path, reason: error.localizedDescription)
      }
      guard data.count == count else {
        throw CheckpointError.truncated(file: path, expected: size, found: size - count + data.count)
      }
      return data
    }
    guard size >= 8 else { throw CheckpointError.truncated(file: path, expected: 8, found: size) }
    let length = try read(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Checkpoint.longestHeader else {
      throw CheckpointError.notSafetensors(file: path, reason: "its header would have \(length) bytes")
    }
    guard size - 8 >= Int(length) else {
      throw CheckpointError.truncated(file: path, expected: 8 + Int(length), found: size)
    }
    let header: Header
    do { header = try JSONDecoder().decode(Header.self, from: try read(Int(length))) } catch let error
      as CheckpointError
    {
      throw error
    } catch let error as DecodingError {
      throw CheckpointError.notSafetensors(file: path, reason: "its header is not as it must be: \(error.brief)")
    }
    let items = try header.placed(file: path)
    let expected = 8 + Int(length) + (items.last?.item.offsets[1] ?? 0)
    guard size >= expected else { throw CheckpointError.truncated(file: path, expected: expected, found: size) }
    guard size == expected else {
      throw CheckpointError.notSafetensors(file: path, reason: "\(size - expected) bytes follow its last tensor")
    }
    metadata = header.metadata
    tensors = try items.map { name, item in
      let bytes = try read(item.offsets[1] - item.offsets[0])
      return Tensor(name: name, type: item.dtype, shape: item.shape, bytes: bytes)
    }
  }

  private struct Item: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private struct Header: Decodable {
    var metadata: [String: String] = [:]
    var items: [(name: String, item: Item)] = []

    struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          items.append((key.stringValue, try container.decode(Item.self, forKey: key)))
        }
      }
    }

    /// The tensors by their places, which must follow one another without gaps and hold what their shapes say.
    func placed(file: String) throws(CheckpointError) -> [(name: String, item: Item)] {
      var end = 0
      for (name, item) in items {
        guard item.offsets.count == 2 else {
          throw .notSafetensors(file: file, reason: "tensor \"\(name)\" has \(item.offsets.count) data_offsets")
        }
      }
      let ordered = items.sorted { a, b in
        a.item.offsets != b.item.offsets
          ? a.item.offsets.lexicographicallyPrecedes(b.item.offsets) : a.name < b.name
      }
      for (name, item) in ordered {
        guard let scalar = Checkpoint.sizes[item.dtype] else {
          throw .notSafetensors(file: file, reason: "tensor \"\(name)\" is of the unknown type \"\(item.dtype)\"")
        }
        var (bytes, isAbsurd) = (scalar, item.shape.contains { $0 < 0 })
        // A size of 0 makes a tensor empty, whatever the others are.
        for size in item.shape where !item.shape.contains(0) && !isAbsurd {
          (bytes, isAbsurd) = bytes.multipliedReportingOverflow(by: size)
        }
        if item.shape.contains(0) { bytes = 0 }
        guard !isAbsurd, item.offsets[0] == end, bytes <= Int.max - end - 8 - Checkpoint.longestHeader,
          item.offsets[1] == end + bytes
        else {
          throw .notSafetensors(
            file: file,
            reason: "tensor \"\(name)\" of \(item.dtype) \(item.shape) cannot lie at \(item.offsets), after \(end)"
          )
        }
        end += bytes
      }
      return ordered
    }
  }
}

extension DecodingError {
  fileprivate var brief: String {
    switch self {
    case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
      .valueNotFound(_, let context):
      context.codingPath.map { "\"\($0.stringValue)\": " }.joined() + context.debugDescription
    @unknown default: "\(self)"
    }
  }
}
