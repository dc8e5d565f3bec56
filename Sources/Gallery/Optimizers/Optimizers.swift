public import TensorPrograms

extension Optimizer {
  /// The optimizers, by the names that the shell takes.
  public static let all: [Optimizer] = [
    .sgd,
    .momentum(),
    .nesterov(),
    .sgdClipped(),
    .signSGD,
    .lion(),
    .adagrad(),
    .rmsProp(),
    .adam(),
    .adamW(),
    .adamWIndependent(),
    .adamL2(),
    .adamClipped(),
    .stableAdamW(),
    .adamAtan2(),
    .adamax(),
    .nAdam(),
    .adafactor(),
    .adafactor(scaled: false),
    .lars(),
    .lamb(),
    .sam(),
    .muon,
    .muonSpectral,
    .muonSpectralRatio,
    .muonMoonlight,
    .muonWithAdamW,
    .shampoo,
    .shampooHalf,
    .soap,
    .kfac,
  ]
}
