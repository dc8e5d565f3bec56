package import Foundation
package import TensorPrograms

/// The programs in Tests/Support/Cases, whose right answers are known: each a file with its answer in comments.
package enum CaseFiles {
  /// Their files, by name.
  package static func all() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "tp" }.sorted { $0.path < $1.path }
  }

  /// One by its name, without `.tp`.
  package static func program(_ name: String) throws -> Program {
    let file = folder.appending(path: name + ".tp")
    return try Program(text: String(contentsOf: file, encoding: .utf8), file: file.lastPathComponent)
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Cases")
}
