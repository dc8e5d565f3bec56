import Exact
import Gallery
import TensorPrograms
import TestSupport

extension RandomBuilder {
  /// One more layer on what there is.
  func step() {
    let x = vector()
    guard let own = x.axes.last else { return }
    switch below(27) {
    case 0: keep(map(pick([.square, .absoluteValue, .cosine, .leakyReLU(0.1)]), x))
    case 1, 2:
      if let other = other(like: x) { return keep(chance(2) ? x + other : x - 0.5 * other) }
      keep(map(phi(), x))
    case 3:
      if let other = other(like: x) { return keep((chance(2) ? x : tanh(x)) * map(phi(), other)) }
      keep(map(.silu, x) * x)
    case 4: keep(norm(x))
    case 5: keep(gain(x, own))
    case 6: keep(x * learnedScalar())
    case 7, 8: if let other = other(like: x) { keepScalar(dot(x, other, own)) } else { keepScalar(dot(x, x, own)) }
    case 9: gate()
    case 10: keep(dense(map(phi(), dense(tanh(x), to: small)), to: dimension()))
    case 11: bilinear(x, own)
    case 12: if lead.count == 2 { keep(attention(x)) } else { keep(memory(x, own)) }
    case 13: again(x)
    case 14: pool(x, own)
    case 15: keep(softmax(dense(x, to: own.dimension), over: [own]) * x)
    case 16: if lead.count == 2 { recur(x, own) } else { keep(x + map(.tanh, dense(x, to: own.dimension))) }
    case 17: keep(experts(x, own))
    case 18: keep(x + latent(own))
    case 19: keep(x + GLU(name("glu"), hidden: hidden())(norm(x)))
    case 20: if lead.count == 2 { keep(x + p.constant(.sinusoids, [Axis(sequence), own])) } else { keep(norm(x)) }
    default: keep(dense(map(phi(), x), to: dimension()))
    }
  }

  private func hidden() -> Dimension {
    let like = dimension()
    return Dimension("hidden-" + like.name, growing: like.size)
  }

  private func norm(_ x: Value) -> Value {
    switch below(4) {
    case 0: return LayerNorm(name("norm"), bias: chance(2))(x)
    case 1: return RMSNorm(name("norm"))(x)
    case 2: return rmsNorm(x)
    default:
      let length = map(.sqrt, guarded(sum(map(.square, x), over: x.axes.suffix(1)), epsilon: 1e-6))
      return x / length
    }
  }

  private func gain(_ x: Value, _ own: Axis) -> Value {
    switch below(4) {
    case 0: return x + p.weight(name("bias"), [own], .zero)
    case 1: return x * p.weight(name("gain"), [own], .constant(0.5))
    case 2: return tanh(x) * p.weight(name("gain"), [own], .gaussian(Monomial(1)))
    default: return x * (p.one() + p.weight(name("gain"), [own], .zero))
    }
  }

  /// The product of two values summed over the width, as it is or divided by a power of it.
  private func dot(_ a: Value, _ b: Value, _ own: Axis) -> Value {
    let y = contract([chance(2) ? a : tanh(a), b], to: leadAxes)
    switch below(5) {
    case 0: return scale(y, by: .product([own.dimension], power: -1))
    case 1: return scale(y, by: .product([own.dimension], power: Rational(-1, 2)))
    case 2, 3: return multiplier(name("scale"), y, standard: .product([own.dimension], power: -1))
    default: return y
    }
  }

  /// A scalar gates a vector.
  private func gate() {
    guard !scalars.isEmpty else {
      let x = vector()
      let router = p.weight(name("router"), x.axes.suffix(1), .gaussian(.product(x.dimensions.suffix(1), power: -1)))
      return keep(x * sigmoid(contract([x, router], to: leadAxes)))
    }
    let (x, s) = (vector(), use(pick(scalars)))
    keep(x * (chance(3) ? s : map(pick([.sigmoid, .tanh]), s)))
  }

