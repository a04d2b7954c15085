internal import CKernels
internal import LinearAlgebra

/// The factors of Goldfarb and Idnani for a positive definite H⁻¹ = P (+ a proximal term) and the
/// normals N of the working set:
///
///     JᵀPJ = I,   JᵀN = ┌ R ┐ ,   R upper triangular,
///                       └ 0 ┘
///
/// updated in O(n²) when a constraint enters (a Householder reflection of J) or leaves (Givens
/// rotations) (D. Goldfarb, A. Idnani, Math. Program. 27 (1983), 1–33). J and R have padded columns, so
/// that both are loops over whole vectors.
final class WorkingSetFactor {
  /// The number of normals in N.
  private(set) var count = 0
  private(set) var n = 0
  /// The distance of columns: n in whole cache lines, zeros at the end.
  private(set) var stride = 0
  /// d = Jᵀa of the last normal loaded; after the first `count` entries the part outside N.
  let d: UnsafeMutablePointer<Double>
  private let J: UnsafeMutablePointer<Double>
  private let R: UnsafeMutablePointer<Double>
  private let v: UnsafeMutablePointer<Double>
  private let s: UnsafeMutablePointer<Double>
  private let work: UnsafeMutablePointer<Double>
  private let slab = Slab()

  init(maxVariables n: Int) {
    d = slab.doubles(n)
    J = slab.doubles(n * Slab.padded(n))
    R = slab.doubles(n * Slab.padded(n))
    v = slab.doubles(n)
    s = slab.doubles(n)
    work = slab.doubles(n)
  }

  /// J = U⁻¹ with P + diag(shift) = UᵀU, and no constraint. False when a pivot is at most `floor`
  /// times its diagonal entry.
  func factor(_ p: ProgramView, shift: UnsafePointer<Double>?, floor: Double) -> Bool {
    n = p.n
    count = 0
    stride = Slab.padded(n)
    for j in 0..<n {
      let (from, to) = (p.column(j), R + j * stride)
      for i in 0...j { to[i] = from[i] }
      if let shift { to[j] += shift[j] }
    }
    guard Kernel.cholesky(n, R, ld: stride, floor: floor) else { return false }
    Kernel.inverseTransposed(n, R, ld: stride, into: J, ldq: stride)
    for j in 0..<n {
      for i in 0..<j {
        J[i + j * stride] = J[j + i * stride]
        J[j + i * stride] = 0
      }
      for i in n..<stride { J[i + j * stride] = 0 }
    }
    return true
  }

  /// Forgets the constraints; J stays a factor of P⁻¹.
  func clear() { count = 0 }

  /// d = Jᵀeⱼ.
  func load(unit j: Int) { for k in 0..<n { d[k] = J[j + k * stride] } }

  /// d = Jᵀa.
  func load(_ a: UnsafePointer<Double>) {
    work.update(from: a, count: n)
    for i in n..<stride { work[i] = 0 }
    ck_columns_dot(n, stride, J, stride, work, d)
  }

  /// ‖d₂‖², the part of d outside N, and ‖d‖².
  func squares() -> (outside: Double, whole: Double) {
    let outside = Kernel.dot(n - count, d + count, d + count)
    return (outside, outside + Kernel.dot(count, d, d))
  }

  /// z = J₂d₂, the move of x per unit of the entering multiplier; padded.
  func primalDirection(into z: UnsafeMutablePointer<Double>) {
    ck_columns_sum(n - count, stride, J + count * stride, stride, d + count, z)
  }

  /// r = R⁻¹d₁, the fall of the multipliers per unit of the entering one.
  func dualDirection(into r: UnsafeMutablePointer<Double>) {
    r.update(from: d, count: count)
    ck_solve_upper(count, R, stride, r, work)
  }

  /// J₂ᵀB for B n × k with padded columns, into the rows from `count` on of a matrix like it.
  func images(_ b: UnsafePointer<Double>, columns k: Int, into c: UnsafeMutablePointer<Double>) {
    guard k > 0, n > count else { return }
    BLAS.gemm(
      .yes, m: n - count, n: k, k: n, J + count * stride, lda: stride, b, ldb: stride, c + count,
      ldc: stride)
  }

  /// ‖J₂ᵀeⱼ‖² of every j.
  func unitWeights(into weights: UnsafeMutablePointer<Double>) {
    weights.update(repeating: 0, count: n)
    for k in count..<max(n, count) {
      let column = J + k * stride
      for j in 0..<n { weights[j] += column[j] * column[j] }
    }
  }

  /// The first column of J₂: after a removal, the direction that became free; padded.
  var freedDirection: UnsafePointer<Double> { UnsafePointer(J + count * stride) }

  /// The constraint of d enters: a reflection takes d₂ to α e₁. `z` is J₂d₂ of this d; padded.
  ///
  /// With v = d₂ − α e₁ the reflection is J₂ ← J₂ − β (J₂v) vᵀ, and J₂v = z − α J₂e₁.
  func append(z: UnsafePointer<Double>) {
    let (q, rest) = (count, n - count)
    let tail = d + q
    let norm = Kernel.dot(rest, tail, tail).squareRoot()
    let α = tail[0] > 0 ? -norm : norm
    let β = 1 / (norm * (norm + abs(tail[0])))
    for k in 0..<rest { v[k] = -β * tail[k] }
    v[0] += β * α
    let first = J + q * stride
    for i in 0..<stride { work[i] = z[i] - α * first[i] }
    ck_columns_update(rest, stride, first, stride, v, work)
    let target = R + q * stride
    target.update(from: d, count: q)
    target[q] = α
    count += 1
  }

  /// The constraint at `place` leaves; d follows.
  func remove(_ place: Int) {
    let q = count
    for k in place..<(q - 1) {
      (R + k * stride).update(from: R + (k + 1) * stride, count: k + 2)
    }
    for k in place..<(q - 1) {
      // A rotation of rows k, k + 1 takes the entry below the diagonal to zero.
      let (a, b) = (R[k * stride + k], R[k * stride + k + 1])
      let h = (a * a + b * b).squareRoot()
      let (cosine, sine) = h > 0 ? (a / h, b / h) : (1, 0)
      (v[k], s[k]) = (cosine, sine)
      R[k * stride + k] = h
      for j in (k + 1)..<max(q - 1, k + 1) {
        let c = R + j * stride
        (c[k], c[k + 1]) = (cosine * c[k] + sine * c[k + 1], cosine * c[k + 1] - sine * c[k])
      }
    }
    ck_columns_rotate(q - 1 - place, stride, J + place * stride, stride, v + place, s + place)
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

  /// The solution of P δx + N δμ = e, Nᵀδx = t. `e` and `t` are kept; δx is padded.
  func solve(
    _ e: UnsafePointer<Double>, _ t: UnsafePointer<Double>,
    x δx: UnsafeMutablePointer<Double>, multipliers δμ: UnsafeMutablePointer<Double>
  ) {
    let q = count
    // w = Jᵀe; then w₁ = R⁻ᵀt, δμ = R⁻¹(J₁ᵀe − w₁), δx = Jw.
    work.update(from: e, count: n)
    for i in n..<stride { work[i] = 0 }
    ck_columns_dot(n, stride, J, stride, work, s)
    v.update(from: t, count: q)
    Kernel.solveTransposed(q, R, ld: stride, v)
    for k in 0..<q {
      δμ[k] = s[k] - v[k]
      s[k] = v[k]
    }
    Kernel.solve(q, R, ld: stride, δμ)
    ck_columns_sum(n, stride, J, stride, s, δx)
  }
}
