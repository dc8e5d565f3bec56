// The coordinate check of a GPT on Shakespeare: Tensor Programs V (2203.03466), appendix D, with the slope that each
// line must have beside the slope that it has.
//
//   swift run -c release GPTCheck            // --quick: one block, small widths
//
// It is run three times: as derived, in the standard parametrization, and with the usual mistake in the attention.
// The first must pass, and the others must not: a check that nothing fails says nothing.

import Widthwise

let isQuick = CommandLine.arguments.contains("--quick")

// The head grows with the width, so that 1/d and 1/sqrt(d) attention differ.
let program = try Architecture.gpt.program([
  "depth": isQuick ? "1" : "2", "heads": "4", "head-size": "n/4", "sequence": "32",
])
let optimizer = Optimizer.adam
let derivation = try program.maximalUpdate(optimizer: optimizer)
let derived = derivation.parametrization

var mistaken = derived
try mistaken.set("blocks.*.attention.scale=-1/2")

func check(_ trained: Parametrization, expecting: Parametrization) throws -> CheckResult {
  try CoordinateCheck(
    program: program, optimizer: optimizer, parametrization: trained,
    predictions: try program.predictions(expecting, optimizer: optimizer, steps: isQuick ? 3 : 5),
    derivation: derivation, base: isQuick ? 64 : 256,
    widths: isQuick ? [32, 64, 128, 256] : [64, 128, 256, 512, 1024],
    seeds: isQuick ? [0, 1, 2] : [0, 1, 2, 3], steps: isQuick ? 3 : 5
  ).run(on: DataKind.named("shakespeare"))
}

// The change of each value after the last update: the predicted power of the width and the measured slopes.
let runs = [
  ("derived", try check(derived, expecting: derived)),
  ("standard", try check(.standard(program), expecting: derived)),
  ("1/sqrt(d) attention", try check(mistaken, expecting: derived)),
]
var table = TextTable([("change after the last step", .left), ("predicted", .right)] + runs.map { ($0.0, .right) })
let last = runs[0].1.grid.rows.map(\.step).max() ?? 0
for row in runs[0].1.grid.rows where row.step == last && row.statistic == .change && derived[row.value] == nil {
  let slopes = runs.map { _, result -> String in
    let same = result.grid.rows.first { $0.value == row.value && $0.step == last && $0.statistic == .change }
    guard let same, let slope = same.measured else { return "" }
    return "\((slope * 100).rounded() / 100)" + (same.verdict == .disagrees ? " !" : "  ")
  }
  table.append([row.value, row.predicted?.asPowerOfWidth ?? "0"] + slopes)
}
print(table.text + "\n(! disagrees; values near 0 that shrink a little still fluctuate at these widths)\n")
for (name, result) in runs {
  let grid = result.grid
  let first = grid.rows.first { $0.verdict == .disagrees }
  print(
    "\(name): \(grid.count(.agrees)) of \(grid.rows.count) agree, \(grid.count(.disagrees)) disagree"
      + (first.map { ", first \($0.value) (\($0.statistic.rawValue), step \($0.step))" } ?? ""))
}
precondition(runs[0].1.grid.verdict != .disagrees, "what was derived disagrees with what was measured")
precondition(runs[1].1.grid.verdict == .disagrees, "the standard parametrization passed")
precondition(runs[2].1.grid.verdict == .disagrees, "the mistake in the attention passed")
