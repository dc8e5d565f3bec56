internal import CVectorMath

/// A step of a chain: what C computes, or a function that C does not have.
struct PreparedStep: Sendable {
  var c: vm_step
  var extent: BlockPlan.Extent
  /// A function that is not one of those in C.
  var function: UnaryFunction?

  init(_ form: Int, _ extent: BlockPlan.Extent, to target: Int, _ operands: [Int], zero: Int32) {
    func operand(_ i: Int) -> Int32 { i < operands.count ? Int32(operands[i]) : -1 }
    c = vm_step(
      form: Int32(form), target: Int32(target), second: -1, a: operand(0), b: operand(1), c: operand(2), d: operand(3),
      s: zero, t: zero, u: zero, o: zero, s_factor: -1, t_factor: -1, u_factor: -1, shift: -1, divisor: 1, modulus: 1,
      number: 0,
      vm_map_f32: nil, vm_map_f64: nil, vm_pair_f32: nil, vm_pair_f64: nil)
    self.extent = extent
  }

  mutating func set(_ function: UnaryFunction) {
    if let native = function.native {
      (c.vm_map_f32, c.vm_map_f64, c.number) = (native.float, native.double, native.parameter)
    } else {
      self.function = function
    }
  }

  var hasNoFactors: Bool { [c.s_factor, c.t_factor, c.u_factor, c.shift].allSatisfy { $0 < 0 } }
  /// The registers that it writes.
  var targets: [Int] { c.second < 0 ? [Int(c.target)] : [Int(c.target), Int(c.second)] }
  var reads: [Int] {
    [c.a, c.b, c.c, c.d, c.s_factor, c.t_factor, c.u_factor, c.shift].filter { $0 >= 0 }.map { Int($0) }
  }
}
