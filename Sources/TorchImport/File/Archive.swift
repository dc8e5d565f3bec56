import CZip
import Foundation

/// A ZIP archive that is read only: stored or deflated entries, ZIP64, data descriptors, as libzip has them.
struct Archive {
  let file: String
  private let handle: OpaquePointer
  /// The names of the entries, in order.
  let names: [String]

  /// The largest entry that is read; a graph has some megabytes.
  static let largestEntry = 1 << 28
  static let mostEntries = 1 << 20

  /// Calls `body` with the archive in a file.
  ///
  /// Throws ``TorchImportError/archive(file:reason:)``, or what `body` does.
  static func reading<Result>(_ path: String, _ body: (Archive) throws -> Result) throws -> Result {
    var code: Int32 = 0
    guard let handle = zip_open(path, ZIP_RDONLY, &code) else {
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      let reason = String(cString: zip_error_strerror(&error))
      throw TorchImportError.archive(
        file: path,
        reason: "not a file of torch.export.save (a ZIP archive that holds the graph as JSON): \(reason)")
    }
    defer { zip_discard(handle) }
    return try body(Archive(path, handle))
  }

  private init(_ file: String, _ handle: OpaquePointer) throws {
    (self.file, self.handle) = (file, handle)
    let count = zip_get_num_entries(handle, 0)
    guard count >= 0, count <= Archive.mostEntries else {
      throw TorchImportError.archive(file: file, reason: "an archive of \(count) entries")
    }
    names = (0..<UInt64(count)).map { index in
      zip_get_name(handle, index, UInt32(ZIP_FL_ENC_GUESS)).map { String(cString: $0) } ?? ""
    }
  }

  /// The content of the entry at this position of ``names``.
  func entry(_ index: Int) throws -> Data {
    func fail(_ reason: String) -> TorchImportError { .archive(file: file, reason: "\(names[index]): \(reason)") }
    var facts = zip_stat_t()
    guard zip_stat_index(handle, UInt64(index), 0, &facts) == 0 else { throw fail(message) }
    guard facts.size <= UInt64(Archive.largestEntry) else {
      throw fail("more than \(Archive.largestEntry >> 20) MiB, which is no graph")
    }
    guard let entry = zip_fopen_index(handle, UInt64(index), 0) else { throw fail(message) }
    defer { zip_fclose(entry) }
    // The declared size may be wrong: what is read counts.
    var data = Data()
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = zip_fread(entry, &part, UInt64(part.count))
      guard count >= 0 else { throw fail("damaged: \(String(cString: zip_file_strerror(entry)))") }
      if count == 0 { break }
      data.append(contentsOf: part[..<Int(count)])
      guard data.count <= Archive.largestEntry else { throw fail("more than it says, which is no graph") }
    }
    guard UInt64(data.count) == facts.size else { throw fail("\(data.count) bytes instead of \(facts.size)") }
    return data
  }

  private var message: String { String(cString: zip_strerror(handle)) }
}
