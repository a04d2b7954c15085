import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Matrices and factorizations against the routines of BLAS and LAPACK called directly.
  static var linearAlgebra: RatioSuite {
    RatioSuite(section: "linear-algebra") {
      try [50, 100, 200, 500, 1000, 2000].flatMap(cholesky)
        + [50, 200, 500, 1000].flatMap(products)
        + [50, 200, 500, 2000].flatMap(vectorProducts)
    }
  }
}

/// The peer copies the matrix and factors the copy, which is what `refactor` has to do.
///
/// Both sides take several matrices in turn: a copy between two addresses that are nearly equal
/// modulo 4096 takes many times as long, on either side, and one matrix would leave that to luck.
private func cholesky(_ n: Int) throws -> [Comparison] {
  let sources = (0..<5).map { _ in positiveDefinite(n) }
  let b = [Double](repeating: 1, count: n)
  var reused = try Cholesky(sources[0])
  let solver = try Cholesky(sources[0])
  let order = Int32(n)
  let storage = Scratch(n * n)
  let x = Scratch(n)
  var y = b
  var (turn, peerTurn) = (0, 0)
  return [
    Comparison(
      name: "Cholesky refactor \(n)", peerName: "memcpy + dpotrf",
      ours: {
        turn = (turn + 1) % sources.count
        try? reused.refactor(sources[turn])
      },
      peer: {
        peerTurn = (peerTurn + 1) % sources.count
        storage.start.update(from: sources[peerTurn].elements, count: n * n)
        _ = raw_potrf(order, storage.start)
      }),
    Comparison(
      name: "Cholesky init \(n)", peerName: "malloc, memcpy, dpotrf",
      ours: {
        turn = (turn + 1) % sources.count
        if let fresh = try? Cholesky(sources[turn]) { keep(fresh.size) }
      },
      peer: {
        peerTurn = (peerTurn + 1) % sources.count
        let fresh = UnsafeMutablePointer<Double>.allocate(capacity: n * n)
        fresh.update(from: sources[peerTurn].elements, count: n * n)
        _ = raw_potrf(order, fresh)
        fresh.deallocate()
      }),
    Comparison(
      name: "Cholesky solve \(n)", peerName: "memcpy + dpotrs",
      ours: {
        y.withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: b) }
        solver.solve(inPlace: &y)
      },
      peer: {
        x.start.update(from: b, count: n)
        _ = raw_potrs(order, storage.start, x.start)
      }),
  ]
}

private func products(_ n: Int) -> [Comparison] {
  let (a, b) = (positiveDefinite(n), positiveDefinite(n))
  var c = Matrix(rows: n, columns: n)
  let raw = Scratch(n * n)
  let order = Int32(n)
  return [
    Comparison(
      name: "multiply into \(n)", peerName: "dgemm",
      ours: { Matrix.multiply(a, b, into: &c) },
      peer: { raw_gemm(order, order, order, a.elements, b.elements, raw.start) }),
    Comparison(
      name: "A * B \(n)", peerName: "malloc + dgemm",
      ours: { keep((a * b).rows) },
      peer: {
        let fresh = UnsafeMutablePointer<Double>.allocate(capacity: n * n)
        raw_gemm(order, order, order, a.elements, b.elements, fresh)
        fresh.deallocate()
      }),
    Comparison(
      name: "gram into \(n)", peerName: "dsyrk, one triangle",
      ours: { a.gram(into: &c) },
      peer: { raw_syrk(order, order, a.elements, raw.start) }),
  ]
}

private func vectorProducts(_ n: Int) -> [Comparison] {
  let a = positiveDefinite(n)
  let x = [Double](repeating: 1, count: n)
  var y = x
  let raw = Scratch(n)
  let order = Int32(n)
  return [
    Comparison(
      name: "multiply vector into \(n)", peerName: "dgemv",
      ours: { Matrix.multiply(a, x, into: &y) },
      peer: { raw_gemv(order, order, a.elements, x, raw.start) }),
    Comparison(
      name: "A * x \(n)", peerName: "malloc + dgemv",
      ours: { keep((a * x).count) },
      peer: {
        let fresh = UnsafeMutablePointer<Double>.allocate(capacity: n)
        raw_gemv(order, order, a.elements, x, fresh)
        fresh.deallocate()
      }),
  ]
}

private func positiveDefinite(_ n: Int) -> Matrix {
  Matrix(rows: n, columns: n) { i, j in
    i == j ? Double(n) : 1 / Double(1 + abs(i - j))
  }
}
