import LinearAlgebra

/// The parts of the margin as functions.
struct SIMMShape {
  let kernel: SIMMKernel
  let sensitivities: [SIMMSensitivity]
  /// Whether the function is to be never above the margin, rather than never below.
  let isFloor: Bool
  /// w by factor, and what counts for the concentration by risk.
  private let factors: [AffineFunction]
  private let exposures: [AffineFunction]
  /// √(c − 1) by risk, zero where it is not concentrated before any trade.
  private let excess: [Double]
  /// Why the function is above the margin.
  private(set) var reasons: [String] = []
  private(set) var domain: [DomainLimit] = []

  init(
    kernel: SIMMKernel, amounts: [AffineFunction], sensitivities: [SIMMSensitivity],
    isFloor: Bool = false
  ) {
    self.kernel = kernel
    self.sensitivities = sensitivities
    self.isFloor = isFloor
    var exposureTerms = [[(Int, Double)]](repeating: [], count: kernel.riskThreshold.count)
    factors = (0..<kernel.factorCount).map { f in
      let terms = kernel.termStart[f]..<kernel.termStart[f + 1]
      let risk = kernel.nameRisk[kernel.factorName[f]]
      for term in terms {
        exposureTerms[risk].append((kernel.termInput[term], kernel.termExposure[term]))
      }
      return AffineFunction(
        sumOf: terms.map { amounts[kernel.termInput[$0]] },
        times: terms.map { kernel.termWeight[$0] })
    }
    exposures = exposureTerms.map { terms in
      AffineFunction(sumOf: terms.map { amounts[$0.0] }, times: terms.map(\.1))
    }
    excess = zip(exposures, kernel.riskThreshold).map {
      isFloor ? 0 : max(0, abs($0.constant) / $1 - 1).squareRoot()
    }
  }

  private mutating func bound(because reason: String) {
    if !reasons.contains(reason) { reasons.append(reason) }
  }

  mutating func addDomain() {
    var names: [Int: String] = [:]
    for f in 0..<kernel.factorCount {
      let risk = kernel.nameRisk[kernel.factorName[f]]
      let first = sensitivities[kernel.termInput[kernel.termStart[f]]]
      names[risk] = "\(first.riskType.rawValue) \(first.qualifier)"
    }
    for r in exposures.indices where kernel.riskThreshold[r].isFinite {
      if exposures[r].indices.isEmpty { continue }
      let most = max(kernel.riskThreshold[r], abs(exposures[r].constant))
      domain.append(
        DomainLimit("concentration of \(names[r] ?? "")", exposures[r], in: -most...most))
    }
  }

  // MARK: Aggregation

  mutating func function(addOn: Double) -> ConvexFunction {
    var parts = kernel.productClasses.map { function(of: $0) }
    if addOn != 0 { parts.append(.constant(addOn)) }
    return .sum(parts)
  }

  private mutating func function(of product: SIMMKernel.ProductClass) -> ConvexFunction {
    var byClass = [[ConvexFunction]](repeating: [], count: product.riskClasses.count)
    for (i, m) in product.margins.enumerated() {
      byClass[product.riskClassOfMargin[i]].append(function(of: kernel.margins[m]))
    }
    let margins = byClass.map { $0.count == 1 ? $0[0] : ConvexFunction.sum($0) }
    let count = margins.count
    return .scaled(
      product.multiplier,
      norm(of: margins, "correlations of risk classes that make no norm") {
        product.correlations[$0 * count + $1]
      })
  }

  /// √(Σ |q| f f) of functions that are not negative; their sum where that is no norm. Of a floor, √λ ‖f‖.
  private mutating func norm(
    of parts: [ConvexFunction], _ reason: String, _ form: (Int, Int) -> Double
  ) -> ConvexFunction {
    if parts.count == 1 { return parts[0] }
    let isNonnegative = !parts.indices.contains { i in
      (0..<i).contains { form(i, $0) < 0 }
    }
    if isFloor && !isNonnegative { return leastNorm(of: parts, form) }
    let q = Matrix(rows: parts.count, columns: parts.count) { abs(form($0, $1)) }
    if let norm = NormFunction(ofNonnegative: parts, form: q) {
      if !isNonnegative { bound(because: reason) }
      return .norm(norm)
    }
    if isFloor { return .constant(0) }
    bound(because: reason)
    return .sum(parts)
  }

  /// √λ ‖f‖, with λ the least eigenvalue of q, or of 0 where it has none that is positive.
  private func leastNorm(
    of parts: [ConvexFunction], _ form: (Int, Int) -> Double
  ) -> ConvexFunction {
    let q = Matrix(rows: parts.count, columns: parts.count) { form($0, $1) }
    guard let λ = try? SymmetricEigen(q).values.first, λ > 0 else { return .constant(0) }
    let scale = Matrix(rows: parts.count, columns: parts.count) { $0 == $1 ? λ : 0 }
    return NormFunction(ofNonnegative: parts, form: scale).map { .norm($0) } ?? .constant(0)
  }

