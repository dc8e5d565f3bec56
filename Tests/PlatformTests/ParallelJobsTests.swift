import Platform
import Testing

@Suite struct ParallelJobsTests {
  private struct Odd: Error, Equatable { var number: Int }

  @Test func resultsAreInOrder() throws {
    #expect(try ParallelJobs.run(Array(0..<100), workers: 4) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(try ParallelJobs.run([Int](), workers: 4) { $0 } == [])
    #expect(try ParallelJobs.run([1, 2], workers: 0) { $0 } == [1, 2])
  }

  @Test func theFirstErrorWins() {
    for _ in 0..<20 {
      #expect(throws: Odd(number: 7)) {
        try ParallelJobs.run(Array(0..<50), workers: 4) { if $0 >= 7 { throw Odd(number: $0) } }
      }
    }
  }

  @Test func progressIsToldAndCanCancel() throws {
    let told = Locked<[Int]>([])
    _ = try ParallelJobs.run(
      Array(0..<10), workers: 3,
      progress: { done, count in
        told.withLock { $0.append(done) }
        return count == 10
      }, { $0 })
    #expect(told.withLock { $0 } == Array(1...10))
    let begun = Locked(0)
    #expect(throws: CancellationError.self) {
      let stop = { @Sendable (done: Int, _: Int) in done < 5 }
      return try ParallelJobs.run(
        Array(0..<100), workers: 2, progress: stop, { _ in begun.withLock { $0 += 1 } })
    }
    #expect(begun.withLock { $0 } < 20)
  }

  /// Large jobs are alone and come first; the results keep the order of the jobs.
  @Test func largeJobsAreAlone() throws {
    let running = Locked<(large: Int, small: Int, order: [Int])>((0, 0, []))
    let jobs = [3, 100, 4, 5, 200, 6, 7, 300, 8]
    let threads = { (job: Int) in job >= 100 ? 2 : 1 }
    let results = try ParallelJobs.run(jobs, threads: threads, workers: 3) { job in
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
    _ = try ParallelJobs.run(
      jobs, threads: { $0 }, workers: 2,
      progress: { done, count in
        told.withLock { $0.append(done) }
        return count == 5
      }, { $0 })
    #expect(told.withLock { $0 } == [1, 2, 3, 4, 5])
    let begun = Locked(0)
    #expect(throws: CancellationError.self) {
      let stop = { @Sendable (done: Int, _: Int) in done < 2 }
      return try ParallelJobs.run(jobs, threads: \.self, workers: 2, progress: stop) { _ in
        begun.withLock { $0 += 1 }
      }
    }
    #expect(begun.withLock { $0 } == 2)
  }
}
