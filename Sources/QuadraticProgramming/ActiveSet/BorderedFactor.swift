internal import LinearAlgebra

/// The KKT matrix of the free variables F and held rows R,
///
///     ┌ P_FF  A_RFᵀ ┐
///     └ A_RF   0    ┘,
///
/// factored by Cholesky of P on a base set F₀ of free variables and a small border: variables that
/// became free since, held rows, and variables of F₀ that are held now (a held variable is a row eⱼᵀ).
/// The Schur complement S of the border, [P_aa, Bᵀ; B, 0] − WᵀW with UᵀU = P_{F₀F₀} and W = U⁻ᵀV, is
/// quasi-definite, so that an LDLᵀ without pivoting exists in the order variables, rows
/// (R. Vanderbei, SIAM J. Optim. 5 (1995), 100–113).
final class BorderedFactor {
  enum Preparation { case factored, bordered, failed }

  private let U: UnsafeMutablePointer<Double>
  /// F₀, ascending, and the place of every variable in it, or −1.
  private let base: UnsafeMutablePointer<Int32>
  private let place: UnsafeMutablePointer<Int32>
  private var baseCount = 0
  private var isValid = false
  /// The border: free variables outside F₀, rows, places of F₀ that are held.
  private let border: UnsafeMutablePointer<Int32>
  private var addedCount = 0
  private var rowEnd = 0
  private var borderCount = 0
  private let W: UnsafeMutablePointer<Double>
  private let S: UnsafeMutablePointer<Double>
  private let f: UnsafeMutablePointer<Double>
  private let h: UnsafeMutablePointer<Double>
  private let maxBorder: Int
  private let slab = Slab()

  init(maxVariables n: Int, maxRows m: Int) {
    maxBorder = n / 6 + min(m, n) + 2
    U = slab.doubles(n * n)
    base = slab.integers(n)
    place = slab.integers(n)
    border = slab.integers(maxBorder)
    W = slab.doubles(n * maxBorder)
    S = slab.doubles(maxBorder * maxBorder)
    f = slab.doubles(n)
    h = slab.doubles(maxBorder)
  }

  func invalidate() {
    isValid = false
    isCostFactored = false
  }

  /// Whether P was factored on all variables that are not fixed: P is positive definite there.
  private(set) var isCostFactored = false

  /// Factors for the given sides, by a border of the last factor where that is cheaper.
  func prepare(
    _ p: ProgramView, side: UnsafePointer<Int8>, rowSide: UnsafePointer<Int8>
  ) -> Preparation {
    var result = Preparation.bordered
    if !isValid || countChanges(p, side) > max(1, p.n < 24 ? 0 : baseCount / 6) {
      guard factorBase(p, side) else { return .failed }
      result = .factored
    }
    return factorBorder(p, side, rowSide) ? result : .failed
  }

  private func countChanges(_ p: ProgramView, _ side: UnsafePointer<Int8>) -> Int {
    var changes = 0
    for j in 0..<p.n where (side[j] == 0) != (place[j] >= 0) { changes += 1 }
    return changes
  }

  private func factorBase(_ p: ProgramView, _ side: UnsafePointer<Int8>) -> Bool {
    baseCount = 0
    isValid = false
    for j in 0..<p.n {
      place[j] = side[j] == 0 ? Int32(baseCount) : -1
      if side[j] == 0 {
        base[baseCount] = Int32(j)
        baseCount += 1
      }
    }
    for k in 0..<baseCount {
      let (from, to) = (p.column(Int(base[k])), U + k * baseCount)
      for i in 0...k { to[i] = from[Int(base[i])] }
    }
    isValid = Kernel.cholesky(baseCount, U, ld: max(baseCount, 1), floor: 1e-12)
    if isValid, !isCostFactored {
      let fixed = (0..<p.n).reduce(0) { $0 + (p.lower[$1] == p.upper[$1] ? 1 : 0) }
      isCostFactored = baseCount + fixed == p.n
    }
    return isValid
  }

  private func factorBorder(
    _ p: ProgramView, _ side: UnsafePointer<Int8>, _ rowSide: UnsafePointer<Int8>
  ) -> Bool {
    var count = 0
    for j in 0..<p.n where side[j] == 0 && place[j] < 0 {
      guard count < maxBorder else { return false }
      border[count] = Int32(j)
      count += 1
    }
    addedCount = count
    for i in 0..<p.m where rowSide[i] != 0 {
      guard count < maxBorder else { return false }
      border[count] = Int32(i)
      count += 1
    }
    rowEnd = count
    for k in 0..<baseCount where side[Int(base[k])] != 0 {
      guard count < maxBorder else { return false }
      border[count] = Int32(k)
      count += 1
    }
    borderCount = count
    guard count > 0 else { return true }
    let freeCount = baseCount + addedCount - (borderCount - rowEnd)
    guard rowEnd - addedCount <= freeCount else { return false }
    fillBorder(p)
    return factorSchurComplement()
  }

