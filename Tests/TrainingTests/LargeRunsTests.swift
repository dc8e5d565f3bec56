import TensorPrograms
import Testing
import Training

@Suite struct LargeRunsTests {
  @Test func theThreadsOfARunDependOnItsSizeAlone() throws {
    let program = try Architecture.mlp.program()
    for workers in [1, 2, 5] {
      #expect(try LargeRuns.threads(program, width: 512, workers: workers) == 1)
      #expect(try LargeRuns.threads(program, width: 2048, workers: workers) == workers)
      // Weights that no machine could hold are still counted.
      #expect(try LargeRuns.threads(program, width: 1 << 30, workers: workers) == workers)
    }
    #expect(try LargeRuns.threads(program, width: 2048, workers: 0) == 1)
    #expect(throws: ProgramError.self) { try LargeRuns.threads(program, width: 0, workers: 2) }
  }

  /// Large jobs are alone and come first; the results keep the order of the jobs.
  @Test func largeJobsAreAlone() throws {
    let running = Locked<(large: Int, small: Int, order: [Int])>((0, 0, []))
    let jobs = [3, 100, 4, 5, 200, 6, 7, 300, 8]
    let threads = { (job: Int) in job >= 100 ? 2 : 1 }
    let results = try LargeRuns.run(jobs, threads: threads, workers: 3) { job in
      let isLarge = job >= 100
      let others = running.withLock { state in
        defer { if isLarge { state.large += 1 } else { state.small += 1 } }
        state.order.append(job)
        return isLarge ? state.large + state.small : state.large
      }
      defer { running.withLock { if isLarge { $0.large -= 1 } else { $0.small -= 1 } } }
      return others == 0 ? 2 * job : -1
    }
    #expect(results == jobs.map { 2 * $0 })
    #expect(running.withLock { $0.order.prefix(3) } == [100, 200, 300])
  }

  @Test func progressCountsAllAndCancelsBetweenTheTwo() throws {
    let told = Locked<[Int]>([])
    let jobs = [1, 2, 1, 2, 1]
    _ = try LargeRuns.run(
      jobs, threads: { $0 }, workers: 2,
      progress: { done, count in
        told.withLock { $0.append(done) }
        return count == 5
      }, { $0 })
    #expect(told.withLock { $0 } == [1, 2, 3, 4, 5])
    let begun = Locked(0)
    #expect(throws: CancellationError.self) {
      let stop = { @Sendable (done: Int, _: Int) in done < 2 }
      return try LargeRuns.run(jobs, threads: \.self, workers: 2, progress: stop) { _ in
        begun.withLock { $0 += 1 }
      }
    }
    #expect(begun.withLock { $0 } == 2)
  }
}
