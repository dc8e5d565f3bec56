import Exact
import Experiments
import Foundation
import TensorPrograms
import Training

/// A decay or an epsilon beside what it acts on, as it is observed in a run's steps.
struct RegularizationItem: Sendable {
  /// The name of the weight.
  var name: String
  var statistic: Statistic
  /// What is measured, in the trained program; nil for a number that the run supplies.
  var term: ValueID?
  var reference: ValueID
  /// Whether nothing random enters: both are the weight.
  var isExact: Bool
  /// What the term is multiplied with in a run.
  var factor: Factor

  enum Factor: Sendable {
    case one
    case rate
    case epsilon(EpsilonOwner, Double)

    func number(_ numbers: Hyperparameters, _ name: String) -> Double {
      switch self {
      case .one: 1
      case .rate: numbers.learningRate[name] ?? 1
      case .epsilon(let owner, let number): number * (numbers.epsilon[owner] ?? 1)
      }
    }
  }

  /// What a check that trains with these observes.
  static func all(_ program: Program, _ regularization: Regularization) -> [RegularizationItem] {
    var items: [RegularizationItem] = []
    if regularization.decay > 0 {
      items += program.decayTerms.map {
        RegularizationItem(
          name: $0.weight, statistic: .decay, term: $0.value, reference: $0.reference,
          isExact: $0.convention != .throughGradient,
          factor: $0.convention == .timesRate ? .rate : .one)
      }
    }
    if regularization.epsilon != nil {
      items += program.epsilons.filter { $0.number > 0 }.map {
        RegularizationItem(
          name: $0.owner.weight, statistic: .epsilon, term: nil, reference: $0.value, isExact: false,
          factor: .epsilon($0.owner, $0.number))
      }
    }
    return items
  }
}

extension Recipe {
  /// Sets decay and epsilons for the recipe's width.
  mutating func take(_ regularization: Regularization) {
    func scaled(_ number: Double, _ exponent: Rational?) -> Double {
      number * pow(Double(width) / Double(base), exponent?.double ?? 0)
    }
    if regularization.decay > 0 {
      decay = Dictionary(
        uniqueKeysWithValues: regularization.decayExponents.map { ($0, scaled(regularization.decay, $1)) })
    }
    guard let epsilon = regularization.epsilon else { return }
    epsilons = [:]
    for own in program.stepped.epsilons where own.number > 0 {
      epsilons[own.owner] = scaled(epsilon / own.number, regularization.epsilonExponents[own.owner])
    }
  }
}
