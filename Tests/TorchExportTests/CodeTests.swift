import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing

@testable import TorchExport

/// Programs as PyTorch code, looked at without torch.
@Suite struct CodeTests {
  /// Every operation of every network has a form, and what is written once is read from then on.
  @Test(arguments: Nightly.sample(Architecture.all.map(\.name), every: 4)) func everyNetwork(_ name: String) throws {
    let program = try Architecture(named: name).program()
    let text = try TorchCode(program, .standard(program), optimizer: "Adam", base: 64).text
    for weight in program.weights { #expect(text.contains("    \"\(program[weight.id].name)\": (")) }
    #expect(!text.contains("?"), "a letter is missing")
    let writer = try TorchWriter(program)
    for helper in TorchHelper.all {
      #expect(text.contains("def \(helper.name)(") == writer.helpers.contains(helper.name), "\(helper.name)")
    }
  }

  @Test func whatIsNotExported() throws {
    let program = try Architecture.mlp.program()
    #expect(throws: TorchExportError.optimizer("Muon", known: ["SGD", "Adam", "AdamW"])) {
      try TorchCode(program, .standard(program), optimizer: "Muon", base: 64)
    }
    let other = try Program(text: "dimension d = n\nx [d] = input\ny [d] = scalemax x by(1, d)\n")
    #expect(throws: TorchExportError.self) { try TorchWriter(other) }
  }

  @Test func lines() throws {
    let program = try Program("line") { p in
      let x = p.input("x", .batch, Dimension("features", 8))
      let w = p.weight("w", [Axis(Dimension("features", 8))], .zero)
      p.minimize(mean(map(.square, contract([x, w], to: [Axis(.batch)]))).named("loss"))
    }
    #expect(
      try TorchWriter(program).lines == [
        "v0 = batch[\"x\"]  # x [batch, features]", "v1 = self.weights[\"w\"]  # w [features]",
        "v2 = torch.einsum(\"ab,b->a\", v0, v1)", "v3 = torch.square(v2)", "v4 = torch.einsum(\"a->\", v3)",
        "v5 = v4 * (d[\"batch\"] ** (-1))  # loss []", "self.seen(\"loss\", v5)",
      ])
  }

  /// A derivative is one of torch's own, and a value taken as given is detached.
  @Test func slopesAndStops() throws {
    let program = try Program("line") { p in
      let x = p.input("x", Dimension("features", 8))
      p.minimize(mean(stopGradient(x) * slope(of: .leakyReLU(0.2), x)).named("loss"))
    }
    let lines = try TorchWriter(program).lines
    #expect(lines.contains("v1 = v0.detach()"))
    #expect(lines.contains("v3 = slope(lambda x: F.leaky_relu(x, 0.2), v0)"))
  }
}
