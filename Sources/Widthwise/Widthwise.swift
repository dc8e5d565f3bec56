/// Widthwise: the calculator of how a network's initialization, learning rates and multipliers scale with width.
@_exported public import Exact
@_exported public import Experiments
@_exported public import Gallery
@_exported public import Interchange
@_exported public import Limits
@_exported public import Platform
@_exported public import Rules
@_exported public import Scaling
@_exported public import TensorPrograms
@_exported public import TorchExport
@_exported public import TorchImport
@_exported public import Training
@_exported public import TrainingData
@_exported public import Verification
