internal import LinearAlgebra

/// The factors of Goldfarb and Idnani for a positive definite H⁻¹ = P (+ a proximal term) and the
/// normals N of the working set:
///
///     JᵀPJ = I,   JᵀN = ┌ R ┐ ,   R upper triangular,
///                       └ 0 ┘
///
/// updated in O(n²) when a constraint enters (a Householder reflection of J) or leaves (Givens
/// rotations) (D. Goldfarb, A. Idnani, Math. Program. 27 (1983), 1–33). Jᵀ is stored, so that the
/// image Jᵀeⱼ of a bound's normal is a column in memory and costs no product.
final class WorkingSetFactor {
  /// The number of normals in N.
  private(set) var count = 0
  private(set) var n = 0
  /// d = Jᵀa of the last normal loaded; after the first `count` entries the part outside N.
  let d: UnsafeMutablePointer<Double>
  private let JT: UnsafeMutablePointer<Double>
  private let R: UnsafeMutablePointer<Double>
  private let v: UnsafeMutablePointer<Double>
  private let s: UnsafeMutablePointer<Double>
  private let slab = Slab()

  init(maxVariables n: Int) {
    d = slab.doubles(n)
    JT = slab.doubles(n * n)
    R = slab.doubles(n * n)
    v = slab.doubles(n)
    s = slab.doubles(n)
  }

  /// J = U⁻¹ with P + diag(shift) = UᵀU, and no constraint. False when a pivot is at most `floor`
  /// times its diagonal entry.
  func factor(_ p: ProgramView, shift: UnsafePointer<Double>?, floor: Double) -> Bool {
    n = p.n
    count = 0
    for j in 0..<n {
      let (from, to) = (p.column(j), R + j * n)
      for i in 0...j { to[i] = from[i] }
      if let shift { to[j] += shift[j] }
    }
    guard Kernel.cholesky(n, R, ld: n, floor: floor) else { return false }
    Kernel.inverseTransposed(n, R, ld: n, into: JT, ldq: n)
    return true
  }

  /// Forgets the constraints; J stays a factor of P⁻¹.
  func clear() { count = 0 }

  /// d = Jᵀeⱼ.
  func load(unit j: Int) { d.update(from: JT + j * n, count: n) }

  /// d = Jᵀa.
  func load(_ a: UnsafePointer<Double>) { Kernel.product(m: n, n: n, JT, ld: n, a, into: d) }

  /// ‖d₂‖², the part of d outside N, and ‖d‖².
  func squares() -> (outside: Double, whole: Double) {
    let outside = Kernel.dot(n - count, d + count, d + count)
    return (outside, outside + Kernel.dot(count, d, d))
  }

  /// z = J₂d₂, the move of x per unit of the entering multiplier.
  func primalDirection(into z: UnsafeMutablePointer<Double>) {
    Kernel.transposedProduct(m: n - count, n: n, JT + count, ld: n, d + count, into: z)
  }

  /// r = R⁻¹d₁, the fall of the multipliers per unit of the entering one.
  func dualDirection(into r: UnsafeMutablePointer<Double>) {
    r.update(from: d, count: count)
    Kernel.solve(count, R, ld: n, r)
  }

  /// J₂ᵀB for B n × k, into the rows from `count` on of an n × k matrix.
  func images(_ b: UnsafePointer<Double>, columns k: Int, into c: UnsafeMutablePointer<Double>) {
    guard k > 0, n > count else { return }
    BLAS.gemm(m: n - count, n: k, k: n, JT + count, lda: n, b, ldb: n, c + count, ldc: n)
  }

  /// ‖J₂ᵀeⱼ‖².
  func unitWeight(_ j: Int) -> Double {
    let column = JT + j * n + count
    return Kernel.dot(n - count, column, column)
  }

  /// The first column of J₂: after a removal, the direction that became free.
  func freedDirection(into u: UnsafeMutablePointer<Double>) {
    for j in 0..<n { u[j] = JT[j * n + count] }
  }

