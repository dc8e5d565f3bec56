import Foundation
import Scaling
import TensorPrograms
import TestSupport
import Testing

@Suite struct SlopeLawTests {
  @Test func explore() throws {
    let measurement = SlopeMeasurement(widths: [32, 64, 128, 256], seeds: 6, steps: 2)
    let wanted = ProcessInfo.processInfo.environment["SAMPLE"]
    for sample in SampleCatalog.all where wanted == nil || sample.name.contains(wanted ?? "") {
      let program = try sample.programOfData
      for name in ["derived"] {
        let rules: Parametrization
        do {
          rules = name == "standard" ? .standard(program) : try program.maximalUpdate(optimizer: .sgd).parametrization
        } catch {
          print("\(sample.name): NOT DERIVED \(error)")
          continue
        }
        do {
          let began = ContinuousClock.now
          let slopes = try measurement.slopes(program, rules, .sgd)
          let bad = slopes.filter { slope in
            slope.distance > 0.1 + 3 * slope.error
          }
          print("\(sample.name) \(name): \(bad.count) of \(slopes.count) off, \((ContinuousClock.now - began) / .seconds(1)) s")
          for slope in bad.prefix(12) { print("    \(slope)") }
        } catch {
          print("\(sample.name) \(name): FAILED \(error)")
        }
      }
    }
  }
}
