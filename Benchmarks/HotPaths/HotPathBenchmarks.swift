import Benchmark
import MarginOptimization
import Workloads

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .instructions], maxDuration: .seconds(2))
  normals()
  revaluation()
  solver()
  marginAndHedge()
}

private func normals() {
  Benchmark("normals 65536") { benchmark in
    let stream = RandomStream(seed: 1)
    var values = [Double](repeating: 0, count: 65_536)
    benchmark.startMeasurement()
    values.withUnsafeMutableBufferPointer {
      for _ in benchmark.scaledIterations {
        stream.fillNormals($0, paths: 0..<8192, dimension: 8)
      }
    }
    benchmark.stopMeasurement()
    blackHole(values)
  }
}

private func revaluation() {
  Benchmark("revaluation 500 x 2000") { benchmark in
    let chain = OptionChain()
    let scenarios = try OptionChain.scenarios(count: 2000)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      blackHole(
        try Revaluation.profitAndLoss(of: chain.options, in: scenarios, market: chain.market))
    }
    benchmark.stopMeasurement()
  }
}

private func solver() {
  for n in [50, 200] {
    Benchmark("dense program \(n)") { benchmark in
      let program = denseProgram(size: n)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try program.solve()) }
      benchmark.stopMeasurement()
    }
  }
}

private func marginAndHedge() {
  for profile in [ScenarioGridProfile.Bundled.deribit, .paradex] {
    Benchmark("\(profile) margin, book of 70") { benchmark in
      let book = try SampleBook.shared.get()
      let rule = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: profile))
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(try rule.margin(.initial, on: book.portfolio, in: book.market))
      }
      benchmark.stopMeasurement()
    }

    Benchmark("\(profile) hedge, 60 instruments") { benchmark in
      let problem = try SampleBook.shared.get().hedge(under: profile, instruments: 60)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try problem.solve()) }
      benchmark.stopMeasurement()
    }
  }
}
