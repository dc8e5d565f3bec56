// An architecture of one's own: a bilinear block with a gate, which no table covers.
//
//   swift run OwnArchitecture            // --quick: smaller widths
//
// It is written once. Derivation, explanation and the program's text all read what was recorded.

import Widthwise

let model = Dimension("model", growing: .n)
let hidden = Dimension("hidden", growing: 4 * .n)
let classes = Dimension("classes", 10)

let program = try Program("bilinear gate") { p in
  let image = p.input("image", .batch, .fixed("pixels", 64))
  var x = Dense("embed", to: model)(image)
  x = x + Dense("down", to: model)(relu(Dense("up", to: hidden)(x)) * Dense("gate", to: hidden)(x))
  p.minimize(crossEntropy(Dense("readout", to: classes)(rmsNorm(x)), p.labels("digit", below: classes)).named("loss"))
}

// Exact, and in milliseconds: nothing is trained.
let rules = try program.maximalUpdate(optimizer: .adam)
print(try rules.table(base: 256, width: 4096))

// Why the gate's learning rate is what it is, down to the line of the program.
print("\n" + (try rules.explain("gate")))

// What a training script needs, at one width.
let up = try rules.rule("up")
print("\nup: learning rate \(up.rate.asPowerOfWidth), x \(up.rate(at: 4096, base: 256)) at n = 4096")

// What would have happened otherwise, in the words of Tensor Programs IV.
let standard = try program.classify(.standard(program), optimizer: .adam)
print("\nstandard parametrization, one learning rate: \(standard.regime.rawValue)")
if let failure = standard.failure { print("  \(failure)") }
let derived = try program.classify(rules.parametrization, optimizer: .adam)
print("as derived: \(derived.regime.rawValue), r = \(derived.r?.description ?? "none")")

// The check: trained on digits at several widths; each value's measured slope compared with the derived one.
let isQuick = CommandLine.arguments.contains("--quick")
let check = CoordinateCheck(
  program: program, optimizer: .adam, parametrization: rules.parametrization, derivation: rules, base: 128,
  widths: isQuick ? [32, 64, 128, 256] : [64, 128, 256, 512, 1024], seeds: isQuick ? [0, 1] : [0, 1, 2, 3], steps: 3)
let result = try check.run(on: DataKind.named("digits"))
let count = result.grid.count
print("\nmeasured: \(count(.agrees)) of \(result.grid.rows.count) agree, \(count(.disagrees)) disagree")
