import Foundation
public import TensorPrograms
public import Tensors

/// A network of finite width under training: the weights, and the program's steps on them.
///
///     let program = try Architecture.mlp.program().withStep(.adam())
///     let numbers = try Hyperparameters(standard: program, width: 256, learningRate: 1e-3)
///     let trainer = try Trainer<Float>(program, width: 256, numbers: numbers, seed: 1)
///     for batch in batches { print(try trainer.step(batch)) }
///
/// `T` is `Float` or `Double`; the initial weights of a Float run are the rounded ones of a Double run. They depend on
/// the seed and the weight's name only. The same program, seed, numbers, batches, observed values and number of threads
/// give the same bits, also when other trainers run beside.
///
/// A trainer is used by one thread at a time.
public final class Trainer<T: Element> {
  /// The program that is trained or evaluated.
  public let program: Program
  /// The width n at which the program's dimensions have their sizes.
  public let width: Int
  /// The numbers of the parametrization at this width.
  public private(set) var numbers: Hyperparameters
  /// The seed of the initial weights.
  public internal(set) var seed: UInt64
  /// Updates made so far; 0 is initialization.
  public internal(set) var steps = 0
  /// A schedule's factor on every learning rate, and on every decay that is not multiplied by the learning rate anyway.
  public var rateFactor = 1.0
  let machine: Machine<T>
  /// The weights whose decay is multiplied by the learning rate, and so follows a schedule already.
  private let ratedDecays: Set<String>

  /// Draws the weights.
  ///
  /// - Parameters:
  ///   - program: A program with an optimizer's step; or a forward pass, which can be evaluated but not trained.
  ///   - threads: The most threads that a step may use; 1 for runs that go in parallel.
  ///
  /// Throws: ``ProgramError`` if a dimension has no size at this width; ``TrainingError`` if `numbers` lacks a weight
  /// or has an unknown one, if an operation cannot be computed with these sizes, or if there is too little memory.
  public convenience init(_ program: Program, width: Int, numbers: Hyperparameters, seed: UInt64, threads: Int = 1)
    throws
  {
    try self.init(Graph(program, width: width), numbers: numbers, seed: seed, threads: threads)
  }

  init(_ graph: Graph, numbers: Hyperparameters, seed: UInt64, threads: Int) throws {
    (program, width, self.numbers, self.seed) = (graph.program, graph.width, numbers, seed)
    try numbers.check(for: program)
    ratedDecays = program.ratedDecays
    machine = Machine(graph, threads: max(1, threads))
    _ = try machine.plan(for: mainGoal)
    try machine.check(numbers)
    try machine.allocate()
    machine.draw(numbers, seed: seed)
  }

  /// Starts again at step 0 with the weights of another seed and, if given, with other numbers. Plan and memory are
  /// kept, which makes many short runs at one width cheap.
  ///
  /// Throws: ``TrainingError`` as the initializer does; the trainer is then as it was.
  public func restart(seed: UInt64, numbers: Hyperparameters? = nil) throws {
    if let numbers {
      try numbers.check(for: program)
      try machine.check(numbers)
    }
    self.numbers = numbers ?? self.numbers
    (self.seed, steps) = (seed, 0)
    machine.draw(self.numbers, seed: seed)
  }

  /// How a step is computed (a forward pass, if the program has no updates): what runs together and what shares memory.
  public var plan: Plan { get throws { try machine.plan(for: mainGoal) } }

  var mainGoal: Plan.Goal {
    Plan.Goal(updates: !program.updates.isEmpty, loss: program.loss != nil, observed: [])
  }

  // MARK: - Runs

  /// One forward pass, backward pass and update. Returns the loss before the update.
  ///
  /// `observe` receives each of the values asked for when it has been computed, before its memory is used again:
  /// entries row-major in the recorded axes. Weights and inputs come first, as they are before the update. If it
  /// throws, or the loss is not finite, the step ends there; updates of a step that ended so may be missing.
  ///
  /// Throws: ``TrainingError/diverged(step:value:width:seed:)``; errors of the batch;
  /// ``TrainingError/noStep(program:)``; what `observe` throws.
  public func step(
    _ batch: Batch, observing values: [ValueID] = [],
    _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void = { _, _ in }
  ) throws -> Double {
    guard !program.updates.isEmpty else { throw TrainingError.noStep(program: program.name) }
    let loss = try run(batch, updates: true, loss: true, values, observe)
    steps += 1
    return loss
  }

  /// The loss at the present weights. No weight is changed, and of the backward pass only what `values` ask for is
  /// computed: a gradient (``Program/gradients``) can be observed too.
  ///
  /// Throws: as ``step(_:observing:_:)`` does, and ``ProgramError/noLoss(program:)``.
  public func evaluate(
    _ batch: Batch, observing values: [ValueID] = [],
    _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void = { _, _ in }
  ) throws -> Double {
    _ = try program.requireLoss()
    return try run(batch, updates: false, loss: true, values, observe)
  }

