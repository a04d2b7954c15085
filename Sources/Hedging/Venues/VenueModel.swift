import Margin
import Pricing
import QuadraticProgramming

/// The variables of a hedge over venues, and its functions over them.
///
/// Everything that is decided is a signed quantity with a box and a cost for either direction: what is
/// traded of an instrument at a venue, what is moved of a position, dollars of collateral that are moved. What
/// a venue holds more of an instrument is an affine function of them.
struct VenueModel {
  enum Decision: Hashable {
    case trade(venue: Int, instrument: Instrument)
    case position(from: Int, to: Int, instrument: Instrument)
    case collateral(from: Int, to: Int)
  }

  struct Variable {
    var decision: Decision
    var lower: Double
    var upper: Double
    /// Dollars for each unit up, and for each unit down.
    var costs: (up: Double, down: Double)
  }

  /// A venue with its functions over the variables.
  struct Side {
    var venue: Venue
    /// The venue's problem with whatever can come to it as an instrument.
    var hedge: HedgeProblem
    var measures: MeasureTable
    /// What the venue holds more of each of the problem's instruments; what of it is traded.
    var held: [AffineFunction]
    var traded: [AffineFunction]
    /// Dollars of collateral after the transfers.
    var collateral: AffineFunction
  }

  let problem: VenueHedgeProblem
  private(set) var variables: [Variable] = []
  private(set) var sides: [Side] = []
  private(set) var total: MeasureTable
  /// Of all books together, what is traded of each instrument of the total.
  private(set) var traded: [AffineFunction] = []

  init(_ problem: VenueHedgeProblem) throws {
    try problem.requireSensible()
    self.problem = problem
    total = try MeasureTable(problem.total, margin: MarginFunction(.constant(0)))
    var tables: [(hedge: HedgeProblem, measures: MeasureTable)] = []
    for v in problem.venues.indices { tables.append(try addTrades(at: v)) }
    addTransfers()
    sides = problem.venues.indices.map { v in
      side(v, tables[v].hedge, tables[v].measures)
    }
    traded = problem.total.instruments.map { instrument in
      sum { if case .trade(_, instrument) = $0 { 1 } else { 0 } }
    }
  }

  /// The trades of a venue, each in its box; and its problem with what can be moved to it.
  private mutating func addTrades(at v: Int) throws -> (HedgeProblem, MeasureTable) {
    var hedge = problem.venues[v].hedge
    hedge.market = problem.market
    let tradable = hedge.instruments
    for transfer in problem.positionTransfers {
      for instrument in movable(by: transfer).map(\.instrument)
      where [transfer.from, transfer.to].contains(problem.venues[v].name)
        && !hedge.instruments.contains(instrument)
      {
        hedge.instruments.append(instrument)
        hedge.tradeSizes[instrument.name] = 0
      }
    }
    let measures = try MeasureTable(hedge, margin: MarginFunction(.constant(0)))
    let boxes = try EpigraphProgram(boxesOf: hedge, measures: measures)
    for (i, instrument) in tradable.enumerated() {
      variables.append(
        Variable(
          decision: .trade(venue: v, instrument: instrument), lower: boxes.tradeLower[i],
          upper: boxes.tradeUpper[i],
          costs: (measures.prices[i].cost(of: 1), measures.prices[i].cost(of: -1))))
    }
    return (hedge, measures)
  }

  private func movable(by transfer: PositionTransfer) -> [Position] {
    problem.venues.first { $0.name == transfer.from }?.hedge.portfolio.positions.filter {
      transfer.instruments?.contains($0.instrument) ?? true
    } ?? []
  }

  private func index(of name: String) -> Int {
    problem.venues.firstIndex { $0.name == name } ?? 0
  }

  private mutating func addTransfers() {
    for transfer in problem.positionTransfers {
      for position in movable(by: transfer) {
        variables.append(
          Variable(
            decision: .position(
              from: index(of: transfer.from), to: index(of: transfer.to),
              instrument: position.instrument),
            lower: min(0, position.quantity), upper: max(0, position.quantity),
            costs: (transfer.costPerCoin, transfer.costPerCoin)))
      }
    }
    for transfer in problem.collateralTransfers {
      let from = index(of: transfer.from)
      // What comes in may go out again, so that the box is of all that there is.
      let all = problem.venues.reduce(0) { $0 + ($1.collateral ?? 0) }
      variables.append(
        Variable(
          decision: .collateral(from: from, to: index(of: transfer.to)), lower: 0,
          upper: min(transfer.limit, all), costs: (transfer.costRate, 0)))
    }
  }

