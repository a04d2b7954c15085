extension InteriorPointSolver {
  /// Rounds in which the held sides may change, and refinements within one.
  private static var polishRounds: Int { 6 }
  private static var polishRefinements: Int { 8 }
  /// The weight of a held side; its inverse is that of one left out.
  private static var heldWeight: Double { 1e10 }

  /// The candidate of least residuals among the given one and those with its active sides held.
  ///
  /// The sides with multipliers above their slacks are held with equality, and the linear system that
  /// remains is solved by the interior point method's own factorization and refined with compensated
  /// residuals. Second-order cones at their boundary make it Newton's method (``ActiveCone``). Sides whose
  /// multiplier takes the wrong sign are let go, violated ones taken in, a few times. Only what the
  /// independent residuals call better is accepted.
  func polished(
    _ candidate: Candidate, _ residuals: KKTResiduals, until deadline: Deadline
  ) -> (Candidate, KKTResiduals) {
    var best = (candidate, residuals)
    var sides = ActiveSides(of: self.best, form)
    var exact = PolishResiduals(form)
    let scaling = ConeScaling(form)
    let point = PolishPoint(form)
    var last = Double.infinity
    for _ in 0..<Self.polishRounds where !deadline.hasPassed {
      guard refine(&sides, &exact, scaling, point, deadline) else { break }
      let new = recovered(sides)
      let newResiduals = KKTResiduals(of: problem, x: new.x, duals: new.duals)
      if newResiduals.largest < best.1.largest { best = (new, newResiduals) }
      if best.1.largest <= settings.tolerance { break }
      // Where a cone is at its boundary the next round is a Newton step with new curvature.
      let isNewton = sides.hasBoundaryCones && newResiduals.largest < 0.5 * last
      guard changeSides(&sides, exact) || isNewton else { break }
      last = newResiduals.largest
    }
    return best
  }

  /// The point and multipliers of the held sides, in the units of the program.
  private func recovered(_ sides: borrowing ActiveSides) -> Candidate {
    let first = form.p + form.m
    let x = form.recoverPoint(sides.x, over: 1, of: problem)
    var duals = Duals.zero(for: problem)
    for (i, row) in form.reduction.rows.enumerated() {
      let value = form.E[i] * sides.v[i] / form.costScale
      if row < problem.equalityCount {
        duals.equality[row] = value
      } else if row < problem.equalityCount + problem.inequalityCount {
        duals.inequality[row - problem.equalityCount] = value
      } else {
        duals.cones[row - problem.equalityCount - problem.inequalityCount] = value
      }
    }
    for (j, variable) in form.reduction.variables.enumerated() where sides.state[first + j] != 0 {
      duals.bounds[variable] = sides.v[first + j] / (form.costScale * form.D[j])
    }
    problem.completeFixedDuals(&duals, at: x, fixed: form.reduction.fixed)
    return Candidate(x: x, duals: duals)
  }

  /// Solves the conditions of the held sides by refinement; false if that makes no progress at all.
  private func refine(
    _ sides: inout ActiveSides, _ exact: inout PolishResiduals, _ scaling: borrowing ConeScaling,
    _ point: borrowing PolishPoint, _ deadline: Deadline
  ) -> Bool {
    let first = form.p + form.m
    let held = sides.cones.isEmpty ? Self.heldWeight : ActiveSides.held
    for i in 0..<form.entryCount {
      scaling.weights[i] = sides.state[i] == 0 ? (i < first ? 1 / held : 0) : held
    }
    if !sides.cones.isEmpty {
      evaluate(sides, &exact)
      sides.scaleCones(scaling, form)
    }
    guard system.factorization.factor(form, scaling) else { return false }
    var error = refineOnce(&sides, &exact, scaling, point, deadline)
    // Where the held sides depend on each other, refinement with more regularisation is the proximal
    // point method, and converges.
    while error > 0.1 * settings.tolerance, !deadline.hasPassed,
      system.factorization.refactor(form, scaling)
    {
      let new = refineOnce(&sides, &exact, scaling, point, deadline)
      if new > 0.5 * error { break }
      error = new
    }
    // The multipliers of held bounds are what stationarity asks.
    for j in 0..<form.n {
      sides.v[first + j] = sides.state[first + j] == 0 ? 0 : exact.stationarity[j]
    }
    return error.isFinite
  }

  /// Refines with the factors at hand until the residual stops falling; returns it.
  private func refineOnce(
    _ sides: inout ActiveSides, _ exact: inout PolishResiduals, _ scaling: borrowing ConeScaling,
    _ point: borrowing PolishPoint, _ deadline: Deadline
  ) -> Double {
    let first = form.p + form.m
    var error = Double.infinity
    // The first step of Newton's method trades the residual of a cone for the rounding of a long step.
    var patience = sides.hasBoundaryCones ? 2 : 0
    for _ in 0..<Self.polishRefinements {
      evaluate(sides, &exact)
      let new = point.load(sides, exact, form)
      let slow = !(new <= 0.5 * error)
      if new < error {
        error = new
        point.lastX.copy(from: sides.x)
        point.lastV.copy(from: sides.v)
      }
      if slow {
        guard patience > 0, new.isFinite else { break }
        patience -= 1
      }
      if new == 0 || deadline.hasPassed { break }
      system.factorization.solve(form, scaling, x: point.x, rows: point.rows)
      for j in 0..<form.n where sides.state[first + j] == 0 { sides.x[j] += point.x[j] }
      for i in 0..<first where sides.state[i] != 0 { sides.v[i] += point.rows[i] }
      sides.moveCones(by: point.rows, form)
    }
    if error < .infinity { sides.copy(x: point.lastX, v: point.lastV) }
    evaluate(sides, &exact)
    return error
  }

  /// The residuals at the sides, and the slacks of the cones.
  private func evaluate(_ sides: borrowing ActiveSides, _ exact: inout PolishResiduals) {
    exact.update(at: sides, of: form)
    sides.takeSlacks(from: exact.value, form)
  }

  /// Lets go of inequality sides with multipliers of the wrong sign and holds those that are violated;
  /// false if there are none.
  private func changeSides(
    _ sides: inout ActiveSides, _ exact: borrowing PolishResiduals
  ) -> Bool {
    let first = form.p + form.m
    var changed = sides.changeCones(form, beyond: 0.1 * settings.tolerance)
    let isInCone = form.firstConeRow..<first
    for i in form.p..<form.entryCount
    where !isInCone.contains(i) && Double(sides.state[i]) * sides.v[i] < 0 {
      sides.state[i] = 0
      sides.v[i] = 0
      changed = true
    }
    for k in 0..<form.cone.orthant.count {
      let row = form.sideRow[k]
      guard sides.state[row] == 0 else { continue }
      let value = row < first ? exact.value[row] : sides.x[row - first]
      let excess = form.sideSign[k] * value - form.h[k]
      guard excess * form.slackScale(k) > 0.1 * settings.tolerance else { continue }
      sides.state[row] = form.sideSign[k] > 0 ? 1 : -1
      if row >= first { sides.x[row - first] = form.sideSign[k] * form.h[k] }
      changed = true
    }
    return changed
  }
}

