extension SIMMKernel {
  /// The margin of all product classes, add-ons aside, at amounts of the sensitivities.
  ///
  /// - Complexity: O(n + m log m) for n sensitivities of which m are concentrated, and the squares of the
  ///   numbers of buckets and of tenors.
  func evaluate(_ amounts: [Double], _ space: inout SIMMWorkspace) -> Double {
    gather(amounts, &space)
    for b in buckets.indices { space.states[b] = state(of: buckets[b], &space) }
    for m in margins.indices { space.margins[m] = state(of: margins[m], space) }
    var total = 0.0
    for p in productClasses.indices {
      let product = productClasses[p]
      for r in product.riskClasses.indices { space.riskMargins[p][r] = 0 }
      for (i, m) in product.margins.enumerated() {
        space.riskMargins[p][product.riskClassOfMargin[i]] += space.margins[m].amount
      }
      let count = product.riskClasses.count
      var square = 0.0
      for r in 0..<count {
        for s in 0..<count {
          square +=
            product.correlations[r * count + s] * space.riskMargins[p][r] * space.riskMargins[p][s]
        }
      }
      space.productMargins[p] = max(square, 0).squareRoot()
      total += product.multiplier * space.productMargins[p]
    }
    return total
  }

  /// w, W, exposures and concentrations.
  private func gather(_ amounts: [Double], _ space: inout SIMMWorkspace) {
    for r in space.exposures.indices { space.exposures[r] = 0 }
    for n in space.names.indices { space.names[n] = 0 }
    for f in 0..<factorCount {
      var (weighted, exposure) = (0.0, 0.0)
      for term in termStart[f]..<termStart[f + 1] {
        let amount = amounts[termInput[term]]
        weighted += termWeight[term] * amount
        exposure += termExposure[term] * amount
      }
      let name = factorName[f]
      space.factors[f] = weighted
      space.names[name] += weighted
      space.exposures[nameRisk[name]] += exposure
    }
    for r in riskThreshold.indices {
      space.concentrations[r] = max(1, abs(space.exposures[r]) / riskThreshold[r])
    }
  }

  private func state(
    of bucket: Bucket, _ space: inout SIMMWorkspace
  ) -> SIMMWorkspace.BucketState {
    switch bucket.form {
    case .rates(let rates): return state(of: rates, in: bucket, &space)
    case .names(let within, let groups, let across):
      var state = SIMMWorkspace.BucketState()
      var square = 0.0
      for f in bucket.factors {
        let c = space.concentrations[nameRisk[factorName[f]]]
        let w = space.factors[f]
        let weighted = c == 1 ? w : c.squareRoot() * w
        square += factorOwn[f] * weighted * weighted
        state.sum += weighted
        state.absoluteSum += abs(weighted)
      }
      if within != 0 {
        for n in bucket.names {
          square += within * space.concentrations[nameRisk[n]] * space.names[n] * space.names[n]
        }
      }
      for group in groups { square += group.weight * layeredSquare(of: group.names, &space).square }
      let all = layeredSquare(of: bucket.names, &space)
      square += across * all.square
      (state.nameSum, state.isConcentrated) = (all.sum, !space.order.isEmpty)
      state.k = max(square, 0).squareRoot()
      return state
    }
  }

  /// M = Σ min(c_k, c_l) W_k W_l, and Σ W; leaves the concentrated names.
  private func layeredSquare(
    of names: Range<Int>, _ space: inout SIMMWorkspace
  ) -> (square: Double, sum: Double) {
    let sum = sortConcentrated(names, &space)
    var square = sum * sum
    var partial = 0.0
    for i in space.order.indices {
      let n = space.order[i]
      partial += space.names[n]
      square += (concentration(at: i, space) - concentration(at: i + 1, space)) * partial * partial
    }
    return (square, sum)
  }

  /// Σ W; leaves the names with c > 1 in descending order of c.
  func sortConcentrated(_ names: Range<Int>, _ space: inout SIMMWorkspace) -> Double {
    space.order.removeAll(keepingCapacity: true)
    var sum = 0.0
    for n in names {
      sum += space.names[n]
      if space.concentrations[nameRisk[n]] > 1 { space.order.append(n) }
    }
    if space.order.count > 1 {
      let concentrations = space.concentrations
      space.order.sort {
        (concentrations[nameRisk[$0]], $1) > (concentrations[nameRisk[$1]], $0)
      }
    }
    return sum
  }

  /// c of the i-th concentrated name, 1 after the last.
  func concentration(at i: Int, _ space: SIMMWorkspace) -> Double {
    i < space.order.count ? space.concentrations[nameRisk[space.order[i]]] : 1
  }