  /// W = U⁻ᵀV and S.
  private func fillBorder(_ p: ProgramView) {
    let (q, k) = (baseCount, borderCount)
    for b in 0..<k {
      let column = W + b * q
      if b < rowEnd {
        let from = b < addedCount ? p.column(Int(border[b])) : p.row(Int(border[b]))
        for i in 0..<q { column[i] = from[Int(base[i])] }
      } else {
        column.update(repeating: 0, count: q)
        column[Int(border[b])] = 1
      }
    }
    Kernel.solveTransposed(q, columns: k, U, ld: max(q, 1), W, ldb: max(q, 1))
    if k > 8, q > 40 {
      BLAS.syrk(.upper, .yes, n: k, k: q, alpha: -1, W, lda: q, beta: 0, S, ldc: k)
    } else {
      for b in 0..<k {
        for a in 0...b { S[b * k + a] = -Kernel.dot(q, W + a * q, W + b * q) }
      }
    }
    for b in 0..<rowEnd {
      let isRow = b >= addedCount
      let from = isRow ? p.row(Int(border[b])) : p.column(Int(border[b]))
      for a in 0..<min(b + 1, addedCount) { S[b * k + a] += from[Int(border[a])] }
    }
  }

  /// S = Uᵀ D U with unit upper U, in the upper triangle of S; D positive on variables, negative on
  /// rows. A row that depends on the others gets an infinite pivot: its multiplier does not move.
  private func factorSchurComplement() -> Bool {
    let k = borderCount
    for b in 0..<k {
      let column = S + b * k
      let whole = abs(column[b])
      for a in 0..<b {
        var s = column[a]
        let other = S + a * k
        for i in 0..<a { s -= other[i] * column[i] }
        column[a] = s
      }
      var d = column[b]
      for a in 0..<b {
        let scaled = column[a] / S[a * k + a]
        d -= scaled * column[a]
        column[a] = scaled
      }
      // From here on column[a] holds U(a, b); the rows below use D through their own division.
      let isVariable = b < addedCount
      if isVariable {
        guard d > 1e-12 * whole else { return false }
      } else if !(d < -1e-13 * max(whole, .leastNormalMagnitude)) {
        guard !d.isNaN else { return false }
        d = -.infinity
      }
      column[b] = d
    }
    return true
  }

  /// x and y moved by the Newton step whose right side is −gradient on F and b − Ax on R.
  func solve(
    _ p: ProgramView, gradient: UnsafePointer<Double>, values: UnsafePointer<Double>,
    rowSide: UnsafePointer<Int8>, x: UnsafeMutablePointer<Double>,
    y: UnsafeMutablePointer<Double>
  ) {
    let (q, k) = (baseCount, borderCount)
    for i in 0..<q { f[i] = -gradient[Int(base[i])] }
    for b in rowEnd..<max(k, rowEnd) { f[Int(border[b])] = 0 }
    Kernel.solveTransposed(q, U, ld: max(q, 1), f)
    for b in 0..<k {
      let index = Int(border[b])
      if b < addedCount {
        h[b] = -gradient[index]
      } else if b < rowEnd {
        h[b] = (rowSide[index] < 0 ? p.rowLower[index] : p.rowUpper[index]) - values[index]
      } else {
        h[b] = 0
      }
      h[b] -= Kernel.dot(q, W + b * q, f)
    }
    solveSchurComplement()
    for b in 0..<k where h[b] != 0 { Kernel.axpy(q, -h[b], W + b * q, f) }
    Kernel.solve(q, U, ld: max(q, 1), f)
    for b in rowEnd..<max(k, rowEnd) { f[Int(border[b])] = 0 }
    for i in 0..<q { x[Int(base[i])] += f[i] }
    for b in 0..<rowEnd {
      if b < addedCount { x[Int(border[b])] += h[b] } else { y[Int(border[b])] += h[b] }
    }
  }

  private func solveSchurComplement() {
    let k = borderCount
    for b in 0..<k { h[b] -= Kernel.dot(b, S + b * k, h) }
    for b in 0..<k { h[b] /= S[b * k + b] }
    var b = k - 1
    while b > 0 {
      if h[b] != 0 { Kernel.axpy(b, -h[b], S + b * k, h) }
      b -= 1
    }
  }
}
