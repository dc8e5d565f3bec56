extension DataKind {
  /// Noise, for programs of any shape.
  static let random = DataKind(builtIn: RandomData.name, usual: { _ in true }, open: { RandomData() })
}

/// Standard normal inputs and uniform labels, for programs of any shape.
public struct RandomData: DataSource {
  public static let name = "random"
  public init() {}

  public var name: String { Self.name }
  public var fingerprint: String { Self.name }
  public var contents: String { "standard normal inputs, uniform labels" }
  public var options: [String: String] { [:] }
  public var rowCount: Int? { nil }

  public func fit(_ inputs: ProgramInputs) throws -> any BatchMaker {
    Maker(
      inputs: try inputs.slots.map { slot in
        let bound = try slot.bound(at: inputs.width)
        return (bound, try slot.sizes(at: inputs.width).reduce(1, *))
      })
  }

  /// Random data are unlimited: both parts are the whole, and other seeds give other examples.
  public func parts(
    holdingOut fraction: Double, seed: UInt64
  ) throws -> (training: any DataSource, heldOut: any DataSource) { (self, self) }

  private struct Maker: BatchMaker {
    /// How many entries an input has, and the bound of whole numbers (0 for real ones).
    let inputs: [(bound: Int, count: Int)]

    func examples(_ draw: BatchDraw) -> [Int] { [] }

    func entries(of examples: [Int], _ draw: BatchDraw) -> [InputValues.Contents] {
      inputs.enumerated().map { index, input in
        var generator = SplitMix(draw.seed, UInt64(draw.step), UInt64(index) + 1)
        let isSkewed = draw.sampling == .skewed
        return input.bound > 0
          ? .indices((0..<input.count).map { isSkewed && $0 % 2 == 1 ? 0 : Int32(generator.below(input.bound)) })
          : .numbers((0..<input.count).map { _ in generator.normal() + (isSkewed ? 1 : 0) })
      }
    }
  }
}
