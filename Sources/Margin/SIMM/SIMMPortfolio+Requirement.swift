extension SIMMPortfolio {
  /// The margin as an explained tree, in dollars: product classes, risk classes, margins, buckets, weighted
  /// sensitivities, net sensitivities.
  ///
  /// A bucket's K is the root of weighted squares of its weighted sensitivities and of sums of them, as
  /// constant correlation has it: K² = (1 − ρ) Σ WS² + ρ (Σ WS)². Where names are concentrated, the sums are
  /// of the names beyond each concentration, see ``SIMM``.
  ///
  /// - Complexity: O(n) nodes for n sensitivities, and one more for each pair of concentrated names of a
  ///   bucket.
  public func requirement() -> MarginRequirement {
    var evaluator = evaluator()
    _ = evaluator.margin(of: amounts)
    let tree = SIMMTree(portfolio: self, space: evaluator.workspace)
    var parts = kernel.productClasses.indices.map { tree.requirement(ofProductClass: $0) }
    if !addOns.isEmpty { parts.append(MarginRequirement("add-ons", .sum, of: addOns)) }
    return MarginRequirement("\(simm.name), \(simm.side.rawValue.lowercased())", .sum, of: parts)
  }
}

/// The tree of an evaluation.
private struct SIMMTree {
  let portfolio: SIMMPortfolio
  let space: SIMMWorkspace

  private typealias Term = MarginRequirement.QuadraticTerm
  private var kernel: SIMMKernel { portfolio.kernel }

  func requirement(ofProductClass p: Int) -> MarginRequirement {
    let product = kernel.productClasses[p]
    let count = product.riskClasses.count
    let parts = product.riskClasses.enumerated().map { r, riskClass in
      MarginRequirement(
        riskClass.rawValue, .sum,
        of: product.margins.enumerated().filter { product.riskClassOfMargin[$0.offset] == r }.map {
          requirement(of: kernel.margins[$0.element], space.margins[$0.element])
        })
    }
    var terms: [Term] = []
    for r in 0..<count {
      for s in r..<count {
        terms.append(Term(r, s, (r == s ? 1 : 2) * product.correlations[r * count + s]))
      }
    }
    let root = MarginRequirement(
      product.productClass.rawValue, .rootOfQuadraticForm(terms), of: parts)
    return product.multiplier == 1
      ? root
      : MarginRequirement(
        "\(product.productClass.rawValue), multiplied", .scaled(by: product.multiplier), of: [root])
  }

  private func requirement(
    of margin: SIMMKernel.Margin, _ state: SIMMWorkspace.MarginState
  ) -> MarginRequirement {
    let isCurvature = margin.type == .curvature
    var parts: [MarginRequirement] = []
    if !margin.buckets.isEmpty {
      let root = MarginRequirement(
        "buckets together", .rootOfBuckets(correlations: correlations(of: margin)),
        of: margin.buckets.map { requirement(ofBucket: $0) } + margin.buckets.map { sum(of: $0) })
      parts.append(
        isCurvature
          ? curvature(
            root, sum: state.sum, absoluteSum: state.absoluteSum, buckets: margin.buckets)
          : root)
    }
    if margin.hasResidual {
      let b = margin.buckets.upperBound
      let alone = requirement(ofBucket: b)
      let state = space.states[b]
      parts.append(
        isCurvature
          ? curvature(
            alone, sum: state.sum, absoluteSum: state.absoluteSum, buckets: b..<(b + 1))
          : alone)
    }
    return MarginRequirement(
      margin.type.rawValue, margin.scale == 1 ? .sum : .scaled(by: margin.scale), of: parts)
  }

  /// γ with the ratios of concentration that rates have.
  private func correlations(of margin: SIMMKernel.Margin) -> [Double] {
    let count = margin.buckets.count
    return margin.correlations.indices.map { i in
      let (b, c) = (
        space.states[margin.buckets.lowerBound + i / count],
        space.states[margin.buckets.lowerBound + i % count]
      )
      return margin.correlations[i] * (margin.usesRatio ? b.ratio(to: c) : 1)
    }
  }

  /// max(0, ΣCVR + λ(θ) K)
  private func curvature(
    _ root: MarginRequirement, sum total: Double, absoluteSum: Double, buckets: Range<Int>
  ) -> MarginRequirement {
    let θ = SIMMWorkspace.MarginState.θ(sum: total, absoluteSum: absoluteSum)
    let λ = SIMMWorkspace.MarginState.λ(θ: θ)
    let risk = MarginRequirement(
      "sum, and λ times the buckets", .sum,
      of: [
        MarginRequirement("sum of curvature", .sum, of: buckets.map { sum(of: $0) }),
        MarginRequirement("λ at θ = \(θ)", .scaled(by: λ), of: [root]),
      ])
    return MarginRequirement(
      "curvature, at least zero", .maximum, of: [risk, MarginRequirement("zero", 0)])
  }

  /// Σ WS of a bucket.
  private func sum(of b: Int) -> MarginRequirement {
    let bucket = kernel.buckets[b]
    return MarginRequirement(
      "sum of \(bucket.name)", .sum,
      of: bucket.factors.map { MarginRequirement(name(ofFactor: $0), weighted($0)) })
  }