  private func bilinear(_ x: Value, _ own: Axis) {
    guard let y = vectors.first(where: { $0.axes.last != own }), let columns = y.axes.last else {
      return keep(dense(x, to: own.dimension) * tanh(dense(x, to: own.dimension)))
    }
    let to = Program.freshAxis(chance(2) ? small : dimension(), besides: [own, columns])
    let w = p.weight(
      name("bilinear"), [to, own, columns],
      .gaussian(.product([own.dimension, columns.dimension], power: Rational(-1, 2))))
    let z = contract([tanh(x), w, tanh(use(y))], to: leadAxes + [to])
    keep(to.primes == 0 ? z : rename(z, to, to: Axis(to.dimension)))
  }

  private func attention(_ x: Value) -> Value {
    let (heads, head): (Dimension, Dimension) = pick([
      (Dimension("two-heads", 2), Dimension("wide-head", growing: .n)),
      (Dimension("many-heads", growing: .n), Dimension("four", 4)),
    ])
    var attention = Attention(name("attention"), heads: heads, head: head, causal: chance(2))
    attention.normalizesQueries = chance(4)
    return chance(2) ? attention(x) : x + attention(norm(x))
  }

  /// A softmax over learned keys, with learned values.
  private func memory(_ x: Value, _ own: Axis) -> Value {
    let slots = chance(4) ? Dimension("slots", growing: .n) : small
    let keys = p.weight(name("keys"), [Axis(slots), own], .gaussian(.product([own.dimension], power: Rational(-1, 2))))
    let values = p.weight(name("values"), [Axis(slots), own], .gaussian(Monomial(1)))
    let scores = contract([x, keys], to: leadAxes + [Axis(slots)])
    return contract([softmax(scores, over: [Axis(slots)]), values], to: leadAxes + [own])
  }

  /// An earlier matrix once more, or its transpose with a multiplier of its own.
  private func again(_ x: Value) {
    guard let own = x.axes.last else { return }
    let same = matrices.filter { $0.columns.dimension == own.dimension }
    let back = matrices.filter { $0.out.dimension == own.dimension }
    if chance(2), !same.isEmpty { return keep(multiply(pick(same), tanh(x))) }
    guard !back.isEmpty else { return keep(dense(tanh(x), to: own.dimension)) }
    var turned = pick(back)
    (turned.out, turned.columns) = (turned.columns, turned.out)
    let y = multiply(turned, tanh(x))
    keep(
      chance(2)
        ? y : multiplier(name("scale"), y, standard: .product([turned.out.dimension], power: Rational(-1, 2))))
  }

  private func pool(_ x: Value, _ own: Axis) {
    switch below(3) {
    case 0: keepScalar(mean(x, over: [own]))
    case 1: keepScalar(mean(map(.square, x), over: [own]))
    default: keep(x - mean(x, over: [own]))
    }
  }

  /// Three steps of a recurrence along the sequence; the last state is added to every place.
  private func recur(_ x: Value, _ own: Axis) {
    let matrix = matrix(from: own.dimension, to: own.dimension)
    var state: Value?
    for input in steps(of: x, along: Axis(sequence)) {
      state = tanh(state.map { multiply(matrix, $0) + input } ?? input)
    }
    if let state { keep(x + state) }
  }

  /// Three layers weighted by a softmax.
  private func experts(_ x: Value, _ own: Axis) -> Value {
    let out = Axis(own.dimension, primes: 1)
    let experts = Axis(small)
    let deviation = Initializer.gaussian(.product([own.dimension], power: Rational(-1, 2)))
    let w = p.weight(name("experts"), [experts, out, own], deviation)
    let router = p.weight(name("router"), [experts, own], deviation)
    let gates = softmax(contract([x, router], to: leadAxes + [experts]), over: [experts])
    let y = map(phi(), contract([x, w], to: leadAxes + [experts, out]))
    return rename(contract([gates, y], to: leadAxes + [out]), out, to: own)
  }

  /// A vector that depends on no data: learned, through a layer or not.
  private func latent(_ own: Axis) -> Value {
    let z = p.weight(name("latent"), [own], .gaussian(Monomial(1)))
    return chance(2) ? z : multiply(matrix(from: own.dimension, to: own.dimension), map(phi(), z))
  }
}