  private mutating func function(of margin: SIMMKernel.Margin) -> ConvexFunction {
    let isCurvature = margin.type == .curvature
    var parts: [ConvexFunction] = []
    if !margin.buckets.isEmpty {
      let count = margin.buckets.count
      if count > 1 { bound(because: "buckets of opposite signs offset nothing") }
      let roots = margin.buckets.map { root(of: kernel.buckets[$0]) }
      func form(_ b: Int, _ c: Int) -> Double { margin.correlations[b * count + c] }
      let together =
        isFloor && count > 1
        ? leastNorm(of: roots, form)
        : norm(of: roots, "correlations of buckets that make no norm", form)
      parts.append(isCurvature ? curvature(together, buckets: margin.buckets) : together)
    }
    if margin.hasResidual {
      let b = margin.buckets.upperBound
      let alone = root(of: kernel.buckets[b])
      parts.append(isCurvature ? curvature(alone, buckets: b..<(b + 1)) : alone)
    }
    let sum = parts.count == 1 ? parts[0] : ConvexFunction.sum(parts)
    return margin.scale == 1 ? sum : .scaled(margin.scale, sum)
  }

  private mutating func curvature(
    _ root: ConvexFunction, buckets: Range<Int>
  ) -> ConvexFunction {
    bound(because: "curvature counts with the largest λ")
    let members = buckets.flatMap { kernel.buckets[$0].factors }.map { factors[$0] }
    let sum = AffineFunction(
      sumOf: members, times: [Double](repeating: 1, count: members.count))
    if isFloor { return .positivePart(.affine(sum)) }
    return .positivePart(.sum([.affine(sum), .scaled(SIMMKernel.curvatureScale, root)]))
  }

  // MARK: Buckets

  /// K.
  private mutating func root(of bucket: SIMMKernel.Bucket) -> ConvexFunction {
    if isFloor, case .rates(let rates) = bucket.form, rates.basis != nil {
      // The concentration is on the curves and not on the basis, which may offset them.
      return .constant(0)
    }
    let members = bucket.factors.map { factors[$0] }
    let unconcentrated: ConvexFunction
    if let squares = squares(of: bucket) {
      unconcentrated = .norm(NormFunction(of: squares))
    } else if let norm = NormFunction(of: members, form: form(of: bucket)) {
      unconcentrated = .norm(norm)
    } else {
      if isFloor { return .constant(0) }
      bound(because: "correlations within a bucket that make no norm")
      unconcentrated = .sum(members.map { .absolute($0) })
    }
    var parts = [unconcentrated]
    for f in bucket.factors {
      let excess = excess[kernel.nameRisk[kernel.factorName[f]]]
      if excess > 0 {
        bound(because: "what concentrated names have above their thresholds offsets nothing")
        parts.append(.scaled(excess, .absolute(factors[f])))
      }
    }
    return parts.count == 1 ? unconcentrated : .sum(parts)
  }

  /// Affine functions whose squares add up to K², where its sums all have positive weights.
  private func squares(of bucket: SIMMKernel.Bucket) -> [AffineFunction]? {
    guard case .names(let within, let groups, let across) = bucket.form,
      within >= 0, across >= 0, groups.allSatisfy({ $0.weight >= 0 }),
      bucket.factors.allSatisfy({ kernel.factorOwn[$0] >= 0 })
    else { return nil }
    var byName: [Int: [AffineFunction]] = [:]
    for f in bucket.factors { byName[kernel.factorName[f], default: []].append(factors[f]) }
    func sum(_ names: Range<Int>, weight: Double) -> AffineFunction? {
      if weight == 0 { return nil }
      let members = names.flatMap { byName[$0] ?? [] }
      return AffineFunction(
        sumOf: members,
        times: [Double](repeating: weight.squareRoot(), count: members.count))
    }
    var squares = bucket.factors.compactMap { f in
      kernel.factorOwn[f] == 0 ? nil : kernel.factorOwn[f].squareRoot() * factors[f]
    }
    squares += bucket.names.compactMap { sum($0..<($0 + 1), weight: within) }
    squares += groups.compactMap { sum($0.names, weight: $0.weight) }
    if let all = sum(bucket.names, weight: across) { squares.append(all) }
    return squares
  }

  /// ρ between the factors of a bucket.
  private func form(of bucket: SIMMKernel.Bucket) -> Matrix {
    let first = bucket.factors.lowerBound
    let count = bucket.factors.count
    return Matrix(rows: count, columns: count) { i, j in
      kernel.correlation(first + i, first + j, in: bucket)
    }
  }
}
