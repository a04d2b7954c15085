extension DerivePortfolioMargin {
  /// The floor of the requirement over several underlyings: a choice of the discount factor for each expiry
  /// and scenario in which the loss is not convex.
  ///
  /// With W = min(d⁺Y, d⁻Y) where d⁺ < d⁻ the gain of a skew scenario, W − V, is the smaller of two affine
  /// functions; where d⁺ > d⁻ the value is max(d⁺Y, d⁻Y), and so is every loss. It meets the rule where no
  /// oracle's confidence depends on what is held.
  static func floor(of shapes: [DeriveBookShape], _ level: MarginLevel) -> MarginFloor {
    let places = shapes.map(\.signChoices)
    var starts = [0]
    for own in places { starts.append(starts[starts.count - 1] + own.count) }
    return MarginFloor(
      choices: zip(shapes, places).flatMap { shape, own in
        own.map { place in
          .init(
            "the sign of \(shape.book.market.underlying) options "
              + "\(shape.book.expiries[place.expiry].expiry.label) in scenario \(place.scenario + 1)",
            count: 2)
        }
      },
      closes: !shapes.contains { $0.confidenceMayDiffer(level) }
    ) { [starts] decisions, lower, upper in
      .sum(
        shapes.indices.map { k in
          shapes[k].floor(
            level, choices: places[k], deciding: Array(decisions[starts[k]..<starts[k + 1]]),
            lower: lower, upper: upper)
        })
    }
  }
}

extension DeriveBookShape {
  struct SignChoice: Hashable {
    var scenario: Int
    var expiry: Int
  }

  /// Where the loss of an expiry in a scenario is not convex.
  fileprivate var signChoices: [SignChoice] {
    book.expiries.indices.flatMap { e -> [SignChoice] in
      let values = book.expiries[e]
      return parameters.scenarios.indices.filter { c in
        values.positiveFactor > values.negativeFactor
          || (values.positiveFactor < values.negativeFactor
            && parameters.scenarios[c].volatility.isSkew)
      }.map { SignChoice(scenario: $0, expiry: e) }
    }
  }

  /// - Parameter decisions: for each choice 0 for the factor of gains, 1 for that of debts.
  fileprivate func floor(
    _ level: MarginLevel, choices: [SignChoice], deciding decisions: MarginFloor.Decisions,
    lower: [Double], upper: [Double]
  ) -> ConvexFunction {
    let decided = Dictionary(uniqueKeysWithValues: zip(choices, decisions))
    return requirement(level, confidence: { $0.certain }) { c, e in
      lowerSides(
        c, e, decision: decided[SignChoice(scenario: c, expiry: e)] ?? nil, lower: lower,
        upper: upper)
    }
  }

  /// Convex functions whose largest is not above the loss of an expiry in a scenario.
  private func lowerSides(
    _ c: Int, _ e: Int, decision: Int?, lower: [Double], upper: [Double]
  ) -> [ConvexFunction] {
    let values = book.expiries[e]
    let (gain, debt) = (values.positiveFactor, values.negativeFactor)
    let factor = decision.map { $0 == 0 ? gain : debt }
    let isSkew = parameters.scenarios[c].volatility.isSkew
    let isConvex = gain <= debt
    var sides = isConvex ? [gain, debt].map { side(1, $0, c, e) } : []
    if isSkew && (!isConvex || gain == debt) {
      sides += [gain, debt].map { side(-1, $0, c, e) }
    }
    guard gain != debt, isSkew || !isConvex else { return sides }
    let sign = isConvex ? -1.0 : 1
    sides.append(
      factor.map { side(sign, $0, c, e) }
        ?? .affine(chord(sign, c, e, lower: lower, upper: upper)))
    return sides
  }

  /// sign · (V − W) with W, of which −sign · W is concave, replaced by its chord over the range of Y.
  private func chord(
    _ sign: Double, _ c: Int, _ e: Int, lower: [Double], upper: [Double]
  ) -> AffineFunction {
    let values = book.expiries[e]
    let range = linear(e) { values.shocked[c][$0] }.range(lower: lower, upper: upper)
    let ends = [range.lowerBound, range.upperBound].map { values.factor(for: $0) * $0 }
    let width = range.upperBound - range.lowerBound
    let slope = width > 0 ? (ends[1] - ends[0]) / width : 0
    let value = linear(e) { values.marks[$0] - slope * values.shocked[c][$0] }
    return sign * (value + (slope * range.lowerBound - ends[0]))
  }
}