  /// The constraint of d enters: a reflection takes d₂ to α e₁. `z` is J₂d₂ of this d.
  func append(z: UnsafePointer<Double>) {
    let (q, rest) = (count, n - count)
    let tail = d + q
    let norm = Kernel.dot(rest, tail, tail).squareRoot()
    let α = tail[0] > 0 ? -norm : norm
    v.update(from: tail, count: rest)
    v[0] -= α
    let β = 1 / (norm * (norm + abs(tail[0])))
    for i in 0..<n {
      let column = JT + i * n + q
      Kernel.axpy(rest, -β * (z[i] - α * column[0]), v, column)
    }
    let target = R + q * n
    target.update(from: d, count: q)
    target[q] = α
    count += 1
  }

  /// The constraint at `place` leaves; d follows.
  func remove(_ place: Int) {
    let q = count
    for k in place..<(q - 1) {
      (R + k * n).update(from: R + (k + 1) * n, count: k + 2)
    }
    for k in place..<(q - 1) {
      // A rotation of rows k, k + 1 takes the entry below the diagonal to zero.
      let (a, b) = (R[k * n + k], R[k * n + k + 1])
      let h = (a * a + b * b).squareRoot()
      let (cosine, sine) = h > 0 ? (a / h, b / h) : (1, 0)
      (v[k], s[k]) = (cosine, sine)
      R[k * n + k] = h
      for j in (k + 1)..<max(q - 1, k + 1) {
        let c = R + j * n
        (c[k], c[k + 1]) = (cosine * c[k] + sine * c[k + 1], cosine * c[k + 1] - sine * c[k])
      }
    }
    var i = 0
    while i + 4 <= n {
      rotateFour(JT + i * n, from: place, to: q - 1)
      i += 4
    }
    while i < n {
      rotate(JT + i * n, from: place, to: q - 1)
      i += 1
    }
    rotate(d, from: place, to: q - 1)
    count -= 1
  }

  @inline(__always)
  private func rotate(_ c: UnsafeMutablePointer<Double>, from: Int, to: Int) {
    guard from < to else { return }
    var carried = c[from]
    for k in from..<to {
      let next = c[k + 1]
      c[k] = v[k] * carried + s[k] * next
      carried = v[k] * next - s[k] * carried
    }
    c[to] = carried
  }

  /// Four columns at a time: each rotation waits for the one before, those of other columns do not.
  @inline(__always)
  private func rotateFour(_ c: UnsafeMutablePointer<Double>, from: Int, to: Int) {
    guard from < to else { return }
    let (c0, c1, c2, c3) = (c, c + n, c + 2 * n, c + 3 * n)
    var (a0, a1, a2, a3) = (c0[from], c1[from], c2[from], c3[from])
    for k in from..<to {
      let (cosine, sine) = (v[k], s[k])
      let (b0, b1, b2, b3) = (c0[k + 1], c1[k + 1], c2[k + 1], c3[k + 1])
      c0[k] = cosine * a0 + sine * b0
      c1[k] = cosine * a1 + sine * b1
      c2[k] = cosine * a2 + sine * b2
      c3[k] = cosine * a3 + sine * b3
      a0 = cosine * b0 - sine * a0
      a1 = cosine * b1 - sine * a1
      a2 = cosine * b2 - sine * a2
      a3 = cosine * b3 - sine * a3
    }
    (c0[to], c1[to], c2[to], c3[to]) = (a0, a1, a2, a3)
  }

  /// The solution of P δx + N δμ = e, Nᵀδx = t. `e` and `t` are kept.
  func solve(
    _ e: UnsafePointer<Double>, _ t: UnsafePointer<Double>,
    x δx: UnsafeMutablePointer<Double>, multipliers δμ: UnsafeMutablePointer<Double>
  ) {
    let q = count
    // w = Jᵀe; then w₁ = R⁻ᵀt, δμ = R⁻¹(J₁ᵀe − w₁), δx = Jw.
    Kernel.product(m: n, n: n, JT, ld: n, e, into: s)
    v.update(from: t, count: q)
    Kernel.solveTransposed(q, R, ld: n, v)
    for k in 0..<q {
      δμ[k] = s[k] - v[k]
      s[k] = v[k]
    }
    Kernel.solve(q, R, ld: n, δμ)
    Kernel.transposedProduct(m: n, n: n, JT, ld: n, s, into: δx)
  }
}
