public import Pricing
public import Simulation

/// Margin by historical scenarios, filtered or not, with what regulators want against procyclicality and
/// with add-ons.
///
/// With R the expected shortfall or value at risk over the liquidation period, never below zero,
///
///     M = max((1 + b) ((1 − w) R(current) + w R(stressed)), R(long look-back)),
///
/// b the buffer and w the weight of the stressed period (Delegated Regulation (EU) 153/2013, Article
/// 28(1)); the counterparty's multiplier scales it, and the add-ons for concentration, liquidity and jumps
/// come on top. Filtered scenarios are those of `FilteredHistoricalSimulation`.
///
/// An expected shortfall is convex in positions, and so is everything made of it here: the convex face is
/// exact. Value at risk is bounded by the expected shortfall at the same confidence.
public struct HistoricalMargin: ConvexMarginMethodology {
  public var profile: HistoricalMarginProfile
  /// Scenarios at the present volatility.
  public var current: ScenarioSet
  /// Scenarios of a stressed period; needed where the profile gives them weight.
  public var stressed: ScenarioSet?
  /// Unweighted scenarios of a long look-back; needed where the profile has a floor.
  public var lookback: ScenarioSet?
  /// The class of the account in the profile's multipliers; nil for none.
  public var counterpartyClass: String?
  /// The share of the buffer that is in place, from 0, used up, to 1: see ``MarginBuffer``.
  public var bufferShare: Double

  public init(
    profile: HistoricalMarginProfile, current: ScenarioSet, stressed: ScenarioSet? = nil,
    lookback: ScenarioSet? = nil, counterpartyClass: String? = nil, bufferShare: Double = 1
  ) {
    self.profile = profile
    self.current = current
    self.stressed = stressed
    self.lookback = lookback
    self.counterpartyClass = counterpartyClass
    self.bufferShare = bufferShare
  }

  public var name: String { profile.name }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    let plan = try Plan(self)
    let risks = try plan.sets.map { set in
      MarginRequirement(
        set.name, .maximum,
        of: [
          MarginRequirement(
            "\(measureName) over \(set.scenarios.count) scenarios",
            set.scale * (try risk(of: portfolio, over: set.scenarios, in: market))),
          MarginRequirement("no loss", 0),
        ])
    }
    let blend = MarginRequirement(
      "blend with the stressed period", .sum,
      of: plan.blend.map { MarginRequirement(plan.sets[$0].name, .scaled(by: $1), of: [risks[$0]]) }
    )
    let buffered = MarginRequirement("with buffer", .scaled(by: plan.bufferFactor), of: [blend])
    let floored = MarginRequirement(
      "at least the floor", .maximum, of: [buffered] + (plan.floor.map { [risks[$0]] } ?? []))
    let core = MarginRequirement(
      "market risk of the counterparty", .scaled(by: plan.multiplier), of: [floored])
    let addOns = try addOns(to: portfolio, trading: [], in: market).map { addOn in
      MarginRequirement(
        addOn.name, .sum,
        of: addOn.parts.map { MarginRequirement($0.name, $0.function.value(at: [])) })
    }
    return MarginRequirement(
      "\(name): \(level.rawValue) margin", .scaled(by: factor(level)), of: [core] + addOns)
  }

  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    let plan = try Plan(self)
    let risks = try plan.sets.map { set in
      let shortfall = try ExpectedShortfallFunction(
        of: portfolio, trading: instruments, in: set.scenarios, market: market,
        confidence: profile.confidence)
      return ConvexFunction.scaled(set.scale, .positivePart(.expectedShortfall(shortfall)))
    }
    let blend = ConvexFunction.sum(plan.blend.map { .scaled($1, risks[$0]) })
    let floored = ConvexFunction.maximum(
      [.scaled(plan.bufferFactor, blend)] + (plan.floor.map { [risks[$0]] } ?? []))
    let addOns = try addOns(to: portfolio, trading: instruments, in: market)
      .flatMap(\.parts).map(\.function)
    return MarginFunction(
      .scaled(factor(level), .sum([.scaled(plan.multiplier, floored)] + addOns)),
      relation: profile.measure == .expectedShortfall
        ? .exact
        : .upperBound(
          reason: "the value at risk is bounded by the expected shortfall at its confidence"))
  }

  private func factor(_ level: MarginLevel) -> Double {
    level == .initial ? 1 : profile.maintenanceFactor
  }

  private var measureName: String {
    profile.measure == .expectedShortfall ? "expected shortfall" : "value at risk"
  }

  private func risk(
    of portfolio: Portfolio, over scenarios: ScenarioSet, in market: Market
  ) throws -> Double {
    let function = try ExpectedShortfallFunction(
      of: portfolio, trading: [], in: scenarios, market: market, confidence: profile.confidence)
    switch profile.measure {
    case .expectedShortfall: return function.value(at: [])
    case .valueAtRisk:
      return try LossDistribution(losses: function.losses(at: []), weights: function.weights)
        .valueAtRisk(profile.confidence)
    }
  }
}

