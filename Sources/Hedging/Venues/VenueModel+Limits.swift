import Margin

extension VenueModel {
  /// A limit of a venue or of all of them together.
  struct Stated {
    enum Kind {
      /// A limit of a venue's own, or of the books together (venue nil).
      case measure(RiskLimit, venue: Int?)
      /// Margin with its buffer, and the cost of trades, are covered by the collateral.
      case covered(Int)
      /// The collateral after the transfers.
      case collateral(Int)
      /// What is moved out of a position on several ways.
      case moved(AffineFunction)
    }

    var kind: Kind
    var name: String
    var unit: String
    var lower: Double
    var upper: Double
  }

  /// All limits, in the order of their rows.
  var stated: [Stated] {
    var limits: [Stated] = []
    let all = problem.venues.reduce(0) { $0 + ($1.collateral ?? 0) }
    for (v, side) in sides.enumerated() {
      limits += side.hedge.limits.map {
        Stated(
          kind: .measure($0, venue: v), name: "\(side.venue.name): \($0.name)", unit: $0.unit,
          lower: $0.lower, upper: $0.upper)
      }
      limits += movedOut(of: v).map {
        Stated(
          kind: .moved($0.moved), name: "\(side.venue.name): \($0.instrument.name) moved out",
          unit: $0.instrument.underlying, lower: min(0, $0.held), upper: max(0, $0.held))
      }
      guard let collateral = side.venue.collateral else { continue }
      limits.append(
        Stated(
          kind: .covered(v), name: "\(side.venue.name): margin that the collateral must cover",
          unit: "USD", lower: -.infinity, upper: collateral))
      let cap = min(side.venue.collateralCap, side.venue.collateralShare * all)
      if !side.collateral.indices.isEmpty || cap < collateral {
        limits.append(
          Stated(
            kind: .collateral(v), name: "\(side.venue.name): collateral", unit: "USD", lower: 0,
            upper: cap < all ? cap : .infinity))
      }
    }
    return limits
      + problem.limits.map {
        Stated(
          kind: .measure($0, venue: nil), name: $0.name, unit: $0.unit, lower: $0.lower,
          upper: $0.upper)
      }
  }

  /// The program with its margins but without limits, and the linear forms of the margins.
  func program(
    of faces: [MarginFunction], costWeight: Double
  ) -> (program: EpigraphProgram, margins: [LinearExpression]) {
    var program = boxes
    let margins = faces.map { program.epigraph(of: $0.function) }
    for margin in margins { program.addToObjective(margin) }
    program.addToObjective(costExpression(), times: costWeight)
    for face in faces { program.addDomain(face) }
    return (program, margins)
  }

  /// The variables in their boxes.
  var boxes: EpigraphProgram {
    EpigraphProgram(
      maximumBuy: variables.map(\.upper), maximumSell: variables.map { 0 - $0.lower })
  }

  /// What a limit limits, over the variables of a program.
  func expression(
    of limit: Stated, margins: [LinearExpression], in program: inout EpigraphProgram
  ) -> LinearExpression {
    switch limit.kind {
    case .measure(let own, let venue):
      var expression = LinearExpression()
      if own.measure.isOfMargin {
        for v in margins.indices where venue == nil || venue == v { expression.add(margins[v]) }
      } else if let f = function(of: own, at: venue) {
        expression.add(program.epigraph(of: f))
      }
      if own.measure.countsCost {
        expression.add(costExpression(at: venue))
      }
      return expression
    case .covered(let v):
      var expression = costExpression(at: v)
      expression.add(margins[v], times: 1 + sides[v].venue.buffer)
      expression.add(program.linear(sides[v].collateral), times: -1)
      expression.constant += sides[v].venue.collateral ?? 0
      return expression
    case .collateral(let v): return program.linear(sides[v].collateral)
    case .moved(let moved): return program.linear(moved)
    }
  }

  /// A measure that is neither margin nor cost, over the variables.
  private func function(of limit: RiskLimit, at venue: Int?) -> ConvexFunction? {
    guard let venue else { return total.function(of: limit)?.substituting(traded) }
    let side = sides[venue]
    // A position that is moved costs no premium.
    return side.measures.function(of: limit)?
      .substituting(limit.measure == .premium ? side.traded : side.held)
  }

  /// The value of a limited measure after decisions, margins by the exact rules.
  func value(of limit: Stated, at x: [Double], margins: [Double]) -> Double {
    switch limit.kind {
    case .measure(let own, let venue):
      let cost = own.measure.countsCost ? cost(of: x, at: venue) : 0
      if own.measure.isOfMargin {
        return cost + (venue.map { margins[$0] } ?? margins.reduce(0, +))
      }
      return cost + (function(of: own, at: venue)?.value(at: x) ?? 0)
    case .covered(let v):
      let side = sides[v]
      return (1 + side.venue.buffer) * margins[v] + cost(of: x, at: v)
        - (side.collateral.value(at: x) - (side.venue.collateral ?? 0))
    case .collateral(let v): return sides[v].collateral.value(at: x)
    case .moved(let moved): return moved.value(at: x)
    }
  }
}
