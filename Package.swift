// swift-tools-version: 6.2
import PackageDescription

/// C libraries never show in a public interface: an import is internal unless it says otherwise.
let settings: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies)
}

func example(_ name: String) -> Target {
  .executableTarget(name: name, dependencies: ["Widthwise"], path: "Examples/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "widthwise",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Widthwise", targets: ["Widthwise"]),
    .executable(name: "widthwise", targets: ["WidthwiseCLI"]),
    .executable(name: "bench", targets: ["Benchmarks"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0")
  ],
  targets: [
    .systemLibrary(name: "CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"]), .brew(["gmp"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    .target(name: "CVectorMath"),
    module("Platform", []),
    module("Exact", ["CGMP"]),
    module("Tensors", ["COpenBLAS", "CVectorMath"]),
    module("TensorPrograms", ["Exact", "Tensors"]),
    module("Gallery", ["Exact", "TensorPrograms"]),
    module("Scaling", ["Exact", "TensorPrograms"]),
    module("TorchImport", ["CZip", "Exact", "TensorPrograms"]),
    module("TorchExport", ["Exact", "TensorPrograms", "Scaling"]),
    module("Rules", ["Exact", "Tensors", "TensorPrograms", "Scaling"]),
    module("Training", ["TensorPrograms", "Tensors", "Platform"]),
    .target(
      name: "TrainingData", dependencies: ["Tensors", "TensorPrograms", "Platform"],
      resources: [.copy("Resources/digits.csv"), .copy("Resources/shakespeare.txt"), .copy("Resources/README.md")],
      swiftSettings: settings),
    module("Experiments", ["Tensors", "TensorPrograms", "Scaling", "Training", "TrainingData", "Platform"]),
    module(
      "Verification",
      [
        "Exact", "Tensors", "TensorPrograms", "Gallery", "Scaling", "Training", "TrainingData", "Experiments",
        "Platform",
      ]),
    module("Limits", ["Exact", "Tensors", "TensorPrograms", "Scaling"]),
    module("Interchange", ["Exact", "TensorPrograms", "Scaling", "Verification", "TorchImport"]),
    module(
      "Widthwise",
      [
        "Exact", "TensorPrograms", "Gallery", "Scaling", "Training", "TrainingData", "Experiments", "Verification",
        "Interchange", "Platform", "TorchImport", "TorchExport", "Rules", "Limits",
      ]),
    .executableTarget(
      name: "WidthwiseCLI",
      dependencies: ["Widthwise", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings),
    .executableTarget(
      name: "Benchmarks", dependencies: ["Widthwise", "Tensors", "COpenBLAS"], swiftSettings: settings),
    example("TableThree"),
    example("OwnArchitecture"),
    example("GPTCheck"),
    .target(
      name: "TestSupport", dependencies: ["TensorPrograms", "Gallery", "Tensors", "Training"],
      path: "Tests/Support/TestSupport",
      swiftSettings: settings),
    .target(
      name: "Laws", dependencies: ["Exact", "TensorPrograms", "Gallery", "Scaling", "TestSupport"],
      path: "Tests/Support/Laws", swiftSettings: settings),
    .target(name: "CAllocations", path: "Tests/Support/CAllocations"),
    .executableTarget(
      name: "Allocations", dependencies: ["CAllocations", "TensorPrograms", "Gallery", "Training"],
      path: "Tests/Support/Allocations", swiftSettings: settings),
    tests("ExactTests", ["Exact"]),
    tests("TensorsTests", ["Tensors"]),
    tests("PlatformTests", ["Platform"]),
    tests("TrainingDataTests", ["TensorPrograms", "Gallery", "TrainingData", "Verification"]),
    tests(
      "VerificationTests",
      [
        "Exact", "TensorPrograms", "Gallery", "Scaling", "Training", "TrainingData", "Experiments", "Verification",
        "Interchange",
        "Platform", "TestSupport",
      ]),
    tests("TensorProgramsTests", ["Exact", "TensorPrograms", "Gallery"]),
    .testTarget(
      name: "ScalingTests",
      dependencies: [
        "Exact", "TensorPrograms", "Gallery", "Scaling", "Tensors", "Training", "TrainingData", "Experiments",
        "Verification", "TestSupport", "Laws",
      ]),
    .testTarget(
      name: "TorchImportTests",
      dependencies: ["Exact", "TensorPrograms", "Scaling", "Gallery", "TorchImport", "Training", "TestSupport"],
      exclude: ["Models"]),
    .testTarget(
      name: "TorchExportTests",
      dependencies: [
        "Exact", "TensorPrograms", "Scaling", "Gallery", "TorchImport", "TorchExport", "Training", "TestSupport",
      ],
      exclude: ["Referee"]),
    .testTarget(
      name: "LimitsTests",
      dependencies: ["Exact", "TensorPrograms", "Gallery", "Tensors", "Training", "Limits", "TestSupport"],
      resources: [.copy("References")]),
    tests("RulesTests", ["Exact", "TensorPrograms", "Gallery", "Scaling", "Rules"]),
    tests("InterchangeTests", ["Exact", "TensorPrograms", "Gallery", "Verification", "Interchange"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["TensorPrograms", "Gallery", "Tensors", "Training", "Platform", "TestSupport"],
      exclude: ["Reference"]),
    .testTarget(
      name: "InterfaceTests", dependencies: ["Widthwise", "WidthwiseCLI", "TestSupport"],
      exclude: ["Transcripts", "Files", "Python"]),
  ]
)
