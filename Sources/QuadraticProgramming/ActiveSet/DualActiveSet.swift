internal import CKernels

/// The dual active-set method of Goldfarb and Idnani for small dense programs, warm starts and
/// semidefinite P.
///
/// Multipliers of the right sign are kept throughout; violated constraints enter one by one, each by a
/// step that raises the dual objective, and constraints whose multiplier reaches zero on the way
/// leave. Steps cost O(n²); see ``WorkingSetFactor``. Bounds are unit normals and first class; sides
/// are chosen at entry; equalities enter first and never leave.
///
/// From any working set the method starts at multipliers of the right sign and moves toward those
/// that are stationary on the set; a constraint whose multiplier reaches zero leaves (the primal
/// active-set method on the dual). This needs no feasible point of any kind.
///
/// A P that is not safely positive definite is replaced by P + εD within proximal-point iterations,
/// each from the last working set. The answer is finished by iterative refinement with P itself on
/// the final working set, so that no trace of ε remains.
///
/// Where rows are many, the most violated are held in a pool and only these are looked at in each
/// step; all rows are checked by one product when the pool has no violated row left.
final class DualActiveSet {
  let maxVariables: Int
  let maxRows: Int
  let x: UnsafeMutablePointer<Double>
  let y: UnsafeMutablePointer<Double>
  let z: UnsafeMutablePointer<Double>
  var steps = 0
  var factorizations = 0

  /// The constraint at each place of the working set: a bound's variable, or n + the row.
  let working: UnsafeMutablePointer<Int32>
  /// Its side: −1 lower, 1 upper, 0 equality; and its multiplier.
  let workingSide: UnsafeMutablePointer<Int8>
  private let workingSign: UnsafeMutablePointer<Double>
  let μ: UnsafeMutablePointer<Double>
  /// Whether each constraint is in the working set (1) or put aside as violated by rounding only (2).
  let mark: UnsafeMutablePointer<Int8>
  let factor: WorkingSetFactor
  var pool: ViolationPool

  let center: UnsafeMutablePointer<Double>
  let proximal: UnsafeMutablePointer<Double>
  let e: UnsafeMutablePointer<Double>
  let t: UnsafeMutablePointer<Double>
  let Δx: UnsafeMutablePointer<Double>
  let Δμ: UnsafeMutablePointer<Double>
  let keptX: UnsafeMutablePointer<Double>
  let keptμ: UnsafeMutablePointer<Double>
  let direction: UnsafeMutablePointer<Double>
  let keptWorking: UnsafeMutablePointer<Int32>
  let keptSide: UnsafeMutablePointer<Int8>
  /// ‖aᵢ‖ of every row; one for a row of zeros.
  let rowNorm: UnsafeMutablePointer<Double>
  let values: UnsafeMutablePointer<Double>
  var stepLimit = Int.max
  /// The time at which the method gives up.
  var deadline = Deadline.never
  var isProximal = false
  /// Whether P or c has an entry that is not zero.
  var hasObjective = true
  /// A bound's variable, or n + a row, whose lower side exceeds its upper side.
  var crossed: Int?
  var residuals = DenseResiduals()
  private let slab = Slab()

  init(maxVariables n: Int, maxRows m: Int) {
    (maxVariables, maxRows) = (n, m)
    x = slab.doubles(n)
    y = slab.doubles(m)
    z = slab.doubles(n)
    working = slab.integers(n)
    workingSide = slab.bytes(n)
    workingSign = slab.doubles(n)
    μ = slab.doubles(n)
    mark = slab.bytes(n + m)
    factor = WorkingSetFactor(maxVariables: n)
    pool = ViolationPool(maxVariables: n, maxRows: m, slab)
    center = slab.doubles(n)
    proximal = slab.doubles(n)
    e = slab.doubles(n)
    t = slab.doubles(n)
    Δx = slab.doubles(n)
    Δμ = slab.doubles(n)
    keptX = slab.doubles(n)
    keptμ = slab.doubles(n)
    direction = slab.doubles(n)
    keptWorking = slab.integers(n)
    keptSide = slab.bytes(n)
    rowNorm = slab.doubles(m)
    values = slab.doubles(m)
  }

  /// The number of constraints in the working set.
  var workingCount: Int { factor.count }

  enum End { case optimal, infeasible, failed }

  /// Steps until no constraint is violated, from stationary multipliers of the right sign.
  func ascend(_ p: ProgramView) -> End {
    if isPooled(p) { weighBounds(p) }
    if isPooled(p) { weighPool(p) }
    let limit = min(steps + 50 * (p.n + min(p.m, 4 * p.n)) + 500, stepLimit)
    while steps < limit, !deadline.hasPassed {
      guard let entering = mostViolated(p) else { return .optimal }
      guard enter(entering, p, limit: limit) else {
        if deadline.hasPassed { return .failed }
        if writeCertificate(p, entering) { return .infeasible }
        // Violated at the level of rounding by a set that depends on it: put aside; the final check
        // is on the data.
        mark[entering.index] = 2
        continue
      }
    }
    return .failed
  }

  /// Takes one violated constraint into the working set. False when nothing stops its multiplier:
  /// the constraints have no common point.
  private func enter(_ c: Violation, _ p: ProgramView, limit: Int) -> Bool {
    if c.index < p.n { factor.load(unit: c.index) } else { factor.load(p.row(c.index - p.n)) }
    let σ = c.excess > 0 ? 1.0 : -1.0
    var left = abs(c.excess)
    var entering = 0.0
    while true {
      steps += 1
      let (outside, whole) = factor.squares()
      let isDependent = factor.count == p.n || !(outside > 1e-20 * whole)
      factor.dualDirection(into: Δμ)
      var step = isDependent ? Double.infinity : left / outside
      var ratio = 0.0
      var blocking = ck_first_zero(factor.count, μ, Δμ, workingSign, σ, 1e-13, &ratio, e)
      if blocking >= 0, ratio < step { step = ratio } else { blocking = -1 }
      guard step < .infinity, steps < limit + 10 * p.n, !deadline.hasPassed else { return false }
      if !isDependent {
        factor.primalDirection(into: Δx)
        Kernel.axpy(p.n, -σ * step, Δx, x)
        left -= step * outside
      }
      for k in 0..<factor.count { μ[k] -= σ * step * Δμ[k] }
      entering += step
      guard blocking >= 0 else {
        if isPooled(p) { lowerWeights(p, outside) }
        append(c.index, side: c.isEquality ? 0 : Int8(σ), multiplier: σ * entering)
        return true
      }
      remove(blocking)
      if isPooled(p) { raiseWeights(p) }
    }
  }

  /// Puts the constraint loaded in the factor, with its direction in Δx, at the end of the set.
  func append(_ index: Int, side: Int8, multiplier: Double) {
    let k = factor.count
    factor.append(z: Δx)
    working[k] = Int32(index)
    workingSide[k] = side
    workingSign[k] = Double(side)
    μ[k] = multiplier
    mark[index] = 1
  }

  func remove(_ place: Int) {
    mark[Int(working[place])] = 0
    factor.remove(place)
    for k in place..<factor.count {
      working[k] = working[k + 1]
      workingSide[k] = workingSide[k + 1]
      workingSign[k] = workingSign[k + 1]
      μ[k] = μ[k + 1]
    }
  }
}
