import Exact
import Testing

@testable import Gallery
@testable import TensorPrograms

@Suite struct TextTests {
  /// Random programs of every kind of line.
  @Test(arguments: 0..<60) func randomProgramsRoundTrip(seed: Int) throws {
    let program = try RandomProgram.make(seed: UInt64(seed))
    let text = try program.withStep(.adam()).text
    #expect(try Program(text: text).text == text)
  }

  @Test func sizes() {
    for text in ["64", "n", "4n", "n/32", "n^(1/2)", "3n^(1/2)", "n^2", "n^(1/2)/8", "3/2 n"] {
      #expect(Size(text)?.description == text)
    }
    #expect(Size("n^0.5") == Size("n^(1/2)") && Size("4*n") == Size("4n"))
    for text in ["", "m", "n^", "-n", "0n", "n^(1/0)", "nn", "n/0", "4n4", "-3", "n^(1/2"] {
      #expect(Size(text) == nil, "\(text)")
    }
  }

  /// A wrong file is told by line, with the user's names.
  @Test(arguments: [
    ("", 1, "no instructions"),
    ("program p\nx [a] = input", 2, "no dimension named \"a\""),
    ("program p\ndimension a = zero", 2, "not a size"),
    ("dimension a = 4\ndimension a = 4", 2, "given twice"),
    ("dimension a = 4\nx [a] = input\nx [a] = input", 3, "given twice"),
    ("dimension a = 4\nx [a] = input\ny [a] = tahn x", 3, "did you mean \"tanh\"?"),
    ("dimension a = 4\nx [a] = input\ny [a] = tanh z", 3, "no value is named \"z\""),
    ("dimension a = 4\nx [a] = input\ny [a = tanh x", 3, "expected: NAME [AXES]"),
    ("dimension a = 4\nx [a] = input\ny [a] = tanh x speed(3)", 3, "is not known here"),
    ("dimension a = 4\ndimension b = 5\nx [a] = input\ny [b] = tanh x", 4, "not [b]"),
    ("dimension a = 4\nx [a] = input\nminimize x", 3, "has axes [a]"),
    ("dimension a = 4\ndimension b = n\nw [a, b] = weight gaussian(c^(-1/2))", 3, "no dimension named \"c\""),
    (
      "dimension m = n\ndimension width = n\ndimension batch = 4\nx [batch, width] = input\nw [m, m'] = weight gaussian(1)\ny [batch, m] = contract x, w",
      6, "\"x\" [batch, width] and \"w\" [m, m']"
    ),
  ]) func errorsNameTheLine(text: String, line: Int, part: String) {
    do {
      let program = try Program(text: text, file: "my.tp")
      Issue.record("read as \(program.text)")
    } catch {
      #expect("\(error)".hasPrefix("my.tp, line \(line): "), "\(error)")
      #expect("\(error)".contains(part), "\(error)")
    }
  }

  @Test func recordingErrors() {
    #expect(throws: ProgramError.self) {
      try Program("p") { p in
        let x = p.input("x", [.batch, Dimension("a", 3)])
        _ = contract(x, p.weight("w", [Axis(Dimension("a", 4))], .zero), over: [])
      }
    }
    #expect(throws: ProgramError.noLoss(program: "p")) {
      try Program("p") { p in _ = p.input("x", [.batch]) }.withGradient()
    }
    #expect(throws: ProgramError.self) { try Program("p") { p in p.minimize(p.input("x", [.batch])) } }
    #expect(throws: ProgramError.self) {
      try Program("p") { p in _ = softmax(p.input("x", [.batch]), over: [Axis(Dimension("a", 2))]) }
    }
  }

  @Test func widths() {
    let half = Dimension("heads", growing: .n / 32)
    #expect(throws: ProgramError.self) { try half.size.value(at: 48, of: "heads") }
    #expect(throws: ProgramError.self) { try half.size.value(at: 0, of: "heads") }
    #expect(throws: ProgramError.self) { try Size.n.power(8).value(at: 1 << 20, of: "heads") }
    #expect(try! half.size.value(at: 64, of: "heads") == 2)
  }
}

/// Programs of random layers, for properties that hold of every program.
enum RandomProgram {
  static func make(seed: UInt64) throws -> Program {
    var generator = Generator(state: seed &* 0x9E37_79B9 &+ 1)
    let model = Dimension("model", growing: .n)
    let classes = Dimension("classes", 5)
    let features = Dimension("features", 6)
    let batch = Dimension("batch", 4)
    return try Program("random\(seed)") { p in
      var x = Dense("in", to: model)(p.input("x", [batch, features]))
      for layer in 0..<Int.random(in: 1...5, using: &generator) {
        let kinds = Nonlinearity.all.filter {
          ["tanh", "relu", "gelu", "silu", "erf", "leakyrelu", "sine"].contains($0.name)
        }
        let phi = kinds.randomElement(using: &generator) ?? .tanh
        let name = "l\(layer)"
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: x = map(phi, Dense(name, to: model, bias: true)(x))
        case 1: x = residual(x) { Dense(name, to: model)(map(phi, $0)) }
        case 2:
          x = residual(x) {
            MLP(name, hidden: Dimension("hidden", growing: 4 * .n), phi)(LayerNorm(name + ".norm")($0))
          }
        case 3:
          x = residual(x) { GLU(name, hidden: Dimension("inner", growing: 2 * .n), phi)(RMSNorm(name + ".norm")($0)) }
        case 4: x = RMSNorm(name)(x)
        case 5: x = Dense(name + ".b", to: model)(map(phi, Dense(name + ".a", to: Dimension("small", 3))(x)))
        case 6: x = x * p.weight(name + ".gain", [Axis(model)], .constant(1))
        default: x = tanh(x) * map(phi, Dense(name, to: model)(x))
        }
      }
      let logits = Dense("readout", to: classes)(map(.tanh, x))
      p.minimize(crossEntropy(logits, p.labels("y", [batch], below: classes)).named("loss"))
    }
  }

  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var z = state
      z = (z ^ (z >> 29)) &* 0xBF58_476D_1CE4_E5B9
      return z ^ (z >> 32)
    }
  }
}