  /// Σ weight · variable.
  private func sum(_ weight: (Decision) -> Double) -> AffineFunction {
    AffineFunction(variables.map { weight($0.decision) })
  }

  private func side(_ v: Int, _ hedge: HedgeProblem, _ measures: MeasureTable) -> Side {
    func flow(_ from: Int, _ to: Int) -> Double { (to == v ? 1 : 0) - (from == v ? 1 : 0) }
    return Side(
      venue: problem.venues[v], hedge: hedge, measures: measures,
      held: hedge.instruments.map { instrument in
        sum {
          switch $0 {
          case .trade(v, instrument): 1
          case .position(let from, let to, instrument): flow(from, to)
          default: 0
          }
        }
      },
      traded: hedge.instruments.map { instrument in
        sum { $0 == .trade(venue: v, instrument: instrument) ? 1 : 0 }
      },
      collateral: sum {
        if case .collateral(let from, let to) = $0 { flow(from, to) } else { 0 }
      } + (problem.venues[v].collateral ?? 0))
  }

  /// Instruments that may leave a venue on several ways, with what is moved out and what is held: together
  /// the ways move no more than that.
  func movedOut(of v: Int) -> [(instrument: Instrument, moved: AffineFunction, held: Double)] {
    problem.venues[v].hedge.portfolio.positions.compactMap { position in
      let moved = sum {
        if case .position(v, _, position.instrument) = $0 { 1 } else { 0 }
      }
      return moved.indices.count > 1 ? (position.instrument, moved, position.quantity) : nil
    }
  }

  /// Dollars that decisions cost: what one venue pays for its trades and for what is moved out of it, or all.
  func cost(of x: [Double], at venue: Int? = nil) -> Double {
    zip(variables, x).reduce(0) { sum, term in
      guard venue == nil || Self.payer(of: term.0) == venue else { return sum }
      return sum + (term.1 > 0 ? term.0.costs.up * term.1 : -term.0.costs.down * term.1)
    }
  }

  /// The same in the variables of a program.
  func costExpression(at venue: Int? = nil) -> LinearExpression {
    var cost = LinearExpression()
    for (k, variable) in variables.enumerated()
    where venue == nil || Self.payer(of: variable) == venue {
      cost.add(variable.costs.up, k)
      cost.add(variable.costs.down, variables.count + k)
    }
    return cost
  }

  /// The venue that pays for a decision: where the trade is, or what is moved comes from.
  private static func payer(of variable: Variable) -> Int {
    switch variable.decision {
    case .trade(let venue, _): venue
    case .position(let from, _, _), .collateral(let from, _): from
    }
  }

  /// What a venue holds after decisions.
  func portfolio(of v: Int, after x: [Double]) -> Portfolio {
    let side = sides[v]
    return side.hedge.portfolio.adding(
      zip(side.hedge.instruments, side.held).compactMap { instrument, held in
        let quantity = held.value(at: x)
        return quantity == 0 ? nil : Position(quantity, instrument)
      })
  }

  /// The exact margin of a venue after decisions, in dollars.
  func margin(of v: Int, after x: [Double]) throws -> MarginRequirement {
    let hedge = sides[v].hedge
    return try hedge.methodology.margin(
      hedge.level, on: portfolio(of: v, after: x), in: problem.market)
  }

  /// The convex face of a venue's rule at its book after decisions, over the variables.
  func face(of v: Int, at x: [Double]) throws -> MarginFunction {
    let side = sides[v]
    let origin = side.held.map { $0.value(at: x) }
    return try side.hedge.methodology.marginFunction(
      side.hedge.level, trading: side.hedge.instruments, on: portfolio(of: v, after: x),
      in: problem.market
    ).translated(to: origin).substituting(side.held)
  }
}
