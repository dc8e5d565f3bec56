import Foundation
import Widthwise

/// The time of a derivation by depth: GPT, Adam. The slope on log-log axes is 1 if it is linear.
func benchDerivation(quick: Bool, rounds: Int) throws -> [Measurement] {
  let depths = quick ? [2, 4] : [12, 24, 48, 96, 192]
  var results: [Measurement] = []
  for depth in depths {
    let program = try Architecture.gpt.program(["depth": "\(depth)"])
    let times = try (0..<rounds).map { _ in
      try seconds { _ = try program.maximalUpdate(optimizer: .adam(), folding: false) }
    }
    results.append(Measurement(work: "derive gpt, \(depth) blocks, each analyzed", seconds: times.median))
    results.last?.show()
  }
  let points = results.enumerated().map { (log(Double(depths[$0])), log($1.seconds)) }
  let (x, y) = (
    points.map(\.0).reduce(0, +) / Double(points.count), points.map(\.1).reduce(0, +) / Double(points.count)
  )
  let slope =
    points.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) } / points.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
  print(String(format: "  time grows as depth^%.2f", slope))
  let deep = quick ? 100 : 1000
  let times = try (0..<rounds).map { _ in
    try seconds {
      _ = try Architecture.gpt.program(["depth": "\(deep)"]).maximalUpdate(optimizer: .adam())
    }
  }
  results.append(Measurement(work: "record and derive gpt, \(deep) blocks, repeats recognized", seconds: times.median))
  results.last?.show()
  return results
}

/// The coordinate check of the tanh MLP on digits: standard and maximal update parametrization, SGD and Adam, widths 64
/// to 4096, 4 seeds, 5 steps, float. Peer: PyTorch with mup.
func benchCoordinateCheck(_ peers: Peers?, quick: Bool, rounds: Int, threads: Int) throws -> [Measurement] {
  let widths = (quick ? 6...8 : 6...12).map { 1 << $0 }
  let data = try DataSource.named("digits")
  let program = try Architecture.mlp.program()
  var times: [Double] = []
  var peerTimes: [Double] = []
  var peerMemory: Double?
  for _ in 0..<rounds {
    // The peer goes first: a process starts with the peak memory of the one that began it.
    if let peers {
      let found = try peers.run(
        "mlp_coordcheck_torch.py",
        ["--threads", "\(threads)", "--widths", widths.map { "\($0)" }.joined(separator: ",")])
      peerTimes.append(found["total_s"] ?? .nan)
      peerMemory = peerMemory ?? found["peak_rss_mib"]
    }
    times.append(
      try seconds {
        for (optimizer, rate) in [(Optimizer.sgd, 0.1), (.adam(), 0.001)] {
          let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
          for parametrization in [rules, .standard(program)] {
            let check = CoordinateCheck(
              program: program, optimizer: optimizer, parametrization: parametrization, base: 64, widths: widths,
              rate: rate, workers: threads)
            _ = try check.run(on: data)
          }
        }
      })
  }
  let result = measurement("coordinate check of mlp on digits", times, peerTimes, peakMemory(), peerMemory)
  result.show()
  return [result]
}

/// One training step of a GPT of two blocks: heads of 32, sequences of 64, batch 16, AdamW, float. Peer: PyTorch.
func benchStep(_ peers: Peers?, quick: Bool, rounds: Int, threads: Int) throws -> [Measurement] {
  var results: [Measurement] = []
  let program = try Architecture.gpt.program([
    "heads": "n/32", "head-size": "32", "sequence": "64", "vocabulary": "96", "batch": "16",
  ]).withStep(.adamW(beta1: 0.9, beta2: 0.95))
  let tokens = (0..<1024).map { (i: Int) -> Int32 in Int32((i * 7919 + i / 3) % 96) }
  let next: [Int32] = Array(tokens.dropFirst()) + [0]
  let batch = Batch(indices: ["tokens": tokens, "next": next])
  for width in quick ? [64] : [64, 128, 256, 512, 1024] {
    let numbers = try Numbers(standard: program, width: width, rate: 1e-3, decay: 1e-4)
    let trainer = try Trainer<Float>(program, width: width, numbers: numbers, seed: 0, threads: threads)
    for _ in 0..<3 { _ = try trainer.step(batch) }
    var times: [Double] = []
    var peerTimes: [Double] = []
    var peerMemory: Double?
    for _ in 0..<rounds {
      let repetitions = quick ? 3 : 15
      if let peers {
        let found = try peers.run(
          "transformer_train_torch.py", ["--width", "\(width)", "--threads", "\(threads)", "--reps", "\(repetitions)"])
        peerTimes.append(found["step_s_median"] ?? .nan)
        peerMemory = peerMemory ?? found["peak_rss_mib"]
      }
      times.append(try (0..<repetitions).map { _ in try seconds { _ = try trainer.step(batch) } }.median)
    }
    results.append(measurement("gpt step, width \(width)", times, peerTimes, peakMemory(), peerMemory))
    results.last?.show()
  }
  return results
}

private func measurement(
  _ work: String, _ times: [Double], _ peerTimes: [Double], _ memory: Double, _ peerMemory: Double?
) -> Measurement {
  guard !peerTimes.isEmpty else { return Measurement(work: work, seconds: times.median, memory: memory) }
  return Measurement(
    work: work, seconds: times.median, peerSeconds: peerTimes.median,
    ratio: zip(peerTimes, times).map { $0 / $1 }.median,
    memory: memory, peerMemory: peerMemory)
}
