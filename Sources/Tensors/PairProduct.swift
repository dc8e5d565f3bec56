/// The contraction of two tensors with at least one summed axis that both have.
///
/// Labels fall into four groups: batch (in both and in the result), m and n (in one and in the result), k (in both,
/// summed). Without m and n it is a product of rows entry by entry; otherwise it is a matrix product for each batch.
final class PairProduct: Sendable {
  private enum Method: Sendable {
    case rows(Accumulation)
    case matrices(MatrixPlan)
  }
  private let method: Method
  /// Operands are copied to another order of axes first where that pays; the result is copied back.
  private let packA: Copy?, packB: Copy?, unpack: Copy?
  private let placeB: Int, placeResult: Int
  let workspace: Int

  init(_ a: Shape, _ b: Shape, result: Shape, leavingOut triangle: Triangle? = nil) throws(KernelError) {
    let m = a.labels.filter { !b.contains($0) }
    let n = b.labels.filter { !a.contains($0) }
    let plan: (method: Method, a: Shape, b: Shape, result: Shape)
    if m.allSatisfy({ a.size($0) == 1 }), n.allSatisfy({ b.size($0) == 1 }) {
      // A product of rows: the second takes the first's order of axes if their innermost ones differ.
      let wide = { (shape: Shape) in shape.selecting(shape.labels.filter { shape.size($0) != 1 }) }
      let (x, y) = (wide(a), wide(b))
      let second = x.labels.last == y.labels.last ? b : b.selecting(x.labels + b.labels.filter { !x.contains($0) })
      plan = (.rows(Accumulation(.dot, x, second, result: result)), a, second, result)
    } else {
      var best = MatrixPlan.best(a, b, result: result)
      if let triangle { best.plan.leaveOut(triangle) }
      plan = (.matrices(best.plan), best.a, best.b, best.result)
    }
    method = plan.method
    packA = plan.a == a ? nil : try Copy(operand: a, result: plan.a)
    packB = plan.b == b ? nil : try Copy(operand: b, result: plan.b)
    unpack = plan.result == result ? nil : try Copy(operand: plan.result, result: result)
    let round = { (count: Int) in (count + 15) & ~15 }
    placeB = packA == nil ? 0 : round(a.count)
    placeResult = placeB + (packB == nil ? 0 : round(b.count))
    workspace = placeResult + (unpack == nil ? 0 : round(result.count))
  }

  /// The matrix product, if there are no loops around it and nothing is copied; else nil.
  var onlyProduct: MatrixPlan? {
    guard case .matrices(let plan) = method, packA == nil, packB == nil, unpack == nil, plan.loops.count == 1,
      plan.sums.rank == 0
    else { return nil }
    return plan
  }

  /// Whether about half is left out.
  var skips: Bool { if case .matrices(let plan) = method { plan.skip != 0 } else { false } }

  func run<T: Element>(_ a: Source<T>, _ b: Source<T>, into output: Target<T>, scratch: Target<T>, threads: Int)
    throws(KernelError)
  {
    var (a, b) = (a, b)
    if let packA {
      packA.copy(a, to: scratch, threads: threads)
      a = UnsafePointer(scratch)
    }
    if let packB {
      packB.copy(b, to: scratch + placeB, threads: threads)
      b = UnsafePointer(scratch + placeB)
    }
    let target = unpack == nil ? output : scratch + placeResult
    switch method {
    case .rows(let rows): try rows.run(a, b, into: target, threads: threads)
    case .matrices(let matrices): matrices.run(a, b, into: target, threads: threads)
    }
    unpack?.copy(target, to: output, threads: threads)
  }
}
