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
    if gain <= debt {
      var sides = (gain < debt ? [gain, debt] : [gain]).map { side(1, $0, c, e) }
      if isSkew {
        if gain == debt {
          sides.append(side(-1, gain, c, e))
        } else if let factor {
          sides.append(side(-1, factor, c, e))
        }
      }
      return sides
    }
    var sides = isSkew ? [gain, debt].map { side(-1, $0, c, e) } : []
    if let factor {
      sides.append(side(1, factor, c, e))
    } else {
      // max(d⁺Y, d⁻Y) lies below its chord over the range of Y.
      let value = linear(e) { values.shocked[c][$0] }
      let range = value.range(lower: lower, upper: upper)
      let (low, high) = (range.lowerBound, range.upperBound)
      let ends = [low, high].map { max(gain * $0, debt * $0) }
      let slope = high > low ? (ends[1] - ends[0]) / (high - low) : 0
      sides.append(
        .affine(
          linear(e) { values.marks[$0] - slope * values.shocked[c][$0] } + (slope * low - ends[0])))
    }
    return sides
  }
}
