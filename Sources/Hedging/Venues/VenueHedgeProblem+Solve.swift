import Margin
import Pricing
import QuadraticProgramming

extension VenueHedgeProblem {
  /// The trades and transfers of least margin and cost, with certificate; or the limits that conflict.
  ///
  /// - Throws: `HedgeError`, `MarketError` or `MarginError` where the data do not make sense.
  /// - Complexity: one interior-point solution over about two variables for each instrument at each venue and
  ///   each transfer, for each time that faces are made again.
  public func solve(
    _ settings: HedgeProblem.Settings = .init(),
    observe: (HedgeProblem.Progress) -> Void = { _ in }
  ) throws -> VenueHedgeOutcome {
    let clock = Stopwatch()
    let model = try VenueModel(self)
    if model.variables.allSatisfy({ $0.lower == 0 && $0.upper == 0 }) {
      throw HedgeError.nothingToTrade
    }
    let idle = [Double](repeating: 0, count: model.variables.count)
    var search = VenueSearch(model, settings: settings, clock: clock)
    guard var best = try search.step(from: idle, observe: observe) else {
      return try conflict(model, settings: settings, clock: clock)
    }
    let isExact = best.faces.allSatisfy { $0.relation == .exact }
    while !isExact && search.models < settings.modelLimit && clock.seconds < settings.timeLimit {
      guard let next = try search.step(from: best.decisions, observe: observe) else { break }
      guard
        next.violation <= max(1e-8, best.violation),
        next.objective < best.objective - 1e-8 * max(1, abs(best.objective))
      else {
        // Where the faces touch their rules at the books, their bound says that they have none better.
        if next.touches { (best.answer, best.faces) = (next.answer, next.faces) }
        break
      }
      best = next
    }
    return .plan(try plan(of: best, model: model, models: search.models, seconds: clock.seconds))
  }

  private func conflict(
    _ model: VenueModel, settings: HedgeProblem.Settings, clock: Stopwatch
  ) throws -> VenueHedgeOutcome {
    let idle = [Double](repeating: 0, count: model.variables.count)
    let faces = try model.sides.indices.map { try model.face(of: $0, at: idle) }
    var boxes = model.boxes
    let margins = faces.map { boxes.epigraph(of: $0.function) }
    for face in faces { boxes.addDomain(face) }
    let before = try model.sides.indices.map { try model.margin(of: $0, after: idle).amount }
    var elastic = ElasticProgram(boxes)
    for limit in model.stated {
      elastic.add(
        .init(name: limit.name, unit: limit.unit, lower: limit.lower, upper: limit.upper),
        before: model.value(of: limit, at: idle, margins: before)
      ) { model.expression(of: limit, margins: margins, in: &$0) }
    }
    switch try elastic.conflict(settings, clock: clock) {
    case .infeasible(let conflict): return .infeasible(conflict)
    case .notSolved(let reason): return .notSolved(reason: reason)
    case .plan: return .notSolved(reason: "the limits could not be told apart")
    }
  }
}

/// Decisions found by the venues' convex faces at given books, judged by their exact rules.
struct VenueSearch {
  struct Step {
    var decisions: [Double]
    var answer: EpigraphProgram.Answer
    var faces: [MarginFunction]
    var margins: [Double]
    var objective: Double
    var violation: Double
    /// Whether the faces are equal to the rules at the books that they were made at.
    var touches: Bool
  }

  let model: VenueModel
  let settings: HedgeProblem.Settings
  let clock: Stopwatch
  private let limits: [VenueModel.Stated]
  private(set) var models = 0

  init(_ model: VenueModel, settings: HedgeProblem.Settings, clock: Stopwatch) {
    (self.model, self.settings, self.clock) = (model, settings, clock)
    limits = model.stated
  }

  /// The best decisions by the faces at the books after some; nil where no decisions meet the limits.
  mutating func step(
    from x: [Double], observe: (HedgeProblem.Progress) -> Void
  ) throws -> Step? {
    models += 1
    let venues = model.sides.indices
    let faces = try venues.map { try model.face(of: $0, at: x) }
    let touches = try venues.allSatisfy { v in
      let exact = try model.margin(of: v, after: x).amount
      return faces[v].function.value(at: x) - exact <= 1e-9 * max(1, abs(exact))
    }
    var (program, margins) = model.program(of: faces, costWeight: model.problem.costWeight)
    for (k, limit) in limits.enumerated() {
      let expression = model.expression(of: limit, margins: margins, in: &program)
      program.addRow(
        expression, atLeast: limit.lower, atMost: limit.upper, role: .limit(k))
    }
    let answer = try program.solve(settings, clock: clock, observe: observe)
    guard answer.primalResidual < 1e-6 else { return nil }
    if case .primalInfeasible = answer.status { return nil }
    let decisions = answer.program.cleanTrades(in: answer.variables)
    let exact = try venues.map { try model.margin(of: $0, after: decisions).amount }
    return Step(
      decisions: decisions, answer: answer, faces: faces, margins: exact,
      objective: exact.reduce(0, +) + model.problem.costWeight * model.cost(of: decisions),
      violation: violation(of: decisions, margins: exact), touches: touches)
  }

  private func violation(of x: [Double], margins: [Double]) -> Double {
    limits.reduce(0) { worst, limit in
      let value = model.value(of: limit, at: x, margins: margins)
      let scale = [limit.lower, limit.upper].filter(\.isFinite).reduce(1) { max($0, abs($1)) }
      let broken = max(limit.lower - value, value - limit.upper) / scale
      return broken.isNaN ? .infinity : max(worst, broken)
    }
  }
}
