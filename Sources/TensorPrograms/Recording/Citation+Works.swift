/// Works that more than one part of the package rests on.
extension Citation {
  public static let tensorProgramsI = Citation(
    "1910.12478",
    "Tensor Programs I: Wide Feedforward or Recurrent Neural Networks of Any Architecture are Gaussian Processes",
    "Yang",
    2019)
  public static let tensorProgramsIII = Citation("2009.10685", "Tensor Programs III: Neural Matrix Laws", "Yang", 2020)
  public static let tensorProgramsIV = Citation(
    "2011.14522", "Tensor Programs IV: Feature Learning in Infinite-Width Neural Networks", "Yang & Hu", 2020)
  public static let tensorProgramsIVb = Citation(
    "2308.01814", "Tensor Programs IVb: Adaptive Optimization in the Infinite-Width Limit", "Yang & Littwin", 2023)
  public static let tensorProgramsV = Citation(
    "2203.03466", "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer",
    "Yang et al.", 2022)
  public static let spectralCondition = Citation(
    "2310.17813", "A Spectral Condition for Feature Learning", "Yang, Simon & Bernstein", 2023)
  public static let neuralTangentKernel = Citation(
    "1806.07572", "Neural Tangent Kernel: Convergence and Generalization in Neural Networks",
    "Jacot, Gabriel & Hongler", 2018)
  public static let unitScaling = Citation(
    "2303.11257", "Unit Scaling: Out-of-the-Box Low-Precision Training", "Blake, Orr & Luschi", 2023)
  public static let unitScaledMaximalUpdate = Citation(
    "2407.17465", "u-muP: The Unit-Scaled Maximal Update Parametrization", "Blake et al.", 2024)
}
