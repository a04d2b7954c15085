import Margin
import QuadraticProgramming

/// The search for trades of least margin by a rule M that is not convex.
///
/// Model k is the methodology's convex face fₖ at the book after the trades xₖ found so far. It is never
/// below the rule. Where it touches the rule there, M(xₖ) = fₖ(xₖ), its minimizer xₖ₊₁ has
///
///     M(xₖ₊₁) ≤ fₖ(xₖ₊₁) ≤ fₖ(xₖ) = M(xₖ),
///
/// so that margin falls until the model has nothing better than the plan that it is made at: majorization
/// and minimization (D. Hunter, K. Lange, "A tutorial on MM algorithms", 2004). Where it does not touch, the
/// model is fₖ with an affine correction that gives it the rule's value and slopes at xₖ, and is trusted
/// within a part of every trade's box, which shrinks where the rule disappoints (A. Conn, N. Gould,
/// P. Toint, Trust-Region Methods, 2000). Every step is taken by the exact rule's word alone.
struct SuccessiveModels {
  let problem: HedgeProblem
  let judge: ExactJudge
  let settings: HedgeProblem.Settings
  let clock: Stopwatch
  let deadline: Double

  /// A model with its solution.
  struct Step {
    var margin: MarginFunction
    var measures: MeasureTable
    var answer: EpigraphProgram.Answer
    var trades: [Double]
  }

  /// The best trades found, and the last model that was made at them.
  struct Result {
    var verdict: ExactJudge.Verdict
    /// The last model that led to trades, or that touches the rule at them; nil where there was none.
    var last: Step?
    /// Whether the last model touches the rule at the trades, so that its bound says that it has none better.
    var touches = false
    var models = 0
    var rounds = 0
    var iterations = 0
    var solveSeconds = 0.0

    mutating func count(_ other: Result) {
      last = other.last ?? last
      touches = other.touches
      models += other.models
      rounds += other.rounds
      iterations += other.iterations
      solveSeconds += other.solveSeconds
    }

    mutating func count(_ step: Step) {
      models += 1
      rounds += step.answer.rounds
      iterations += step.answer.iterations
      solveSeconds += step.answer.solveSeconds
    }
  }

  init(
    _ problem: HedgeProblem, measures: MeasureTable, settings: HedgeProblem.Settings,
    clock: Stopwatch
  ) {
    self.problem = problem
    self.settings = settings
    self.clock = clock
    judge = ExactJudge(problem, measures: measures)
    deadline = min(settings.timeLimit, clock.seconds + settings.searchTimeLimit)
  }

  /// From trades on, for as long as the exact objective falls.
  ///
  /// - Parameter start: trades that may break limits by no more than they are allowed to.
  func run(
    from start: ExactJudge.Verdict, observe: (HedgeProblem.Progress) -> Void
  ) throws -> Result {
    var result = Result(verdict: start)
    var radius = 1.0
    while result.models < settings.modelLimit - 1 && clock.seconds < deadline {
      let (model, touches) = try model(at: result.verdict)
      if !touches && result.models == 0 { radius = Self.firstRadius }
      guard let step = try solve(model, around: result.verdict.trades, radius: radius) else {
        return result
      }
      result.count(step)
      if let verdict = try? judge.verdict(on: step.trades), verdict.isAdmissible(beside: start),
        verdict.objective < result.verdict.objective - Self.progress * result.verdict.scale
      {
        observe(
          .init(round: result.models, bound: step.answer.bound, violation: verdict.violation))
        result.verdict = verdict
        result.last = step
        radius = min(1, 2 * radius)
      } else if touches {
        (result.last, result.touches) = (step, true)
        return result
      } else {
        radius /= 4
        if radius < Self.leastRadius { return result }
      }
    }
    return result
  }

  /// The share of its box within which a corrected model is first trusted for a trade, and the least.
  private static let firstRadius = 0.25
  private static let leastRadius = 1e-3
  /// The relative decrease that counts as one.
  static let progress = 1e-8

  /// The convex model of the margin at the book after trades, and whether it touches the rule without a
  /// correction.
  func model(at here: ExactJudge.Verdict) throws -> (MarginFunction, touches: Bool) {
    let x = here.trades
    var face = try problem.methodology.marginFunction(
      problem.level, trading: problem.instruments, on: judge.portfolio(after: x),
      in: problem.market
    ).translated(to: x)
    let excess = face.function.value(at: x) - here.margin
    if excess <= 1e-9 * max(1, abs(here.margin)) { return (face, true) }
    let correction = try correction(of: face.function, at: x, excess: excess)
    face.function = .sum([face.function, .affine(correction)])
    return (face, false)
  }

  /// The affine function by which the rule and a face differ at trades: by central differences.
  private func correction(
    of face: ConvexFunction, at x: [Double], excess: Double
  ) throws -> AffineFunction {
    let sizes = try boxSizes()
    var slope = [Double](repeating: 0, count: x.count)
    for i in x.indices where sizes[i] > 0 {
      let h = 1e-4 * sizes[i]
      func difference(_ offset: Double) throws -> Double {
        var moved = x
        moved[i] += offset
        return try judge.margin(at: moved) - face.value(at: moved)
      }
      slope[i] = try (difference(h) - difference(-h)) / (2 * h)
    }
    return AffineFunction(slope, constant: -excess - zip(slope, x).reduce(0) { $0 + $1.0 * $1.1 })
  }

  private func boxSizes() throws -> [Double] {
    let boxes = try EpigraphProgram(boxesOf: problem, measures: judge.measures)
    return zip(boxes.tradeLower, boxes.tradeUpper).map { $1 - $0 }
  }

  /// The best trades by a model within a share of every box around trades; nil where it has none.
  func solve(
    _ margin: MarginFunction, around x: [Double], radius: Double
  ) throws -> Step? {
    let measures = judge.measures.with(margin: margin)
    var program = try EpigraphProgram(problem, measures: measures, margin: margin)
    program.addLimits(of: problem, measures: measures)
    // Inward by more than the solver's tolerance: what margin is limited to is not exceeded.
    for (k, limit) in problem.limits.enumerated() where limit.measure.isOfMargin {
      program.setUpper(ofLimit: k) { $0 - 1e-8 * max(1, abs($0)) }
    }
    if radius < 1 {
      program.confineTrades(
        to: x.indices.map { i in
          let reach = radius * (program.tradeUpper[i] - program.tradeLower[i])
          return (x[i] - reach)...(x[i] + reach)
        })
    }
    let answer = try program.solve(settings, clock: clock, observe: { _ in })
    guard answer.primalResidual < 1e-6 else { return nil }
    return Step(
      margin: margin, measures: measures, answer: answer,
      trades: answer.program.cleanTrades(in: answer.variables))
  }
}

extension ExactJudge.Verdict {
  /// What a decrease of the objective is relative to.
  fileprivate var scale: Double { max(1, abs(objective)) }
}
