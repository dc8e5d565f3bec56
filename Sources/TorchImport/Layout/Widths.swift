import Exact
import Foundation
import TensorPrograms

/// How sizes depend on the width n, seen from two models.
struct Widths {
  /// The dimension that is called n.
  let width: Extent

  /// Fails if nothing grows.
  init(width: Extent) throws {
    guard width.small < width.large else {
      throw TorchImportError.different(
        "no dimension of a weight is larger in the second file; export the model at two widths, the smaller first")
    }
    self.width = width
  }

  /// The size as a function of n: the power that both models agree with.
  ///
  /// Throws: ``TorchImportError/size(_:)`` if it shrinks, or grows by no simple power.
  func size(_ extent: Extent) throws -> Size {
    if extent.isFixed { return .fixed(extent.small) }
    guard extent.small < extent.large else {
      throw TorchImportError.size(
        "a size falls from \(extent.small) to \(extent.large) as another grows from \(width.small) to \(width.large); "
          + "no rule of width describes that")
    }
    guard let power = power(of: Scalar(extent)) else {
      throw TorchImportError.size(
        "a size grows from \(extent.small) to \(extent.large) while the width grows from \(width.small) to "
          + "\(width.large); that is no simple power of it (rounded sizes: take widths further apart)")
    }
    if power.isInteger, power <= 4 {
      var scale = Rational(1)
      for _ in 0..<Int(power.double) { scale *= Rational(width.small) }
      return Size(coefficient: Rational(extent.small) / scale, exponent: power)
    }
    let scale = pow(Double(width.small), power.double)
    let coefficient = Rational(Int((Double(extent.small) / scale * 4096).rounded()), 4096)
    return Size(coefficient: coefficient, exponent: power)
  }

  /// Whether a size is its function of n in the larger model, too.
  func isExact(_ extent: Extent) -> Bool {
    guard let size = try? size(extent) else { return false }
    return (try? size.value(at: width.large, of: "")) == extent.large
  }

  /// The power of n by which a number changes, nil if none is near.
  func power(of number: Scalar) -> Rational? {
    guard number.small != 0, number.large != 0, number.small.isFinite, number.large.isFinite,
      (number.small > 0) == (number.large > 0)
    else { return nil }
    let found = log(number.large / number.small) / log(Double(width.large) / Double(width.small))
    guard abs(found) < 16 else { return nil }
    // Rounded sizes (a hidden size that is a multiple of 64) miss it a little.
    for denominator in 1...4 {
      let numerator = (found * Double(denominator)).rounded()
      if abs(found - numerator / Double(denominator)) < (denominator == 1 ? 0.06 : 0.02) {
        return Rational(Int(numerator), denominator)
      }
    }
    return nil
  }

  /// A number that changes with the width as a constant times a power of a dimension: of the one that leaves the
  /// simplest constant. Nil if it is no power.
  func factor(_ number: Scalar, among leaves: [(leaf: Dim, extent: Extent)]) -> (
    Double, leaf: Dim?, exponent: Rational
  )? {
    if number.isFixed { return (number.small, nil, 0) }
    guard let power = power(of: number) else { return nil }
    var best: (Double, leaf: Dim?, exponent: Rational)?
    for (leaf, extent) in leaves where !extent.isFixed {
      guard let growth = self.power(of: Scalar(extent)), !growth.isZero else { continue }
      let exponent = power / growth
      let constant = number.small / pow(Double(extent.small), exponent.double)
      let other = number.large / pow(Double(extent.large), exponent.double)
      guard abs(constant - other) <= 1e-3 * abs(constant) else { continue }
      func cost(_ c: Double) -> Double { abs(log(abs(c))) }
      if let best, cost(constant) >= cost(best.0) - 1e-9 { continue }
      let rounded = (constant * 1e6).rounded() / 1e6
      best = (abs(rounded - constant) < 1e-7 ? rounded : constant, leaf, exponent)
    }
    return best
  }
}
