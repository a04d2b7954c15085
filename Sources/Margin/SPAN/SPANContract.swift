/// One contract as SPAN sees it: its risk array, its delta, its month.
public struct SPANContract: Sendable, Hashable {
  public var name: String
  /// The contract month, as yyyy-mm; nil for a perpetual.
  public var month: String?
  /// The loss of one contract held long in each scenario, weighted, in dollars.
  public var losses: [Double]
  /// The composite delta of one contract held long.
  public var delta: Double
  /// +1 for a call, −1 for a put, 0 for what is no option.
  public var rightSign: Double
  /// What one option is worth, in dollars; 0 for futures and for options margined like futures.
  public var optionValue: Double

  public init(
    _ name: String, month: String? = nil, losses: [Double], delta: Double, rightSign: Double = 0,
    optionValue: Double = 0
  ) {
    self.name = name
    self.month = month
    self.losses = losses
    self.delta = delta
    self.rightSign = rightSign
    self.optionValue = optionValue
  }
}

/// The SPAN scan of a book in one combined commodity.
public struct SPANScan: Sendable, Hashable {
  /// The loss in each scenario.
  public let losses: [Double]

  /// - Precondition: every contract has one loss for each of `count` scenarios.
  public init(_ holdings: [(contract: SPANContract, quantity: Double)], count: Int) {
    var losses = [Double](repeating: 0, count: count)
    for (contract, quantity) in holdings {
      precondition(
        contract.losses.count == count, "A risk array has one loss for each scenario.")
      losses.withUnsafeMutableBufferPointer { sums in
        contract.losses.withUnsafeBufferPointer { array in
          for s in 0..<count { sums[s] += quantity * array[s] }
        }
      }
    }
    self.losses = losses
  }

  /// The index of the active scenario: the worst, the first of those that tie.
  public var activeScenario: Int {
    losses.indices.reduce(0) { losses[$1] > losses[$0] ? $1 : $0 }
  }

  /// max(0, the worst loss).
  public var scanRisk: Double { max(0, losses[activeScenario]) }

  /// What of the scan risk is due to the price alone: the mean of the active scenario and its volatility
  /// partner, less the mean loss where nothing but volatility moves; never negative.
  public var priceRisk: Double {
    guard scanRisk > 0 else { return 0 }
    let partner = SPANScenario.volatilityPartner(of: activeScenario)
    let timeRisk = (losses[0] + losses[1]) / 2
    return max(0, (losses[activeScenario] + losses[partner]) / 2 - timeRisk)
  }
}
