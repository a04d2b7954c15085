/// Margins of a book at every level, as other programs report them.
struct SIMMReport {
  struct Key: Hashable {
    /// Raw values of the product class, the risk class and the margin type; a currency or a bucket. `All`
    /// where they are aggregated.
    var productClass = "All"
    var riskClass = "All"
    var marginType = "All"
    var bucket = "All"
  }

  private(set) var amounts: [Key: Double] = [:]

  /// The levels of a book, add-ons aside.
  ///
  /// Margins of one type are aggregated over risk classes by ψ as those of all types are; product classes are
  /// added up.
  init(_ portfolio: SIMMPortfolio) {
    var evaluator = portfolio.evaluator()
    _ = evaluator.margin(of: portfolio.amounts)
    let (kernel, space) = (portfolio.kernel, evaluator.workspace)
    for p in kernel.productClasses.indices {
      add(kernel.productClasses[p], margin: space.productMargins[p], kernel, space)
    }
  }

  private mutating func add(
    _ product: SIMMKernel.ProductClass, margin: Double, _ kernel: SIMMKernel,
    _ space: SIMMWorkspace
  ) {
    let name = product.productClass.rawValue
    var byType: [SIMMMarginType: [Double]] = [:]
    let count = product.riskClasses.count
    for (i, m) in product.margins.enumerated() {
      let part = kernel.margins[m]
      let (risk, type) = (part.riskClass.rawValue, part.type.rawValue)
      let amount = space.margins[m].amount
      for b in part.buckets.lowerBound..<(part.buckets.upperBound + (part.hasResidual ? 1 : 0)) {
        let key = Key(
          productClass: name, riskClass: risk, marginType: type, bucket: kernel.buckets[b].name)
        amounts[key] = space.states[b].k
      }
      for key in [
        Key(productClass: name, riskClass: risk, marginType: type),
        Key(productClass: name, riskClass: risk),
        Key(riskClass: risk, marginType: type), Key(riskClass: risk),
      ] { amounts[key, default: 0] += amount }
      byType[part.type, default: [Double](repeating: 0, count: count)][
        product.riskClassOfMargin[i]] += amount
    }
    for (type, margins) in byType {
      var square = 0.0
      for r in 0..<count {
        for s in 0..<count {
          square += product.correlations[r * count + s] * margins[r] * margins[s]
        }
      }
      let root = max(0, square).squareRoot()
      amounts[.init(productClass: name, marginType: type.rawValue)] = root
      amounts[.init(marginType: type.rawValue), default: 0] += root
    }
    amounts[.init(productClass: name)] = margin
    amounts[Key(), default: 0] += margin
  }
}
