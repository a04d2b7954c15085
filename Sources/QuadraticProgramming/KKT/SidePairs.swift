/// The one or two sides of each entry of [Gx; x], and the elimination of their multipliers.
///
/// A side k with sign σ satisfies σ t − (s/λ) λₖ = ρₖ for the value t of its entry. Over the sides of
/// an entry, with w = Σ λₖ/sₖ and v = Σ σ λₖ, this is t − v/w = r. With one side r = σρ exactly; with
/// two the multiplier of the one with the smaller s/λ follows from v, that of the other from t: neither
/// is the difference of two large numbers.
struct SidePairs {
  private let first: Int
  /// The sides of each entry of [Ax; Gx; x], −1 for none, and the signs of the sides.
  private let one: [Int32]
  private let other: [Int32]
  private let sign: [Double]

  init(_ form: borrowing StandardForm) {
    first = form.p
    var one = [Int32](repeating: -1, count: form.entryCount)
    var other = one
    for k in 0..<form.sideCount {
      let row = form.sideRow[k]
      if one[row] < 0 { one[row] = Int32(k) } else { other[row] = Int32(k) }
    }
    self.one = one
    self.other = other
    sign = form.sideSign.array
  }

  /// Writes r of every entry of [Gx; x], zero where it has no side.
  func gatherTargets(
    _ ρ: borrowing Buffer, _ ratio: borrowing Buffer, _ weights: borrowing Buffer,
    into r: borrowing Buffer
  ) {
    for i in first..<one.count {
      guard one[i] >= 0 else {
        r[i] = 0
        continue
      }
      let a = Int(one[i])
      if other[i] < 0 {
        r[i] = sign[a] * ρ[a]
      } else {
        let b = Int(other[i])
        r[i] = (sign[a] * ρ[a] / ratio[a] + sign[b] * ρ[b] / ratio[b]) / weights[i]
      }
    }
  }

  /// Writes the multipliers of the sides of entry i from their signed sum v and the value t.
  @inline(__always)
  func split(
    _ v: Double, value t: Double, of i: Int, _ ρ: borrowing Buffer, _ ratio: borrowing Buffer,
    into λ: borrowing Buffer
  ) {
    guard one[i] >= 0 else { return }
    let a = Int(one[i])
    guard other[i] >= 0 else {
      λ[a] = sign[a] * v
      return
    }
    let b = Int(other[i])
    let (strong, weak) = ratio[a] <= ratio[b] ? (a, b) : (b, a)
    λ[weak] = (sign[weak] * t - ρ[weak]) / ratio[weak]
    λ[strong] = sign[strong] * (v - sign[weak] * λ[weak])
  }

  /// Changes the multiplier of the stronger side of entry i so that the signed sum is v.
  @inline(__always)
  func settle(_ v: Double, of i: Int, _ ratio: borrowing Buffer, in λ: borrowing Buffer) {
    guard one[i] >= 0 else { return }
    let a = Int(one[i])
    guard other[i] >= 0 else {
      λ[a] = sign[a] * v
      return
    }
    let b = Int(other[i])
    let (strong, weak) = ratio[a] <= ratio[b] ? (a, b) : (b, a)
    λ[strong] = sign[strong] * (v - sign[weak] * λ[weak])
  }
}
