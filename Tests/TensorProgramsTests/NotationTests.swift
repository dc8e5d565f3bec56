import Gallery
import Testing

@testable import TensorPrograms

/// Words that are written out in others when a recording ends.
@Suite struct NotationTests {
  private let model = Dimension("model", growing: .n), both = Dimension("both", growing: 2 * .n)
  private let small = Dimension("small", 3), cases = Dimension("cases", 4)

  private func lines(_ program: Program) -> [String] {
    program.text.split(separator: "\n").map(String.init).filter { $0.contains(" = ") && !$0.hasPrefix("dimension") }
  }

  /// A weight along what is put together is a weight for each part, and a sum over it a sum of sums.
  @Test func concatenation() throws {
    let program = try Program("skip") { p in
      let (x, y) = (p.input("x", cases, model), p.input("y", cases, model))
      let whole = concatenate([x, y], of: [model, model], along: Axis(both)).named("whole")
      p.minimize(mean(Dense("out", to: small)(map(.tanh, whole))).named("loss"))
    }
    #expect(program.weights.map { program[$0.id].name } == ["out/0", "out/1"])
    #expect(program.weights.map { program[$0.id].axes.bracketed } == ["[small, both/0]", "[small, both/1]"])
    let text = lines(program)
    #expect(text.contains("out/0 [small, both/0] = weight gaussian(both^(-1/2))"))
    #expect(text.contains("out.out [cases, small] = add %5, %6"))
    #expect(text.count { $0.contains("= tanh ") } == 2)
    #expect(try Program(text: program.text).text == program.text)
  }

  @Test func slices() throws {
    let program = try Program("gates") { p in
      let gates = Dense("in", to: both)(p.input("x", cases, small))
      let parts = [model, model]
      let y =
        map(.sigmoid, slice(gates, 0, of: parts, along: Axis(both))) * slice(gates, 1, of: parts, along: Axis(both))
      p.minimize(mean(y))
    }
    #expect(program.weights.map { program[$0.id].name } == ["in/0", "in/1"])
    #expect(!program.instructions.contains { $0.primitive is any Notation })
  }

  /// An axis that is several is those wherever it is: in weights, and in data.
  @Test func split() throws {
    let heads = Dimension("heads", 2)
    let rows = Dimension("rows", 4)
    let pixels = Dimension("pixels", 8)
    let columns = Dimension("columns", 2)
    let program = try Program("heads") { p in
      let image = TensorPrograms.split(p.input("image", cases, pixels), Axis(pixels), into: [rows, columns])
      let x = Dense("in", to: both)(sum(image, over: [Axis(columns)]))
      let y = softmax(TensorPrograms.split(x, Axis(both), into: [heads, model]), over: [Axis(heads)])
      let z = Dense("out", to: small, over: [both])(merge(y, [heads, model], to: Axis(both)))
      p.minimize(mean(z))
    }
    let axes = Dictionary(uniqueKeysWithValues: program.instructions.map { ($0.name, $0.axes.bracketed) })
    #expect(axes["image"] == "[cases, pixels/0, pixels/1]" && axes["in"] == "[both/0, both/1, rows]")
    #expect(axes["out"] == "[small, both/0, both/1]")
  }

  /// A program's text has the same words.
  @Test func text() throws {
    let text = """
      dimension cases = 4
      dimension model = n
      dimension both = 2n
      x [cases, model] = input
      w [both, model] = weight gaussian(model^(-1/2))
      h [cases, both] = contract x, w
      a [cases, model] = slice h along(both) of(model, model) at(0)
      b [cases, model] = slice h along(both) of(model, model) at(1)
      c [cases, both] = concatenate b, a along(both) of(model, model)
      s [cases] = sum c
      loss [] = sum s
      minimize loss
      """
    let program = try Program(text: text)
    #expect(program.weights.map { program[$0.id].name } == ["w/0", "w/1"])
    #expect(program.value(named: "c/1") != nil && program.value(named: "s") != nil)
  }

  /// What cannot be told part by part, and parts that do not fit, are errors that say why.
  @Test func refusals() throws {
    func expectRefusal(_ part: String, _ body: (Recorder) -> Value) {
      do {
        let program = try Program("wrong") { $0.minimize(mean(body($0))) }
        Issue.record("recorded: \(program.text)")
      } catch {
        #expect("\(error)".contains(part), "\(error)")
      }
    }
    let four = Dimension("four", growing: 4 * .n)
    let parts = [model, model]
    expectRefusal("it is not done part by part along \"both\"") { p in
      softmax(
        concatenate([p.input("x", cases, model), p.input("y", cases, model)], of: parts, along: Axis(both)),
        over: [Axis(both)])
    }
    expectRefusal("grow differently") { p in
      concatenate([p.input("x", cases, model), p.input("y", cases, small)], of: [model, small], along: Axis(both))
    }
    expectRefusal("\"four\" is 4n, but its parts are n + n") { p in
      concatenate([p.input("x", cases, model), p.input("y", cases, model)], of: parts, along: Axis(four))
    }
    expectRefusal("give each part an input of its own") { p in
      slice(p.input("x", cases, both), 0, of: parts, along: Axis(both))
    }
    expectRefusal("and model + model elsewhere") { p in
      let x = p.weight("x", [Axis(both)], .zero)
      let pair = Dimension("pair", 2)
      return slice(x, 0, of: parts, along: Axis(both))
        * sum(TensorPrograms.split(x, Axis(both), into: [pair, model]), over: [Axis(pair)])
    }
  }
}