  /// Computes the values asked for and nothing else; the program needs no loss.
  public func compute(
    _ values: [ValueID], on batch: Batch, _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void
  ) throws {
    _ = try run(batch, updates: false, loss: false, values, observe)
  }

  func run(
    _ batch: Batch, updates: Bool, loss: Bool, _ values: [ValueID],
    _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void
  ) throws -> Double {
    for value in values {
      guard program.instructions.indices.contains(value.index) else {
        throw TrainingError.notObservable("value \(value.index)")
      }
      guard !machine.graph.isIndices(machine.graph.storage[value.index]) else {
        throw TrainingError.notObservable(program[value].name)
      }
    }
    // Most steps observe nothing, and need no list.
    let observed = values.isEmpty ? [] : Set(values.map(\.index)).sorted()
    return try run(batch, Plan.Goal(updates: updates, loss: loss, observed: observed), observe)
  }

  /// Loads the inputs that a plan for this needs, and runs it.
  func run(
    _ batch: Batch, _ goal: Plan.Goal, _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void
  ) throws -> Double {
    let bound = try machine.bound(for: goal)
    try machine.load(batch, for: bound)
    return try run(bound, observe)
  }

  /// Runs on the inputs that are loaded.
  func run(
    _ bound: Bound<T>, _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void
  ) throws -> Double {
    try setScalars(step: steps + 1)
    do {
      return try machine.run(bound, observe)
    } catch is NotFinite {
      throw TrainingError.diverged(step: steps, value: firstNonFinite(), width: width, seed: seed)
    }
  }

  /// The first named value that is not finite, by another forward pass.
  private func firstNonFinite() -> String {
    guard let loss = program.loss else { return "" }
    var needed = [Bool](repeating: false, count: loss.index + 1)
    needed[loss.index] = true
    for i in needed.indices.reversed() where needed[i] {
      for operand in program.instructions[i].operands { needed[operand.index] = true }
    }
    let named = needed.indices.filter {
      needed[$0] && program.instructions[$0].isNamed && !machine.graph.isIndices(machine.graph.storage[$0])
    }
    var first: Int?
    if let bound = try? machine.bound(for: Plan.Goal(updates: false, loss: false, observed: named)) {
      _ = try? machine.run(bound) { id, entries in
        if Statistics.firstNonFinite(entries) != nil { first = min(first ?? id.index, id.index) }
      }
    }
    return program.instructions[first ?? loss.index].name
  }

  func setScalars(step: Int) throws {
    for (i, parameter) in machine.graph.runParameters.enumerated() {
      machine.scalars[i] =
        switch parameter {
        case .multiplier, .gauge, .epsilon, .radius: try numbers.value(of: parameter)
        case .rate: try numbers.value(of: parameter) * rateFactor
        case .decay(let name): try numbers.value(of: parameter) * (ratedDecays.contains(name) ? 1 : rateFactor)
        case .correction(let beta): 1 / (1 - power(beta, step))
        case .power(let exponent): pow(Double(step), exponent)
        }
    }
  }

  // MARK: - Weights

  /// The entries of a weight, row-major in its axes; or those of an optimizer's state, `%WEIGHT/STATE`.
  ///
  /// Throws: ``TrainingError/unknownName(_:kind:known:)``.
  public func weight(_ name: String) throws -> [Double] { try machine.buffer(of: name).map { Double($0) } }

  /// Copies every weight of another trainer, of the same names and sizes.
  ///
  /// Throws: ``TrainingError/unknownName(_:kind:known:)``; ``TrainingError/wrongCount(input:shape:expected:given:)``.
  public func copyWeights(from other: Trainer<T>) throws {
    for (id, _, _) in program.weights { try copyWeight(program[id].name, from: other) }
  }

  /// Copies one weight of another trainer, of the same size, to the weight of this name or of another.
  ///
  /// Throws: as ``copyWeights(from:)``.
  public func copyWeight(_ name: String, from other: Trainer<T>, to ownName: String? = nil) throws {
    let ownName = ownName ?? name
    let (target, source) = (try machine.buffer(of: ownName), try other.machine.buffer(of: name))
    guard source.count == target.count else {
      throw TrainingError.wrongCount(
        input: ownName, shape: machine.describe(ownName), expected: target.count, given: source.count)
    }
    _ = target.update(from: source)
  }

  /// Overwrites the entries of a weight or state; Float rounds them.
  ///
  /// Throws: ``TrainingError/unknownName(_:kind:known:)``; ``TrainingError/wrongCount(input:shape:expected:given:)``.
  public func setWeight(_ name: String, to entries: [Double]) throws {
    let buffer = try machine.buffer(of: name)
    guard entries.count == buffer.count else {
      throw TrainingError.wrongCount(
        input: name, shape: machine.describe(name), expected: buffer.count, given: entries.count)
    }
    machine.write(entries, to: buffer)
  }
}

/// A power by repeated squaring: the same bits on every platform.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return result
}
