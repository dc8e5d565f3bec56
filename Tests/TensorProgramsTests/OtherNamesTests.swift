import Testing

@testable import TensorPrograms

/// Words of other tools lead to ours.
@Suite struct OtherNamesTests {
  @Test(arguments: [
    ("matmul", "contract"), ("Mul", "contract"), ("swish", "silu"), ("embedding", "gather"), ("sub", "times(1, -1)"),
    ("layernorm", "widthwise show gpt"), ("concat", "concatenate"),
  ])
  func wordsOfOthers(_ word: String, _ here: String) throws {
    let text = "program t\ndimension width = n\nx [width] = input\ny [width] = \(word) x\n"
    let error = #expect(throws: ProgramError.self) { try Program(text: text, file: "t.tp") }
    let message = "\(try #require(error))"
    #expect(message.hasPrefix("t.tp, line 4: no operation named \"\(word)\"; here it is: "), "\(message)")
    #expect(message.contains(here), "\(message)")
  }

  @Test func nonlinearitiesAreNamedAlone() {
    #expect(throws: ProgramError.otherName("swish", here: "silu")) { try Nonlinearity(named: "swish") }
    // A contraction is no nonlinearity.
    #expect(throws: ProgramError.unknownOperation("matmul", known: Nonlinearity.all.map(\.name))) {
      try Nonlinearity(named: "matmul")
    }
  }

  /// No word means two things, or hides one of ours.
  @Test func namesAreUnique() {
    let others = Catalog.all.flatMap { $0.otherNames } + Nonlinearity.families.flatMap(\.otherNames)
    #expect(others.count > 40 && Set(others).count == others.count)
    #expect(Set(others).isDisjoint(with: Catalog.words) && others.allSatisfy { $0 == $0.lowercased() })
  }
}
