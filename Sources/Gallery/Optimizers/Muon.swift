import Exact
public import TensorPrograms

extension Optimizer {
  /// Muon without a factor for the weight's shape.
  public static let muon = Optimizer.muon()
  /// Muon with sqrt(max(1, fan_out / fan_in)), as its authors have it (Megatron: `shape_scaling`).
  public static let muonSpectral = Optimizer.muon(.spectral)
  /// Muon with sqrt(fan_out / fan_in), which makes the update's norm 1 from RMS to RMS (Megatron: `unit_rms_norm`).
  public static let muonSpectralRatio = Optimizer.muon(.spectralRatio)
  /// Muon with 0.2 sqrt(max(fan_out, fan_in)), as Moonlight has it (Megatron, without the 0.2: `spectral`).
  public static let muonMoonlight = Optimizer.muon(.moonlight)
  /// Muon for the weights that grow on both sides, AdamW for the others.
  public static let muonWithAdamW = Optimizer.perWeight(
    "Muon+AdamW", first: .muonSpectral, summary: "Muon for what grows on both sides, AdamW for the rest",
    sources: Optimizer.muonSpectral.sources
  ) { $0.isMatrix ? .muonSpectral : .adamW() }

  /// By what Muon multiplies the orthogonalized update of a weight.
  public struct MuonScale: Sendable {
    let name: String
    let summary: String
    let defaultRate: Double
    let source: Citation?
    /// The factor is the largest of these.
    let factors: @Sendable (_ out: [Dimension], _ in: [Dimension]) -> [Monomial]

    public static let none = MuonScale(
      name: "Muon", summary: "orthogonalized momentum", defaultRate: 0.3, source: nil
    ) { _, _ in [Monomial()] }
    public static let spectral = MuonScale(
      name: "Muon-spectral", summary: "Muon times sqrt(max(1, fan_out/fan_in))", defaultRate: 0.2, source: nil
    ) { [Monomial(), .ratio($0, $1, power: .half)] }
    public static let spectralRatio = MuonScale(
      name: "Muon-spectral-ratio", summary: "Muon times sqrt(fan_out/fan_in)", defaultRate: 0.3,
      source: .spectralCondition
    ) { [.ratio($0, $1, power: .half)] }
    public static let moonlight = MuonScale(
      name: "Muon-Moonlight", summary: "Muon times 0.2 sqrt(max(fan_out, fan_in))", defaultRate: 0.1, source: .moonlight
    ) { [.ratio($0, [], power: .half, constant: 0.2), .ratio($1, [], power: .half, constant: 0.2)] }
  }

  /// Muon (Jordan et al. 2024): Nesterov momentum, and five steps of a Newton-Schulz iteration that bring the singular
  /// values of the update near 1.
  ///
  /// A weight of more than two axes is a matrix too: its rows are the axes that its use keeps, its columns those that
  /// it sums over. A gain or a bias is divided by its norm.
  public static func muon(_ convention: MuonScale = .none, beta: Double = 0.95) -> Optimizer {
    Optimizer(
      convention.name, defaultRate: convention.defaultRate, summary: convention.summary,
      sources: [.muon] + [convention.source].compactMap { $0 }
    ) { s in
      let momentum = s.remember("momentum") { beta * $0 + (1 - beta) * s.gradient }
      let ahead = (1 - beta) * s.gradient + beta * momentum
      let (rows, columns) = s.sides
      let update = orthogonalized(ahead, over: s.epsilon(map(.sqrt, sumOfSquares(ahead)), 1e-7), rows, columns)
      let factors = convention.factors(rows.map(\.dimension), columns.map(\.dimension))
      return s.weight - s.rated(scale(update, byLargestOf: factors))
    }
  }
}

/// The quintic Newton-Schulz iteration `X <- a X + b (X X^T) X + c (X X^T)^2 X`, from G over its norm, its products on
/// the smaller side.
private func orthogonalized(_ g: Value, over norm: Value, _ rows: [Axis], _ columns: [Axis], iterations: Int = 5)
  -> Value
{
  var x = g / norm
  guard !rows.isEmpty, !columns.isEmpty else { return x }
  let side = isSmaller(columns, rows) ? columns : rows
  let (second, third) = (side.copies(1, beside: g.axes), side.copies(2, beside: g.axes))
  for _ in 0..<iterations {
    let turned = rename(x, side, to: second)
    let product = contract([x, turned], to: side + second)
    let square = contract([product, rename(product, side, to: third)], to: side + third)
    let both = -4.7750 * product + 2.0315 * rename(square, third, to: second)
    x = 3.4445 * x + contract([both, turned], to: x.axes)
  }
  return x
}

/// Whether the product of these dimensions is smaller at large width.
private func isSmaller(_ a: [Axis], _ b: [Axis]) -> Bool {
  func size(_ axes: [Axis]) -> (growth: Rational, coefficient: Rational) {
    axes.reduce((Rational.zero, Rational.one)) { ($0.0 + $1.growth, $0.1 * $1.dimension.size.coefficient) }
  }
  let (x, y) = (size(a), size(b))
  return x.growth == y.growth ? x.coefficient < y.coefficient : x.growth < y.growth
}
