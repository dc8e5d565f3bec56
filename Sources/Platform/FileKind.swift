/// What a file is that holds neither a program nor data to learn from as they are: told by its first bytes, or by its
/// name where texts of many kinds begin alike.
package struct FileKind: Sendable, Equatable {
  /// `a NumPy array`.
  package let what: String
  /// How it becomes a table or a text.
  package let remedy: String
  /// What can be done with it where a program is asked for.
  package var use = "a program file is what widthwise show prints (widthwise show mlp > my.tp)"

  private static let numbers = "write its numbers as a table (.csv), such as numpy.savetxt does with delimiter=\",\""
  private static let unpack = "unpack it first"
  private static let text = "give a table (.csv) or a text"
  private static let utf8 = "make it UTF-8: iconv -f UTF-16 -t UTF-8"

  private static let options = "sizes of a configuration are options of an architecture (widthwise list)"
  private static let weights =
    "weights do not say how a network computes: give two files of torch.export, at two widths, or a program file"

  private static let beginnings: [(bytes: [UInt8], kind: FileKind)] = [
    ([0x93] + Array("NUMPY".utf8), FileKind(what: "a NumPy array", remedy: numbers)),
    ([0x50, 0x4B, 3, 4], FileKind(what: "a zip archive (as are .npz, .xlsx, .pt and .pt2)", remedy: numbers)),
    ([0x1F, 0x8B], FileKind(what: "compressed by gzip", remedy: unpack)),
    (Array("BZh".utf8), FileKind(what: "compressed by bzip2", remedy: unpack)),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], FileKind(what: "compressed by xz", remedy: unpack)),
    ([0x28, 0xB5, 0x2F, 0xFD], FileKind(what: "compressed by zstd", remedy: unpack)),
    ([0x89, 0x48, 0x44, 0x46], FileKind(what: "an HDF5 file", remedy: numbers)),
    (Array("PAR1".utf8), FileKind(what: "a Parquet file", remedy: numbers)),
    ([0x89, 0x50, 0x4E, 0x47], FileKind(what: "an image (PNG)", remedy: numbers)),
    ([0xFF, 0xD8, 0xFF], FileKind(what: "an image (JPEG)", remedy: numbers)),
    (Array("%PDF".utf8), FileKind(what: "a PDF", remedy: text)),
    ([0xFF, 0xFE], FileKind(what: "text in UTF-16", remedy: utf8)),
    ([0xFE, 0xFF], FileKind(what: "text in UTF-16", remedy: utf8)),
  ]

  /// By the ending of a name, lower case; of texts that have a use of their own.
  private static let endings: [String: FileKind] = [
    "json": FileKind(
      what: "JSON", remedy: text,
      use: "sizes of a configuration are options of an architecture (widthwise list), a trainer's dump goes to "
        + "widthwise lint --dump"),
    "bsh": FileKind(
      what: "base shapes of mup", remedy: text,
      use: "shapes do not say how a network computes: give two files of torch.export, at two widths, or a program file"),
    "yaml": FileKind(what: "YAML", remedy: text, use: options),
    "yml": FileKind(what: "YAML", remedy: text, use: options),
  ]

  /// Nil for what may be a table, a text or a program.
  package init?(_ bytes: some Collection<UInt8>, name: String) {
    let head = Array(bytes.prefix(1024))
    let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
    if let known = FileKind.beginnings.first(where: { head.starts(with: $0.bytes) }) {
      self = known.kind
    } else if let known = FileKind.endings[ending], name.contains(".") {
      self = known
    } else if FileKind.isSafetensors(head) {
      self.init(what: "weights (safetensors)", remedy: FileKind.text, use: FileKind.weights)
    } else if head.count >= 2, head[0] == 0x80, (2...5).contains(head[1]) {
      self.init(what: "a Python pickle", remedy: FileKind.numbers)
    } else if head.contains(0) {
      let isUTF16 = FileKind.isUTF16(head)
      self.init(what: isUTF16 ? "text in UTF-16" : "not a text file", remedy: isUTF16 ? FileKind.utf8 : FileKind.text)
    } else {
      return nil
    }
  }

  private init(what: String, remedy: String, use: String? = nil) {
    (self.what, self.remedy) = (what, remedy)
    if let use { self.use = use }
  }

  /// Without a mark: every second byte is zero, and the others are ASCII.
  private static func isUTF16(_ head: [UInt8]) -> Bool {
    [0, 1].contains { first in
      let isZero = { (i: Int) in i % 2 == first }
      return head.indices.allSatisfy { isZero($0) ? head[$0] == 0 : (9..<127).contains(head[$0]) }
    }
  }

  /// A length of eight bytes, then a header in JSON.
  private static func isSafetensors(_ head: [UInt8]) -> Bool {
    head.count > 8 && head[8] == UInt8(ascii: "{") && head[5..<8].allSatisfy { $0 == 0 }
  }
}
