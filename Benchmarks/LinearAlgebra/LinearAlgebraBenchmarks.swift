import Benchmark
import MarginOptimization

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .instructions], maxDuration: .seconds(2))

  for n in [50, 200, 1000] {
    let a = Matrix(rows: n, columns: n) { i, j in
      i == j ? Double(n) : 1 / Double(1 + abs(i - j))
    }
    let x = [Double](repeating: 1, count: n)

    Benchmark("Cholesky refactor \(n)") { benchmark in
      var cholesky = try Cholesky(a)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { try cholesky.refactor(a) }
      benchmark.stopMeasurement()
      blackHole(cholesky)
    }

    Benchmark("Cholesky solve \(n)") { benchmark in
      let cholesky = try Cholesky(a)
      var y = x
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { cholesky.solve(inPlace: &y) }
      benchmark.stopMeasurement()
      blackHole(y)
    }

    Benchmark("multiply into \(n)") { benchmark in
      var c = a
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { Matrix.multiply(a, a, into: &c) }
      benchmark.stopMeasurement()
      blackHole(c)
    }

    Benchmark("gram into \(n)") { benchmark in
      var c = a
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { a.gram(into: &c) }
      benchmark.stopMeasurement()
      blackHole(c)
    }
  }
}
