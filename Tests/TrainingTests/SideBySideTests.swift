import Testing
import Training

@Suite struct SideBySideTests {
  private struct Odd: Error, Equatable { var number: Int }

  @Test func resultsAreInOrder() throws {
    #expect(try SideBySide.run(Array(0..<100), workers: 4) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(try SideBySide.run([Int](), workers: 4) { $0 } == [])
    #expect(try SideBySide.run([1, 2], workers: 0) { $0 } == [1, 2])
  }

  @Test func theFirstErrorWins() {
    for _ in 0..<20 {
      #expect(throws: Odd(number: 7)) {
        try SideBySide.run(Array(0..<50), workers: 4) { if $0 >= 7 { throw Odd(number: $0) } }
      }
    }
  }

  @Test func progressIsToldAndCanCancel() throws {
    let told = Locked<[Int]>([])
    _ = try SideBySide.run(
      Array(0..<10), workers: 3,
      progress: { done, count in
        told.withLock { $0.append(done) }
        return count == 10
      }, { $0 })
    #expect(told.withLock { $0 } == Array(1...10))
    let begun = Locked(0)
    #expect(throws: CancellationError.self) {
      let stop = { @Sendable (done: Int, _: Int) in done < 5 }
      return try SideBySide.run(
        Array(0..<100), workers: 2, progress: stop, { _ in begun.withLock { $0 += 1 } })
    }
    #expect(begun.withLock { $0 } < 20)
  }
}
