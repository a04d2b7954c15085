extension DerivePortfolioMargin {
  /// The requirement as a convex function of trades in an account's own contracts, one for each of
  /// ``DeriveAccount/contracts`` and in their order.
  ///
  /// With affine V and Y, and static discount factors d⁺ ≤ d⁻, the loss of an expiry V − min(d⁺Y,
  /// d⁻Y) is max(V − d⁺Y, V − d⁻Y): PMRM 1, where d⁻ = 1 and d⁺ ≤ 1, is convex and the function
  /// exact. Where PMRM 2 has d⁺ > d⁻, a value of either sign counts as d⁻Y; and the other side of a
  /// skew, min(d⁺Y, d⁻Y) − V, is bounded by λY − V, with λ the factor of the account as it is: both
  /// make the function an upper bound. An oracle below the threshold of confidence counts for its
  /// expiry whether or not what it prices is held.
  ///
  /// - Throws: as ``margin(_:on:)``.
  public func marginFunction(
    _ level: MarginLevel, of account: DeriveAccount
  ) throws(MarginError) -> MarginFunction {
    let contracts = account.contracts
    return try marginFunction(
      level, of: account, slots: contracts.indices.map { $0 }, count: contracts.count)
  }

  /// - Parameters: - slots: for each contract of the account the number of its trade, or nil where
  ///   it is not traded. - count: the number of trades.
  func marginFunction(
    _ level: MarginLevel, of account: DeriveAccount, slots: [Int?], count: Int
  ) throws(MarginError) -> MarginFunction {
    var first = 0
    let shapes = try books(of: account).map { book throws(MarginError) in
      let last = first + book.market.contractCount
      defer { first = last }
      return DeriveBookShape(
        book: book,
        slots: DeriveSlots(of: book.market, Array(slots[first..<last]), count: count))
    }
    let function = ConvexFunction.sum(shapes.map { $0.requirement(level) })
    var reasons: [String] = []
    for shape in shapes { reasons += shape.bounds(level).filter { !reasons.contains($0) } }
    if reasons.isEmpty { return MarginFunction(function) }
    return MarginFunction(
      function, relation: .upperBound(reason: reasons.joined(separator: "; ")),
      floor: Self.floor(of: shapes, level))
  }
}
