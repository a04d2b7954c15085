// swift-tools-version: 6.2
import PackageDescription

let margin = Target.Dependency.product(
  name: "MarginOptimization", package: "swift-margin-optimization")

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swift-margin-optimization", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // The routines of BLAS and LAPACK by their Fortran names: the raw side of a ratio.
    .target(name: "RawRoutines", path: "RawRoutines"),
    // The data of both: the sample market and book, 500 options, dense programs.
    .target(name: "Workloads", dependencies: [margin], path: "Workloads"),
    // Ours against a peer, interleaved in one run: `swift run -c release Ratios [section …]`.
    .executableTarget(
      name: "Ratios", dependencies: [margin, "RawRoutines", "Workloads"], path: "Ratios"),
    // How often confidence intervals of tail measures hold the true value.
    .executableTarget(
      name: "Intervals", dependencies: [margin, "Workloads"], path: "Intervals"),
    // malloc and its relatives, counted, and what the solver's iterations make of them.
    .target(name: "AllocationCounter", path: "AllocationCounter"),
    .executableTarget(
      name: "Allocations", dependencies: [margin, "AllocationCounter", "Workloads"],
      path: "Allocations"),
    // Programs given by their structure, beside the solvers that `Peers/solver_families.py` runs.
    .executableTarget(name: "Families", dependencies: [margin], path: "Families"),
    // Our own figures over time: `swift package benchmark`.
    .executableTarget(
      name: "LinearAlgebraBenchmarks",
      dependencies: [margin, .product(name: "Benchmark", package: "benchmark")],
      path: "LinearAlgebra",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "HotPathBenchmarks",
      dependencies: [margin, "Workloads", .product(name: "Benchmark", package: "benchmark")],
      path: "HotPaths",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ],
  swiftLanguageModes: [.v6]
)
