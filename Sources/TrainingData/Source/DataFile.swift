import Foundation
import Platform

/// Reading files: sizes are checked before anything is taken into memory.
enum DataFile {
  /// The size, in bytes, of the largest file that is read.
  static let largest = 256 << 20

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: resolved(path)) }

  /// A link is followed, so that what is checked is what is read.
  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  /// The bytes of a file, without a byte-order mark.
  ///
  /// Throws: ``DataError/unreadable(file:reason:)``, ``DataError/tooLarge(file:bytes:limit:)``,
  /// ``DataError/empty(file:)``.
  static func bytes(_ path: String) throws -> [UInt8] {
    let resolved = resolved(path)
    guard exists(path) else { throw DataError.unreadable(file: path, reason: "there is no such file") }
    let attributes = (try? FileManager.default.attributesOfItem(atPath: resolved)) ?? [:]
    switch attributes[.type] as? FileAttributeType {
    case .typeRegular?: break
    case .typeDirectory?:
      throw DataError.unreadable(file: path, reason: "it is a directory; name a file in it")
    default: throw DataError.unreadable(file: path, reason: "it is not a regular file; save it to one first")
    }
    let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
    guard size <= largest else { throw DataError.tooLarge(file: path, bytes: size, limit: largest) }
    let bytes: [UInt8]
    do { bytes = [UInt8](try SystemFile.contents(of: resolved, limit: largest)) } catch {
      throw DataError.unreadable(file: path, reason: error.reason)
    }
    if let kind = FileKind(bytes, name: path) {
      throw DataError.unreadable(file: path, reason: "it is \(kind.what); \(kind.remedy)")
    }
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard bytes[start...].contains(where: { $0 > 32 }) else { throw DataError.empty(file: path) }
    return start == 0 ? bytes : Array(bytes[start...])
  }

  /// The bytes of a text in memory. Throws: ``DataError/empty(file:)``.
  static func bytes(of text: String, name: String) throws -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.contains(where: { $0 > 32 }) else { throw DataError.empty(file: name) }
    return bytes
  }

  /// The path of a file that ships with the package: beside the executable, installed with it, or in the sources
  /// that it was built from.
  ///
  /// Throws: ``DataError/unreadable(file:reason:)`` with the places where it looked. (The accessor that the package
  /// manager generates ends the program instead.)
  static func resource(_ name: String) throws -> String {
    let executable = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let bundle = "widthwise_TrainingData.resources"
    var places = [Bundle.main.bundleURL, Bundle.main.resourceURL].compactMap {
      $0?.appendingPathComponent(bundle)
    }
    if let executable {
      places.append(executable.appendingPathComponent(bundle))
      places.append(executable.appendingPathComponent("../share/widthwise").standardizedFileURL)
    }
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    places.append(sources.appendingPathComponent("Resources"))
    for place in places {
      let path = place.appendingPathComponent(name).path
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    throw DataError.unreadable(
      file: name,
      reason: "it should lie beside the program, in \(bundle); copy that folder along with the program")
  }
}