/// Work space of the polish: a right-hand side, and the point before the last refinement.
struct PolishPoint: ~Copyable {
  let x: Buffer
  let rows: Buffer
  let lastX: Buffer
  let lastV: Buffer

  init(_ form: borrowing StandardForm) {
    x = Buffer(form.n)
    rows = Buffer(form.entryCount)
    lastX = Buffer(form.n)
    lastV = Buffer(form.entryCount)
  }

  /// Loads the residuals of the held sides as a right-hand side; the largest in the program's units.
  func load(
    _ sides: borrowing ActiveSides, _ exact: borrowing PolishResiduals,
    _ form: borrowing StandardForm
  ) -> Double {
    let first = form.p + form.m
    var largest = 0.0
    for j in 0..<form.n {
      x[j] = sides.state[first + j] == 0 ? exact.stationarity[j] : 0
      largest = max(largest, abs(x[j]) / (form.D[j] * form.costScale))
    }
    for i in 0..<first { rows[i] = 0 }
    for i in 0..<form.p { rows[i] = form.b[i] - exact.value[i] }
    for k in 0..<form.sideCount where form.sideRow[k] < first {
      let i = form.sideRow[k]
      if Double(sides.state[i]) == form.sideSign[k] {
        rows[i] = form.sideSign[k] * form.h[k] - exact.value[i]
      }
    }
    for i in 0..<first { largest = max(largest, abs(rows[i]) / form.E[i]) }
    largest = max(largest, sides.loadCones(into: rows, form))
    return largest
  }
}
