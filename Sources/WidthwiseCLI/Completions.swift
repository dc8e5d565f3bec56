import ArgumentParser
import Foundation
import Widthwise

/// What a shell completes beside options.
extension CompletionKind {
  /// Built-in architectures, program files and models of torch.export.
  static var programs: CompletionKind { named(Architecture.all.map(\.name), files: ["tp", "pt2"]) }
  static var data: CompletionKind { named(DataKind.builtIn, files: ["csv", "txt"]) }
  static var architectures: CompletionKind { .list(Architecture.all.map(\.name)) }
  static var optimizers: CompletionKind { .list(Optimizer.all.map(\.word)) }
  static var gauges: CompletionKind { .list(Gauge.all.map(\.name)) }

  /// Names, and files beside folders that may hold some.
  private static func named(_ names: [String], files endings: [String]) -> CompletionKind {
    .custom { _, _, prefix in
      let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
      let manager = FileManager.default
      // A folder that cannot be read has nothing to offer.
      let found = (try? manager.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
      let paths = found.filter { !$0.hasPrefix(".") }.sorted().map { folder + $0 }.compactMap { path in
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder) else { return String?.none }
        if isFolder.boolValue { return path + "/" }
        return endings.contains((path as NSString).pathExtension) ? path : nil
      }
      return names + paths
    }
  }
}
