import TensorPrograms
import Scaling
func show(_ a: Architecture, _ s: [String:String] = [:], _ o: Optimizer) throws {
  let t0 = ContinuousClock.now
  let p = try a.program(s)
  let t1 = ContinuousClock.now
  let d = try p.maximalUpdate(optimizer: o)
  print("==", a.name, s, o.name, "record", t1 - t0, "derive", ContinuousClock.now - t1)
  if p.instructions.count > 400 { return }
  for w in d.parametrization.weights { 
    let f = d.weights.first { $0.name == w.name }!
    print(w.name, w.axes.bracketed, "b", w.exponents.b, "c", w.exponents.c, f.initialIsFree ? "free" : "", "level", f.level.map(\.description) ?? "-", "g", f.gradients.map { $0?.description ?? "0" }, f.degree ?? -99) }
  for m in d.parametrization.multipliers { print(m.name, m.exponent) }
}
try show(.gpt, ["depth":"1"], .adam())
for _ in 0..<6 { try show(.gpt, ["depth":"96"], .adam()) }
