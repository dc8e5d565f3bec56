import Tensors

/// A text as the numbers of its characters in a vocabulary.
public struct DataText: Sendable {
  public let name: String
  public let fingerprint: String
  /// The numbers of the characters, in the order of the text, each below `vocabulary.count`.
  public let tokens: [UInt16]
  /// The different characters (Unicode scalars; bytes if the file is not UTF-8), in order.
  public let vocabulary: [Unicode.Scalar]

  /// The most different characters that a text may have.
  public static let largestVocabulary = 65_536

  /// A text in memory, for tests and callers without files.
  ///
  /// Throws: ``DataError``.
  public init(text: String, name: String) throws {
    try self.init(DataFile.bytes(of: text, name: name), file: name, name: name)
  }

  /// Throws: ``DataError/vocabularyTooLarge(file:count:limit:)``.
  init(_ bytes: [UInt8], file: String, name: String) throws {
    self.name = name
    fingerprint = "text \(StableHash.fnv1a(bytes))"
    let scalars: [UInt32]
    if !bytes.allSatisfy({ $0 < 128 }), let text = String(validating: bytes, as: UTF8.self) {
      scalars = text.unicodeScalars.map(\.value)
    } else {
      scalars = bytes.map(UInt32.init)
    }
    var number = [Int32](repeating: -1, count: 0x110000)
    for scalar in scalars { number[Int(scalar)] = 0 }
    var known: [Unicode.Scalar] = []
    for scalar in number.indices where number[scalar] == 0 {
      number[scalar] = Int32(known.count)
      if let character = Unicode.Scalar(UInt32(scalar)) { known.append(character) }
    }
    guard known.count <= DataText.largestVocabulary else {
      throw DataError.vocabularyTooLarge(file: file, count: known.count, limit: DataText.largestVocabulary)
    }
    tokens = scalars.map { UInt16(number[Int($0)]) }
    vocabulary = known
  }
}
