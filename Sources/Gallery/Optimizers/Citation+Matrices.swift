import TensorPrograms

extension Citation {
  static let muon = Citation(
    "", "Muon: An optimizer for hidden layers in neural networks (blog post)", "Jordan et al.", 2024)
  static let moonlight = Citation("2502.16982", "Muon is Scalable for LLM Training", "Liu et al.", 2025)
  static let shampoo = Citation(
    "1802.09568", "Shampoo: Preconditioned Stochastic Tensor Optimization", "Gupta, Koren & Singer", 2018)
  static let soap = Citation("2409.11321", "SOAP: Improving and Stabilizing Shampoo using Adam", "Vyas et al.", 2024)
  static let kfac = Citation(
    "1503.05671", "Optimizing Neural Networks with Kronecker-factored Approximate Curvature", "Martens & Grosse", 2015)
}
