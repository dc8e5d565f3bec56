public import Foundation

/// A file that a square matrix is written to.
public enum MatrixForm: String, Sendable, CaseIterable {
  /// A row a line, numbers between commas, each with the digits that tell it from all others.
  case csv
  /// NumPy's format, version 1.0: Double, row-major.
  case npy

  /// By the ending of a path; nil if it is another one.
  public init?(path: String) {
    guard let form = Self.allCases.first(where: { path.lowercased().hasSuffix("." + $0.rawValue) }) else { return nil }
    self = form
  }

  /// The content of the file.
  ///
  /// - Parameter matrix: `rows` x `rows`, row-major.
  public func data(_ matrix: [Double], rows: Int) -> Data {
    switch self {
    case .csv:
      var text = ""
      for r in 0..<rows {
        text += matrix[r * rows..<(r + 1) * rows].map { "\($0)" }.joined(separator: ",") + "\n"
      }
      return Data(text.utf8)
    case .npy:
      var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(rows), \(rows)), }"
      // Magic, version and length are 10 bytes; the whole is a multiple of 64 and ends in a newline.
      header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
      var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
      data.append(UInt8(header.utf8.count & 0xFF))
      data.append(UInt8(header.utf8.count >> 8))
      data.append(contentsOf: header.utf8)
      for value in matrix { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
      return data
    }
  }
}
