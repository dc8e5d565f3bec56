internal import CVectorMath
internal import Synchronization

/// Runs `body` with scratch memory of the calling thread, aligned to 64 bytes; nothing else uses it until `body` ends.
///
/// Throws ``KernelError/memoryRefused(bytes:)`` without running it.
@inline(__always)
func withScratch<S>(_: S.Type, count: Int, _ body: (UnsafeMutablePointer<S>) -> Void) throws(KernelError) {
  let bytes = count * MemoryLayout<S>.stride
  guard let memory = vm_scratch_borrow(bytes) else { throw .memoryRefused(bytes: bytes) }
  defer { vm_scratch_return(memory) }
  body(memory.assumingMemoryBound(to: S.self))
}

/// As `parallel`, with `bytes` of scratch memory for each range. `body` returns whether it got all the memory that it
/// needs itself.
///
/// Throws ``KernelError/memoryRefused(bytes:)`` if a range did not get its memory; the others have run.
@inline(__always)
func parallel(
  _ count: Int, grain: Int, threads: Int, scratch bytes: Int, _ body: (Range<Int>, UnsafeMutableRawPointer) -> Bool
) throws(KernelError) {
  let isRefused = Atomic(false)
  parallel(count, grain: grain, threads: threads) { range in
    guard let memory = vm_scratch_borrow(bytes) else { return isRefused.store(true, ordering: .relaxed) }
    defer { vm_scratch_return(memory) }
    if !body(range, memory) { isRefused.store(true, ordering: .relaxed) }
  }
  if isRefused.load(ordering: .relaxed) { throw .memoryRefused(bytes: bytes) }
}
