import MarginOptimization
import Workloads

extension RatioSuite {
  /// The pairing of least margin, proven, against the greedy one of the same legs; liquidation
  /// prices over five brackets against the closed form of one.
  static var strategies: RatioSuite {
    RatioSuite(section: "strategies") {
      try [12, 24, 48, 96].map(pairing) + [liquidation()]
    }
  }
}

/// Legs that `Peers/strategy_peers.py` makes alike: strikes, rights, quantities by residues.
private func legs(_ count: Int) -> [StrategyLeg] {
  (0..<count).map { (k: Int) -> StrategyLeg in
    let right: Instrument.Right = k % 2 == 0 ? .call : .put
    let strike: Double = 75 + 5 * Double((7 * k) % 11) + Double(k / 22)
    let sign: Int = (k / 2 + k / 7) % 2 == 0 ? 1 : -1
    let price: Double = max(0, right.sign * (100 - strike)) + 0.5 + 0.1 * Double((3 * k) % 17)
    let expiry = Timestamp(secondsSince1970: 1e6 * Double(1 + k % 3 / 2))
    return StrategyLeg(
      "\(k)", .option(right, strike: strike, expiry: expiry),
      quantity: sign * (1 + (5 * k) % 9), price: price)
  }
}

private func pairing(_ count: Int) throws -> Comparison {
  var profile = try StrategyMarginProfile.regulationT()
  profile.multiplier = 1
  let margin = StrategyMargin(profile: profile)
  let legs = legs(count)
  let found = try margin.pairing(.initial, of: legs, on: "XYZ", price: 100)
  return Comparison(
    name: "strategy pairing, \(count) legs", peerName: "its legs' own requirements",
    ours: {
      if let pairing = try? margin.pairing(.initial, of: legs, on: "XYZ", price: 100) {
        keep(pairing.requirement)
      }
    },
    peer: {
      for leg in legs {
        if let alone = try? margin.pairing(.initial, of: [leg], on: "XYZ", price: 100) {
          keep(alone.requirement)
        }
      }
    },
    note: { _ in
      "requirement \(found.requirement), greedy \(found.greedyRequirement), alone "
        + "\(found.unpairedRequirement), \(found.nodes) nodes, proven \(found.isOptimal)"
    })
}

private func liquidation() throws -> Comparison {
  let tiers = (0..<5).map { (k: Int) -> LeverageTier in
    let step = Double(k + 1)
    return LeverageTier(
      floor: 200_000 * Double(k), maintenanceRate: 0.005 * step, maximumLeverage: 100 / step)
  }
  guard let brackets = LeverageBrackets(tiers) else { throw MarketError.file("tiers", reason: "") }
  let positions = (0..<1_000).map { (k: Int) -> LeveragedPosition in
    let settlement: Instrument.Settlement = k % 2 == 0 ? .linear : .inverse
    let sign: Double = k % 4 < 2 ? 1 : -1
    return LeveragedPosition(
      settlement, quantity: sign * Double(1 + k), entryPrice: 100 + Double(k))
  }
  let entries = positions.map { $0.notional(at: $0.entryPrice) }
  return Comparison(
    name: "1,000 liquidation prices", peerName: "the closed form of one rate",
    ours: {
      var sum = 0.0
      for (position, entry) in zip(positions, entries) {
        sum +=
          position.liquidationPrice(margin: 0.1 * entry, brackets: brackets, feeRate: 0.001).price
          ?? 0
      }
      keep(sum)
    },
    peer: {
      var sum = 0.0
      for (position, entry) in zip(positions, entries) {
        let sign: Double = position.isLong ? 1 : -1
        switch position.settlement {
        case .linear:
          sum +=
            (entry - sign * 0.1 * entry) / (abs(position.quantity) * (1 - sign * 0.006))
        case .inverse:
          sum += abs(position.quantity) * (1 + sign * 0.006) / (entry + sign * 0.1 * entry)
        }
      }
      keep(sum)
    })
}
