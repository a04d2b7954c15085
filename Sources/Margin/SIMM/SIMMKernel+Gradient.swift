extension SIMMKernel {
  /// Adds the derivatives of the margin by every sensitivity to `gradient`, by the chain rule backwards
  /// through the evaluation that the workspace holds.
  ///
  /// Where the margin has a kink, a root at zero, a threshold, a bound of S, the derivative is that of one
  /// side; of a root at zero it is zero.
  func addGradient(_ space: inout SIMMWorkspace, to gradient: inout [Double]) {
    for b in space.states.indices {
      space.states[b].kSlope = 0
      space.states[b].sumSlope = 0
      space.states[b].absoluteSlope = 0
      space.states[b].concentrationSlope = 0
    }
    for p in productClasses.indices { differentiate(productClass: p, &space) }
    for bucket in buckets.indices {
      let state = space.states[bucket]
      if state.kSlope == 0 && state.sumSlope == 0 && state.absoluteSlope == 0 { continue }
      if case .names(let within, let groups, let across) = buckets[bucket].form,
        !state.isConcentrated
      {
        addGradient(
          of: buckets[bucket], state, within: within, groups: groups, across: across, space,
          to: &gradient)
      } else {
        differentiate(buckets[bucket], state, &space)
        scatter(buckets[bucket], space, to: &gradient)
      }
    }
  }

  private func differentiate(productClass p: Int, _ space: inout SIMMWorkspace) {
    let product = productClasses[p]
    let root = space.productMargins[p]
    if root == 0 { return }
    let count = product.riskClasses.count
    for (i, m) in product.margins.enumerated() {
      let r = product.riskClassOfMargin[i]
      var slope = 0.0
      for s in 0..<count { slope += product.correlations[r * count + s] * space.riskMargins[p][s] }
      differentiate(margins[m], space.margins[m], slope: product.multiplier * slope / root, &space)
    }
  }

  private func differentiate(
    _ margin: Margin, _ state: SIMMWorkspace.MarginState, slope: Double,
    _ space: inout SIMMWorkspace
  ) {
    var rootSlope = slope
    if margin.type == .curvature {
      rootSlope = differentiateCurvature(
        sum: state.sum, absoluteSum: state.absoluteSum, root: state.root,
        slope: slope * margin.scale, buckets: margin.buckets, &space)
    }
    if margin.hasResidual {
      let b = margin.buckets.upperBound
      let alone = space.states[b]
      space.states[b].kSlope =
        margin.type == .curvature
        ? differentiateCurvature(
          sum: alone.sum, absoluteSum: alone.absoluteSum, root: alone.k,
          slope: slope * margin.scale, buckets: b..<(b + 1), &space)
        : slope
    }
    if state.root == 0 || rootSlope == 0 { return }
    let count = margin.buckets.count
    let first = margin.buckets.lowerBound
    for i in 0..<count {
      let b = space.states[first + i]
      var crossed = 0.0
      for j in 0..<count where j != i {
        let other = space.states[first + j]
        var γ = margin.correlations[i * count + j]
        if margin.usesRatio && b.concentration != other.concentration {
          γ *= b.ratio(to: other)
          // d√(min/max) by c is ±√(min/max)/(2c).
          let sign = b.concentration < other.concentration ? 1.0 : -1
          space.states[first + i].concentrationSlope +=
            rootSlope / state.root * γ * b.clamped * other.clamped * sign / (2 * b.concentration)
        }
        crossed += γ * other.clamped
      }
      let clampedSlope = rootSlope * crossed / state.root
      space.states[first + i].kSlope += rootSlope * b.k / state.root
      if abs(b.sum) <= b.k {
        space.states[first + i].sumSlope += clampedSlope
      } else {
        space.states[first + i].kSlope += b.sum > 0 ? clampedSlope : -clampedSlope
      }
    }
  }

  /// The slope by K; those by ΣCVR and Σ|CVR| are added to the buckets.
  private func differentiateCurvature(
    sum: Double, absoluteSum: Double, root: Double, slope: Double, buckets: Range<Int>,
    _ space: inout SIMMWorkspace
  ) -> Double {
    let θ = SIMMWorkspace.MarginState.θ(sum: sum, absoluteSum: absoluteSum)
    let λ = SIMMWorkspace.MarginState.λ(θ: θ)
    guard sum + λ * root > 0 else { return 0 }
    let θSlope = slope * root * (Self.curvatureScale - 1)
    let (bySum, byAbsolute) =
      sum < 0
      ? (θSlope / absoluteSum, -θSlope * sum / (absoluteSum * absoluteSum)) : (0, 0)
    for b in buckets {
      space.states[b].sumSlope += slope + bySum
      space.states[b].absoluteSlope += byAbsolute
    }
    return slope * λ
  }

  /// The derivatives of a bucket without concentration, where c = 1 does not move.
  private func addGradient(
    of bucket: Bucket, _ state: SIMMWorkspace.BucketState, within: Double, groups: [Group],
    across: Double, _ space: SIMMWorkspace, to gradient: inout [Double]
  ) {
    let q = state.k > 0 ? state.kSlope / state.k : 0
    let common = q * across * state.nameSum + state.sumSlope
    func add(_ factors: some Sequence<Int>, _ common: Double) {
      for f in factors {
        let w = space.factors[f]
        var slope = q * factorOwn[f] * w + common
        if within != 0 { slope += q * within * space.names[factorName[f]] }
        if state.absoluteSlope != 0 && w != 0 {
          slope += w > 0 ? state.absoluteSlope : -state.absoluteSlope
        }
        for term in termStart[f]..<termStart[f + 1] {
          gradient[termInput[term]] += slope * termWeight[term]
        }
      }
    }
    if groups.isEmpty { return add(bucket.factors, common) }
    // Groups are in the order of their names; what is in none has the common slope.
    var next = bucket.factors.lowerBound
    for group in groups {
      let sum = group.names.reduce(0) { $0 + space.names[$1] }
      let start = bucket.factors[next...].first { factorName[$0] >= group.names.lowerBound } ?? next
      add(next..<start, common)
      let end =
        bucket.factors[start...].first { factorName[$0] >= group.names.upperBound }
        ?? bucket.factors.upperBound
      add(start..<end, common + q * group.weight * sum)
      next = end
    }
    add(next..<bucket.factors.upperBound, common)
  }

  /// dSIMM/dw of the factors and dSIMM/dc of the risks of a bucket.
  private func differentiate(
    _ bucket: Bucket, _ state: SIMMWorkspace.BucketState, _ space: inout SIMMWorkspace
  ) {
    for n in bucket.names { space.concentrationSlopes[nameRisk[n]] = 0 }
    // By K².
    let q = state.k > 0 ? state.kSlope / (2 * state.k) : 0
    switch bucket.form {
    case .rates(let rates): differentiate(rates, in: bucket, state, q, &space)
    case .names(let within, let groups, let across):
      for n in bucket.names {
        space.nameSlopes[n] = 0
        space.nameConcentrationSlopes[n] = 0
      }
      for group in groups { addLayeredSlopes(group.weight, of: group.names, &space) }
      addLayeredSlopes(across, of: bucket.names, &space)
      for n in bucket.names {
        let (r, w) = (nameRisk[n], space.names[n])
        space.nameSlopes[n] += within * space.concentrations[r] * w
        space.concentrationSlopes[r] +=
          q * (within * w * w + space.nameConcentrationSlopes[n])
      }
      for f in bucket.factors {
        let n = factorName[f]
        let (c, w) = (space.concentrations[nameRisk[n]], space.factors[f])
        let root = c == 1 ? 1 : c.squareRoot()
        space.factorSlopes[f] =
          2 * q * (factorOwn[f] * c * w + space.nameSlopes[n]) + state.sumSlope * root
          + (w == 0 ? 0 : w > 0 ? state.absoluteSlope : -state.absoluteSlope)
        space.concentrationSlopes[nameRisk[n]] +=
          q * factorOwn[f] * w * w + state.sumSlope * w / (2 * root)
      }
    }
  }

  /// Adds weight times half of dM/dW, and dM/dc, of M = Σ min(c_k, c_l) W_k W_l.
  private func addLayeredSlopes(
    _ weight: Double, of names: Range<Int>, _ space: inout SIMMWorkspace
  ) {
    let sum = sortConcentrated(names, &space)
    for n in names { space.nameSlopes[n] += weight * sum }
    if space.order.isEmpty { return }
    space.prefix.removeAll(keepingCapacity: true)
    var partial = 0.0
    for n in space.order {
      let w = space.names[n]
      space.nameConcentrationSlopes[n] += weight * (w * w + 2 * w * partial)
      partial += w
      space.prefix.append(partial)
    }
    var layers = 0.0
    for i in space.order.indices.reversed() {
      layers +=
        (concentration(at: i, space) - concentration(at: i + 1, space)) * space.prefix[i]
      space.nameSlopes[space.order[i]] += weight * layers
    }
  }

  private func differentiate(
    _ rates: Rates, in bucket: Bucket, _ state: SIMMWorkspace.BucketState, _ q: Double,
    _ space: inout SIMMWorkspace
  ) {
    let tenors = SIMMTenor.allCases.count
    let r = nameRisk[bucket.names.lowerBound]
    let c = space.concentrations[r]
    let root = c.squareRoot()
    let (square, level) = multiplyCurves(of: rates, &space)
    let inflation = rates.inflation.map { space.factors[$0] } ?? 0
    let basis = rates.basis.map { space.factors[$0] } ?? 0
    let common = 2 * q * rates.basisCorrelation * root * basis + state.sumSlope * root
    func absolute(_ w: Double) -> Double {
      w == 0 ? 0 : w > 0 ? state.absoluteSlope : -state.absoluteSlope
    }
    let total = rates.curves * tenors
    let (φ, ownCurve) =
      rates.curves == 1 ? (1, 0) : (rates.subCurveCorrelation, 1 - rates.subCurveCorrelation)
    for f in rates.curveFactors {
      let tenor = factorTenor[f]
      var product = φ * space.curveProducts[total + tenor]
      if ownCurve != 0 {
        product += ownCurve * space.curveProducts[factorCurve[f] * tenors + tenor]
      }
      space.factorSlopes[f] =
        2 * q * c * (product + rates.inflationCorrelation * inflation) + common
        + absolute(space.factors[f])
    }
    if let f = rates.inflation {
      space.factorSlopes[f] =
        2 * q * c * (rates.inflationCorrelation * level + inflation) + common + absolute(inflation)
    }
    if let f = rates.basis {
      space.factorSlopes[f] =
        2 * q * (rates.basisCorrelation * root * (level + inflation) + basis) + state.sumSlope
    }
    space.concentrationSlopes[r] =
      q
      * (square + 2 * rates.inflationCorrelation * level * inflation + inflation * inflation
        + rates.basisCorrelation * (level + inflation) * basis / root)
      + state.sumSlope * (level + inflation) / (2 * root) + state.concentrationSlope
  }

  private func scatter(
    _ bucket: Bucket, _ space: SIMMWorkspace, to gradient: inout [Double]
  ) {
    for f in bucket.factors {
      let r = nameRisk[factorName[f]]
      let exposure = space.exposures[r]
      let byExposure =
        abs(exposure) > riskThreshold[r]
        ? space.concentrationSlopes[r] * (exposure > 0 ? 1 : -1) / riskThreshold[r] : 0
      for term in termStart[f]..<termStart[f + 1] {
        gradient[termInput[term]] +=
          space.factorSlopes[f] * termWeight[term] + byExposure * termExposure[term]
      }
    }
  }
}
