/// Normal numbers by position: number i of a stream depends on the seed, the stream and i only, not on how many are
/// drawn, by how many threads, in which precision or on which processor.
///
/// Philox 4x32-10 (Salmon and others, SC 2011) keyed by the seed and the method of Box and Muller in Double; Float
/// receives the same numbers rounded. The largest number possible is 8.5 standard deviations.
///
///     let weights = TensorBuffer<Float>(count: 4)
///     GaussianStream.fill(weights.slice(), seed: 1, stream: GaussianStream.stream(named: "readout"),
///       standardDeviation: 0.1)
public enum GaussianStream {
  /// Overwrites `out` with numbers 0, 1, ... of a stream.
  public static func fill<T: Element>(
    _ out: UnsafeMutableBufferPointer<T>, seed: UInt64, stream: UInt64, standardDeviation: Double, mean: Double = 0,
    threads: Int = 1
  ) {
    guard let start = out.baseAddress else { return }
    parallel(out.count, grain: 8192, threads: threads) { range in
      Vector.gaussian(
        start + range.lowerBound, UInt64(range.lowerBound), range.count, seed, stream, standardDeviation, mean)
    }
  }

  /// A stream for each name: the 64-bit FNV-1a hash of its UTF-8 bytes.
  public static func stream(named name: String) -> UInt64 { StableHash.fnv1a(name) }
}
