import Foundation

/// A part of a JSON document, with the way to it for messages.
struct JSON {
  let file: String
  let path: String
  private let value: Any

  /// Throws ``TorchImportError/format(file:reason:)``.
  init(_ data: Data, file: String) throws {
    do {
      value = try JSONSerialization.jsonObject(with: JSON.quotingNonNumbers(data), options: [.fragmentsAllowed])
    } catch {
      throw TorchImportError.format(file: file, reason: "the graph is not JSON")
    }
    (self.file, path) = (file, "")
  }

  /// Up to torch 2.6 infinities stand as words of their own, which JSON does not have: as texts.
  private static func quotingNonNumbers(_ data: Data) -> Data {
    let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }
    let bytes = [UInt8](data)
    var result = Data(capacity: bytes.count)
    var (i, isText) = (0, false)
    while i < bytes.count {
      if !isText, bytes[i] == words[0][0] || bytes[i] == words[1][0] || bytes[i] == words[2][0],
        let word = words.first(where: { bytes[i...].starts(with: $0) })
      {
        result.append(contentsOf: [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")])
        i += word.count
        continue
      }
      if bytes[i] == UInt8(ascii: "\"") { isText.toggle() }
      // What comes after a backslash ends no text.
      let isEscape = isText && bytes[i] == UInt8(ascii: "\\") && i + 1 < bytes.count
      result.append(bytes[i])
      if isEscape { result.append(bytes[i + 1]) }
      i += isEscape ? 2 : 1
    }
    return result
  }

  private init(_ value: Any, _ file: String, _ path: String) {
    (self.value, self.file, self.path) = (value, file, path)
  }

  func fail(_ reason: String) -> TorchImportError {
    .format(file: file, reason: "\(path.isEmpty ? "the graph" : path) \(reason)")
  }

  var isNull: Bool { value is NSNull }

  /// A member of an object, nil if it is not there or null.
  subscript(_ key: String) -> JSON? {
    guard let found = (value as? [String: Any])?[key], !(found is NSNull) else { return nil }
    return JSON(found, file, path.isEmpty ? key : "\(path).\(key)")
  }

  func required(_ key: String) throws -> JSON {
    guard let found = self[key] else { throw fail("has no \"\(key)\"") }
    return found
  }

  func object() throws -> [(key: String, value: JSON)] {
    guard let found = value as? [String: Any] else { throw fail("is not an object") }
    return found.keys.sorted().map { ($0, JSON(found[$0] ?? NSNull(), file, "\(path).\($0)")) }
  }

  func array() throws -> [JSON] {
    guard let found = value as? [Any] else { throw fail("is not a list") }
    return found.enumerated().map { JSON($1, file, "\(path)[\($0)]") }
  }

  func string() throws -> String {
    guard let found = value as? String else { throw fail("is not a text") }
    return found
  }

  func int() throws -> Int {
    guard let number = value as? NSNumber, let found = Int(exactly: number.doubleValue) ?? Int("\(number)") else {
      throw fail("is not a whole number")
    }
    return found
  }

  func bool() throws -> Bool {
    guard let found = value as? Bool else { throw fail("is not true or false") }
    return found
  }

  /// A number; infinities and what is none are texts.
  func double() throws -> Double {
    if let number = value as? NSNumber { return number.doubleValue }
    switch value as? String {
    case "Infinity", "inf": return .infinity
    case "-Infinity", "-inf": return -.infinity
    case "NaN", "nan": return .nan
    default: throw fail("is not a number")
    }
  }

  /// Of a union, the one member that it has: its tag and content.
  func member() throws -> (tag: String, content: JSON) {
    let all = try object()
    guard all.count == 1 else { throw fail("is a union of \(all.count) members; one was expected") }
    return (all[0].key, all[0].value)
  }
}
