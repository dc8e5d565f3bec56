import Testing

@testable import Training

@Suite struct ScheduleTests {
  @Test func factors() throws {
    let linear = try Schedule(.linear, steps: 12, warmup: 4, floor: 0.2)
    #expect((0..<5).map(linear.factor) == [0.25, 0.5, 0.75, 1, 1])
    #expect(abs(linear.factor(at: 8) - 0.6) < 1e-15)
    #expect(abs(linear.factor(at: 12) - 0.2) < 1e-15 && linear.factor(at: 12) == linear.factor(at: 1000))
    let cosine = try Schedule(.cosine, steps: 10, warmup: 2)
    #expect(cosine.factor(at: 2) == 1 && abs(cosine.factor(at: 6) - 0.5) < 1e-15 && cosine.factor(at: 10) == 0)
    #expect(abs(cosine.factor(at: 4) - (1 + 0.5.squareRoot()) / 2) < 1e-15)
    let constant = try Schedule(steps: 3)
    #expect((0..<5).map(constant.factor) == [1, 1, 1, 1, 1])
  }

  /// Beside its largest value, the rate of Vaswani et al.: min(s^-1/2, s W^-3/2) at update s from 1.
  @Test func inverseSquareRoot() throws {
    let schedule = try Schedule(.inverseSquareRoot, steps: 100, warmup: 16)
    for s in 1...200 {
      let s = Double(s)
      let paper = min(1 / s.squareRoot(), s / 64) * 4
      #expect(abs(schedule.factor(at: Int(s) - 1) - paper) < 1e-14)
    }
    #expect(try Schedule(.inverseSquareRoot, steps: 100).factor(at: 24) == 0.2)
    #expect(try Schedule(.inverseSquareRoot, steps: 100, floor: 0.5).factor(at: 24) == 0.5)
  }

  @Test(arguments: Schedule.Decay.allCases) func staysWithinBounds(_ decay: Schedule.Decay) throws {
    for warmup in [0, 1, 7, 20] {
      let schedule = try Schedule(decay, steps: 20, warmup: warmup, floor: 0.1)
      let factors = (0..<40).map(schedule.factor)
      #expect(factors.dropFirst(warmup).allSatisfy { $0 >= 0.1 - 1e-15 && $0 <= 1 })
      #expect(zip(factors.dropFirst(warmup), factors.dropFirst(warmup + 1)).allSatisfy { $0 >= $1 })
      #expect(zip(factors.prefix(warmup), factors.prefix(warmup).dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test func schedulesThatMakeNoSense() throws {
    #expect(throws: TrainingError.unusableSchedule("a warm-up of 9 steps in a run of 8: it must be from 0 to 8")) {
      try Schedule(steps: 8, warmup: 9)
    }
    for wrong in [(-1, 0, 0.0), (8, -1, 0), (8, 0, 1.5), (8, 0, .nan)] {
      #expect(throws: TrainingError.self) { try Schedule(steps: wrong.0, warmup: wrong.1, floor: wrong.2) }
    }
    for (first, last, over) in [(0, 4, 4), (5, 4, 4), (1, 4, -1)] {
      #expect(throws: TrainingError.self) { try BatchRamp(from: first, to: last, over: over) }
    }
  }

  @Test func rampGrowsWithExamples() throws {
    let ramp = try BatchRamp(from: 8, to: 40, over: 64)
    #expect([0, 8, 16, 32, 63, 64, 1000].map { ramp.batches(of: 8, after: $0) } == [1, 1, 2, 3, 4, 5, 5])
    #expect(ramp.batches(of: 64, after: 1000) == 1)
    // No overflow, whatever the numbers.
    let large = try BatchRamp(from: 1, to: .max, over: .max)
    #expect(large.batches(of: 1, after: .max - 1) == .max - 1)
  }
}
