public import TensorPrograms

extension Program {
  /// A program with more weights trains over all threads, one run at a time, so that the weights and states of only one
  /// run are in memory and pass through the cache; smaller ones train in parallel, a thread each. The number depends on
  /// the program, not on the load, so that the bits of a run do not depend on what runs beside it.
  public static let mostWeightsOfOneThread = 1 << 22

  /// The threads that a run takes at a width: `workers` (at least 1) if it has more than ``mostWeightsOfOneThread``
  /// weights, else 1.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at this width.
  public func trainingThreads(width: Int, workers: Int) throws -> Int {
    let count = try weights.reduce(0.0) { sum, weight in
      sum
        + (try self[weight.id].axes.reduce(1) {
          $0 * Double(try $1.dimension.size.value(at: width, of: $1.dimension.name))
        })
    }
    return count > Double(Self.mostWeightsOfOneThread) ? max(1, workers) : 1
  }
}
