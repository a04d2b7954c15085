// swift-tools-version: 6.2
import PackageDescription

/// Every library target of the house, in the order of its arrows: a target may use only those above it.
let theories: [(name: String, uses: [Target.Dependency])] = [
  ("LinearAlgebra", ["COpenBLAS", "CLAPACKE", "CAMD", "CMETIS"]),
  ("QuadraticProgramming", ["CKernels", "LinearAlgebra"]),
  ("Probability", ["CKernels", "LinearAlgebra"]),
  ("RiskModels", ["CKernels", "LinearAlgebra", "Probability"]),
  ("Pricing", ["CKernels", "LinearAlgebra", "Probability"]),
  ("Simulation", ["CKernels", "LinearAlgebra", "Probability", "RiskModels", "Pricing"]),
  ("Margin", ["CKernels", "LinearAlgebra", "RiskModels", "Pricing", "Simulation"]),
  ("Hedging", ["LinearAlgebra", "QuadraticProgramming", "Pricing", "Simulation", "Margin"]),
]

let package = Package(
  name: "swift-margin-optimization",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "MarginOptimization", targets: ["MarginOptimization"]),
    .executable(name: "marginopt", targets: ["MarginCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CLAPACKE", pkgConfig: "lapacke",
      providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
    .systemLibrary(
      name: "CAMD", providers: [.apt(["libsuitesparse-dev"]), .brew(["suite-sparse"])]),
    .systemLibrary(
      name: "CMETIS", providers: [.apt(["libmetis-dev"]), .brew(["metis"])]),
    .target(
      name: "CKernels", exclude: ["sobol_joe_kuo.bin", "sobol_joe_kuo.md"],
      linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "MarginOptimization", dependencies: theories.map { .init(stringLiteral: $0.name) }),
    .target(
      name: "TestSupport", dependencies: ["LinearAlgebra", "Pricing"], path: "Tests/TestSupport"),
    // Parameter sets made up for tests of margin and of hedges under it.
    .target(name: "MarginSamples", dependencies: ["Margin"], path: "Tests/MarginSamples"),
    .target(
      name: "KernelVariants", path: "Tests/KernelVariants",
      cSettings: [.headerSearchPath("../../Sources/CKernels/include")]),
    .executableTarget(
      name: "MarginCLI",
      dependencies: [
        "MarginOptimization",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ]
    + theories.map {
      // Venue profiles are data files; embedding them keeps the command one self-contained file.
      .target(
        name: $0.name, dependencies: $0.uses,
        resources: $0.name == "Margin"
          ? [
            .embedInCode("Profiles/deribit-portfolio-margin.json"),
            .embedInCode("Profiles/paradex-portfolio-margin.json"),
            .embedInCode("Profiles/regulation-t-strategy-margin.json"),
            .embedInCode("Profiles/deribit-linear-perpetuals.json"),
            .embedInCode("Profiles/bybit-short-options.json"),
            .embedInCode("Profiles/tims-portfolio-margin.json"),
            .embedInCode("Profiles/okx-portfolio-margin.json"),
            .embedInCode("Profiles/bybit-portfolio-margin.json"),
            .embedInCode("Profiles/binance-portfolio-margin.json"),
            .embedInCode("Profiles/deribit-standard-margin.json"),
          ] : [])
    }
    + (theories.map(\.name) + ["MarginOptimization"]).map {
      .testTarget(
        name: "\($0)Tests",
        dependencies: [.init(stringLiteral: $0), "TestSupport"]
          + ($0 == "Probability" ? ["CKernels", "KernelVariants"] : [])
          + (["Margin", "Hedging"].contains($0) ? ["MarginSamples"] : []))
    }
    // The command is tested as its users meet it: as a process.
    + [
      .testTarget(
        name: "MarginCLITests",
        dependencies: ["MarginCLI", "TestSupport", "MarginSamples", "Margin"])
    ],
  swiftLanguageModes: [.v6]
)