  private func weighted(_ f: Int) -> Double {
    space.concentrations[kernel.nameRisk[kernel.factorName[f]]].squareRoot() * space.factors[f]
  }

  private func name(ofFactor f: Int) -> String {
    let first = portfolio.sensitivities[kernel.termInput[kernel.termStart[f]]]
    let terms = kernel.termStart[f + 1] - kernel.termStart[f]
    let tenor = terms == 1 ? first.tenor?.rawValue ?? "" : ""
    let kind =
      first.riskType == .inflation || first.riskType == .inflationVolatility
      ? "inflation" : first.riskType == .crossCurrencyBasis ? "basis" : ""
    return [first.qualifier, tenor, first.label2, kind].filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  /// WS = RW s CR, or the sum of those of an option's tenors.
  private func requirement(ofFactor f: Int) -> MarginRequirement {
    let root = space.concentrations[kernel.nameRisk[kernel.factorName[f]]].squareRoot()
    let sign = portfolio.simm.side == .call ? 1.0 : -1
    let terms = kernel.termStart[f]..<kernel.termStart[f + 1]
    let parts = terms.map { term in
      let i = kernel.termInput[term]
      let sensitivity = portfolio.sensitivities[i]
      return MarginRequirement(
        "risk weight × concentration of \(sensitivity.tenor?.rawValue ?? "all tenors")",
        .scaled(by: sign * kernel.termWeight[term] * root),
        of: [MarginRequirement(sensitivity.riskType.rawValue, portfolio.amounts[i])])
    }
    return MarginRequirement(name(ofFactor: f), .sum, of: parts)
  }

  private func requirement(ofBucket b: Int) -> MarginRequirement {
    let bucket = kernel.buckets[b]
    var parts = bucket.factors.map { requirement(ofFactor: $0) }
    let terms: [Term]
    switch bucket.form {
    case .rates: terms = ratesTerms(in: bucket)
    case .names(let within, let groups, let across):
      var form = NameTerms(tree: self, bucket: bucket, parts: parts)
      for n in bucket.names where within != 0 { form.add(within, squareOf: n..<(n + 1)) }
      for group in groups { form.add(group.weight, squareOf: group.names) }
      form.add(across, squareOf: bucket.names)
      (parts, terms) = (form.parts, form.terms)
    }
    let title = kernel.buckets[b].name
    return MarginRequirement("bucket \(title)", .rootOfQuadraticForm(terms), of: parts)
  }

  private func ratesTerms(in bucket: SIMMKernel.Bucket) -> [Term] {
    let first = bucket.factors.lowerBound
    return bucket.factors.flatMap { f in
      (first...f).map {
        Term(
          $0 - first, f - first, ($0 == f ? 1 : 2) * kernel.correlation($0, f, in: bucket))
      }
    }
  }

  /// Squares of weighted sensitivities and of their sums.
  private struct NameTerms {
    let tree: SIMMTree
    let bucket: SIMMKernel.Bucket
    var parts: [MarginRequirement]
    var terms: [Term]
    private var factorsOfName: [Int: [Int]] = [:]

    init(tree: SIMMTree, bucket: SIMMKernel.Bucket, parts: [MarginRequirement]) {
      self.tree = tree
      self.bucket = bucket
      self.parts = parts
      let first = bucket.factors.lowerBound
      terms = bucket.factors.map { Term($0 - first, $0 - first, tree.kernel.factorOwn[$0]) }
      for f in bucket.factors { factorsOfName[tree.kernel.factorName[f], default: []].append(f) }
    }

    /// Adds weight times M = Σ min(c_k, c_l) W_k W_l over names.
    mutating func add(_ weight: Double, squareOf names: Range<Int>) {
      if weight == 0 || names.isEmpty { return }
      let kernel = tree.kernel
      var space = tree.space
      _ = kernel.sortConcentrated(names, &space)
      let order = space.order
      // All names have c = 1, or all have the same: no layers.
      let least = names.map { space.concentrations[kernel.nameRisk[$0]] }.min() ?? 1
      add(weight, sumOf: Array(names), concentration: least)
      for (i, n) in order.enumerated() {
        let c = space.concentrations[kernel.nameRisk[n]]
        let next = i + 1 < order.count ? space.concentrations[kernel.nameRisk[order[i + 1]]] : 1
        let step = c - max(next, least)
        if step > 0 { add(weight * step, sumOf: Array(order[...i]), concentration: 1) }
      }
    }

    /// Adds weight c (Σ W)²; the part is √c Σ W.
    private mutating func add(_ weight: Double, sumOf names: [Int], concentration c: Double) {
      let factors = names.flatMap { factorsOfName[$0] ?? [] }
      let root = c.squareRoot()
      let sum = MarginRequirement(
        names.count == 1 ? "sum of a name" : "sum of \(names.count) names", .sum,
        of: factors.map {
          MarginRequirement(tree.name(ofFactor: $0), root * tree.space.factors[$0])
        })
      terms.append(Term(parts.count, parts.count, weight))
      parts.append(sum)
    }
  }
}
