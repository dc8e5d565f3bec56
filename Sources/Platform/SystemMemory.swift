import Foundation

/// The machine's memory.
package enum SystemMemory {
  /// Bytes that the machine has, or that this process may have if there is a limit.
  package static let available: Int = {
    var limit = rlimit()
    #if os(Linux)
      let known = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
    #else
      let known = getrlimit(RLIMIT_AS, &limit) == 0
    #endif
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    return known ? min(physical, Int(clamping: limit.rlim_cur)) : physical
  }()
}