extension HistoricalMargin {
  /// What the profile asks for, checked against what there is.
  struct Plan {
    /// The scenario sets that enter, with what their losses are scaled by.
    private(set) var sets: [(name: String, scenarios: ScenarioSet, scale: Double)] = []
    /// Indices of sets with their weights.
    private(set) var blend: [(Int, Double)] = []
    private(set) var floor: Int?
    let bufferFactor: Double
    let multiplier: Double

    init(_ margin: HistoricalMargin) throws(MarginError) {
      let profile = margin.profile
      try profile.requireNoFault()
      guard (0...1).contains(margin.bufferShare) else {
        throw .outOfRange("the share of the buffer", value: margin.bufferShare, allowed: 0...1)
      }
      let rule = profile.antiProcyclicality
      bufferFactor = 1 + (rule?.buffer ?? 0) * margin.bufferShare
      if let name = margin.counterpartyClass {
        guard let found = profile.counterpartyMultipliers?[name] else {
          let known = (profile.counterpartyMultipliers ?? [:]).keys.sorted()
          throw .profile(
            profile.name, field: "counterpartyMultipliers.\(name)",
            reason: "is missing (there are \(known.joined(separator: ", ")))")
        }
        multiplier = found
      } else {
        multiplier = 1
      }
      let weight = rule?.stressedWeight ?? 0
      blend.append((try add("current scenarios", margin.current, profile), 1 - weight))
      if weight > 0 {
        guard let stressed = margin.stressed else {
          throw .profile(
            profile.name, field: "antiProcyclicality.stressedWeight",
            reason: "needs scenarios of a stressed period, and there are none")
        }
        blend.append((try add("stressed scenarios", stressed, profile), weight))
      }
      if rule?.floor == true {
        guard let lookback = margin.lookback else {
          throw .profile(
            profile.name, field: "antiProcyclicality.floor",
            reason: "needs scenarios of a long look-back, and there are none")
        }
        floor = try add("long look-back", lookback, profile)
      }
    }

    private mutating func add(
      _ name: String, _ scenarios: ScenarioSet, _ profile: HistoricalMarginProfile
    ) throws(MarginError) -> Int {
      let days = scenarios.horizon * 365
      let scale: Double
      switch profile.scaling {
      case .none:
        let days = profile.liquidationDays
        guard abs(scenarios.horizon * 365 - days) <= 1e-6 * days else {
          throw .outOfRange(
            "the days that the \(name) span", value: scenarios.horizon * 365, allowed: days...days)
        }
        scale = 1
      case .squareRootOfTime:
        guard days > 0 else {
          throw .outOfRange("the days that the \(name) span", value: days, allowed: 1e-6...1e6)
        }
        scale = (profile.liquidationDays / days).squareRoot()
      }
      sets.append((name, scenarios, scale))
      return sets.count - 1
    }
  }
}