  private func state(
    of rates: Rates, in bucket: Bucket, _ space: inout SIMMWorkspace
  ) -> SIMMWorkspace.BucketState {
    let c = space.concentrations[nameRisk[bucket.names.lowerBound]]
    let (curveSquare, level) = multiplyCurves(of: rates, &space)
    let inflation = rates.inflation.map { space.factors[$0] } ?? 0
    let basis = rates.basis.map { space.factors[$0] } ?? 0
    let concentrated =
      curveSquare + 2 * rates.inflationCorrelation * level * inflation + inflation * inflation
    let square =
      c * concentrated + basis * basis
      + 2 * rates.basisCorrelation * c.squareRoot() * (level + inflation) * basis
    var state = SIMMWorkspace.BucketState()
    state.k = max(square, 0).squareRoot()
    state.sum = c.squareRoot() * (level + inflation) + basis
    state.concentration = c
    for f in bucket.factors { state.absoluteSum += abs(space.factors[f]) }
    return state
  }

  /// Σ φ_ij v_iᵀρv_j over sub-curves v, and the sum of all v. With T = Σ v it is φ TᵀρT + (1 − φ) Σ v_iᵀρv_i;
  /// leaves v and ρv, T and ρT last.
  func multiplyCurves(
    of rates: Rates, _ space: inout SIMMWorkspace
  ) -> (square: Double, level: Double) {
    let tenors = SIMMTenor.allCases.count
    let total = rates.curves * tenors
    for i in 0..<(total + tenors) { space.curves[i] = 0 }
    var level = 0.0
    for f in rates.curveFactors {
      let w = space.factors[f]
      space.curves[factorCurve[f] * tenors + factorTenor[f]] += w
      space.curves[total + factorTenor[f]] += w
      level += w
    }
    var square = 0.0
    for curve in 0...rates.curves {
      // One sub-curve is the sum of all.
      if curve < rates.curves && rates.curves == 1 { continue }
      let weight =
        curve < rates.curves
        ? 1 - rates.subCurveCorrelation : rates.curves == 1 ? 1 : rates.subCurveCorrelation
      square += weight * multiplyCurve(at: curve * tenors, squared: rates.isSquared, &space)
    }
    return (square, level)
  }

  /// vᵀρv; leaves ρv.
  private func multiplyCurve(
    at start: Int, squared: Bool, _ space: inout SIMMWorkspace
  ) -> Double {
    let tenors = SIMMTenor.allCases.count
    let correlations = squared ? squaredTenorCorrelations : tenorCorrelations
    var square = 0.0
    for i in 0..<tenors { space.curveProducts[start + i] = 0 }
    for j in 0..<tenors {
      let v = space.curves[start + j]
      if v == 0 { continue }
      for i in 0..<tenors { space.curveProducts[start + i] += correlations[j * tenors + i] * v }
    }
    for i in 0..<tenors { square += space.curves[start + i] * space.curveProducts[start + i] }
    return square
  }

  private func state(
    of margin: Margin, _ space: SIMMWorkspace
  ) -> SIMMWorkspace.MarginState {
    var state = SIMMWorkspace.MarginState()
    let count = margin.buckets.count
    var square = 0.0
    for i in 0..<count {
      let b = space.states[margin.buckets.lowerBound + i]
      square += b.k * b.k
      state.sum += b.sum
      state.absoluteSum += b.absoluteSum
      for j in 0..<i {
        let other = space.states[margin.buckets.lowerBound + j]
        let γ = margin.correlations[i * count + j] * (margin.usesRatio ? b.ratio(to: other) : 1)
        square += 2 * γ * b.clamped * other.clamped
      }
    }
    state.root = max(square, 0).squareRoot()
    let alone = margin.hasResidual ? space.states[margin.buckets.upperBound] : .init()
    if margin.type == .curvature {
      state.residual = Self.curvature(
        sum: alone.sum, absoluteSum: alone.absoluteSum, root: alone.k)
      state.amount =
        margin.scale
        * (Self.curvature(sum: state.sum, absoluteSum: state.absoluteSum, root: state.root)
          + state.residual)
    } else {
      state.residual = alone.k
      state.amount = state.root + alone.k
    }
    return state
  }

  /// max(0, ΣCVR + λ(θ) K)
  private static func curvature(sum: Double, absoluteSum: Double, root: Double) -> Double {
    let θ = SIMMWorkspace.MarginState.θ(sum: sum, absoluteSum: absoluteSum)
    return max(0, sum + SIMMWorkspace.MarginState.λ(θ: θ) * root)
  }
}

extension SIMMWorkspace.BucketState {
  /// min(CR_b, CR_c)/max(CR_b, CR_c)
  func ratio(to other: Self) -> Double {
    (min(concentration, other.concentration) / max(concentration, other.concentration))
      .squareRoot()
  }
}
