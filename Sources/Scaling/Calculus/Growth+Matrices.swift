public import Exact
public import TensorPrograms

extension Growth {
  /// lambda^p of the largest eigenvalue, times one smooth function of L over it: a limit of polynomials, and a
  /// polynomial of a matrix times x is contractions.
  public func matrixPower(_ matrix: Scale, _ x: Scale, power: Rational, at site: Site) -> Scale {
    selectively([matrix, x], at: site) { matrixPowerAnywhere($0[0], $0[1], power: power, at: site) }
  }

  private func matrixPowerAnywhere(_ matrix: Scale, _ x: Scale, power: Rational, at site: Site) -> Scale {
    let matrix = SquareMatrix(matrix, at: site, in: self)
    let factor = map(FunctionProfile(.neither, homogeneity: Exponent(power)), matrix.eigenvalue, at: site)
    let start = product(x, factor, at: site)
    return finish(matrix.polynomials(of: start, axes: site.operandAxes[1]).components, site)
  }

  /// Entries of size one over the root of the dimension. They are made of what the largest eigenvalues are made of, and
  /// enter the rest as `u = L u / lambda`.
  public func eigenvectors(_ operand: Scale, at site: Site) -> Scale {
    selectively([operand], at: site) { eigenvectorsAnywhere($0[0], at: site) }
  }

  private func eigenvectorsAnywhere(_ operand: Scale, at site: Site) -> Scale {
    let rows = site.operandAxes[0].prefix(site.operandAxes[0].count / 2)
    let across = rows.reduce(Exponent.zero) { $0 + growth[Int($1)] }
    var leading = Scale(operand.components.filter { $0.exponent == operand.exponent })
    for i in leading.components.indices {
      leading.components[i] = realize(leading.components[i], at: site)
      leading.components[i].power = Power(exponent: -across * .half)
      leading.components[i].blame = nil
      leading.components[i].characters.keep(where: rows.contains)
    }
    let matrix = SquareMatrix(operand, at: site, in: self)
    return finish(matrix.polynomials(of: leading, axes: Array(rows)).components, site)
  }
}

/// The scale of a symmetric matrix, its first axes against as many others, as functions of it see it.
struct SquareMatrix {
  /// Of the largest eigenvalue.
  let eigenvalue: Scale
  private let normal: Scale
  private let site: Site
  private let growth: Growth

  init(_ matrix: Scale, at site: Site, in growth: Growth) {
    (self.site, self.growth) = (site, growth)
    let axes = site.operandAxes[0]
    let across = axes.prefix(axes.count / 2).reduce(Exponent.zero) { $0 + growth.growth[Int($1)] }
    let parts = matrix.components.map { growth.realize($0, at: site) }
    eigenvalue = growth.merge(
      parts.map {
        var value = $0
        value.exponent += across
        value.characters = Characters()
        return value
      })
    let inverse = growth.map(Nonlinearity.reciprocal.profile, eigenvalue, at: site)
    normal = growth.product(Scale(parts), inverse, at: site)
  }

  /// The hull of x, Lx, LLx, .., where L is the matrix over its largest eigenvalue. `axes` are those of x.
  func polynomials(of x: Scale, axes: [AxisID]) -> Scale {
    let square = site.operandAxes[0]
    let pairs = Array(zip(square.prefix(square.count / 2), square.suffix(square.count / 2)))
    var inner = site
    inner.operandAxes = [square, axes.map { axis in pairs.first { $0.0 == axis }?.1 ?? axis }]
    inner.resultAxes = axes
    var result = growth.merge(x.components.map { growth.realize($0, at: site) })
    // Sets of characters only grow, and there are few.
    for _ in 0..<SquareMatrix.mostPowers {
      var turned = result
      for i in turned.components.indices {
        for (row, column) in pairs where growth.isGrowing(row) {
          turned.components[i].characters.rename(row, to: column)
        }
      }
      let next = growth.merge(result.components + growth.contract([normal, turned], at: inner).components)
      if next == result { break }
      result = next
    }
    return result
  }

  private static let mostPowers = 8
}
