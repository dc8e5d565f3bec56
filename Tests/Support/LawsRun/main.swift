@preconcurrency import Foundation
import Gallery
import Laws
import Scaling
import TensorPrograms
import TestSupport

// LawsRun FROM TO [oneIn] [shrink]: random programs. LawsRun file PATH...: programs.
setvbuf(stdout, nil, _IOLBF, 0)
let arguments = Array(CommandLine.arguments.dropFirst())
let start = Date()
var tally = LawTally()
let byName = Dictionary(uniqueKeysWithValues: Transform.all.map { ($0.name, $0) })
var shown: [String: Int] = [:]
var seen = 0
@MainActor func show(_ label: String, shrinking: Int) {
  for violation in tally.violations[seen...] {
    shown[violation.transform, default: 0] += 1
    let count = shown[violation.transform] ?? 0
    print("VIOLATION \(label) \(violation.transform) \(violation.optimizer.rawValue) \(violation.program.forward.count)")
    if count <= shrinking, let transform = byName[violation.transform] {
      print("---- shrunk\n\(transform.shrunk(violation))\n----")
    }
  }
  seen = tally.violations.count
}
if arguments.first == "text", let seed = UInt64(arguments[1]) {
  let program = try RandomProgram.make(seed: seed)
  print(program.text)
  for optimizer in LawOptimizer.allCases { print(optimizer, try program.answer(optimizer)) }
} else if arguments.first == "check" {
  for path in arguments.dropFirst() {
    do {
      let program = try Program(text: String(contentsOfFile: path, encoding: .utf8)).forwardPass
      try tally.run(program, seed: 1)
    } catch { print("ERROR \(path): \(error)") }
    show(path, shrinking: 2)
  }
} else if arguments.first == "explain" {
  var found = Counterfactual()
  for seed in UInt64(arguments[1])!..<UInt64(arguments[2])! {
    for optimizer in LawOptimizer.allCases {
      let count = found.faults.count
      try found.run(RandomProgram.make(seed: seed), optimizer, seed: seed)
      for fault in found.faults[count...] { print("FAULT \(seed) \(optimizer)\n\(fault)\n----") }
    }
  }
  print("named \(found.named), others \(found.others), faults \(found.faults.count { $0.wasNamed }) and \(found.faults.count { !$0.wasNamed })")
} else if arguments.first == "gallery" || arguments.first == "catalog" {
  let programs = try arguments[0] == "gallery"
    ? Architecture.all.map { ($0.name, try $0.program($0.options.contains { $0.name == "depth" } ? ["depth": "1"] : [:])) }
    : SampleCatalog.all.map { ($0.name, try $0.programWithTargets) }
  for (name, program) in programs where arguments.count < 2 || name.contains(arguments[1]) {
    do { try tally.run(program.forwardPass, seed: 1) } catch { print("ERROR \(name): \(error)") }
    show(name, shrinking: arguments.count > 2 ? 1 : 0)
  }
} else {
  let (from, to) = (UInt64(arguments[0])!, UInt64(arguments[1])!)
  let oneIn = arguments.count > 2 ? Int(arguments[2])! : 1
  let shrinking = arguments.count > 3 ? Int(arguments[3])! : 3
  for seed in from..<to {
    do {
      let program = try RandomProgram.make(seed: seed)
      let began = Date()
      try tally.run(program, seed: seed, oneIn: oneIn)
      let took = Date().timeIntervalSince(began)
      if took > 5 { print("SLOW \(seed) \(took)") }
    } catch { print("ERROR \(seed): \(error)") }
    show("\(seed)", shrinking: shrinking)
  }
}
for (name, counts) in tally.counts.sorted(by: { $0.key < $1.key }) {
  print("COUNT \(name): \(counts.held) held, \(counts.unconfirmed) not confirmed, \(counts.violated) violated")
}
print("answers \(tally.answered), refused \(tally.refused), not confirmed \(tally.unconfirmed), tried \(tally.tried), violated \(tally.violations.count), \(Date().timeIntervalSince(start)) s")
