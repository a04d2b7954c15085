import Foundation
import MarginOptimization
import Workloads

extension RatioSuite {
  /// Whole books through functions of move and level, and simulations whose parts merge exactly.
  static var bookRevaluation: RatioSuite {
    RatioSuite(section: "revaluation") {
      try books() + venueBook() + simulations()
    }
  }
}

/// Full revaluation is run on this part of the scenarios, and its time multiplied in the notes.
private let part = 50

private func books() throws -> [Comparison] {
  let workload = try ThousandOptions()
  return try [false, true].flatMap { movesLevels -> [Comparison] in
    let scenarios = try workload.scenarios(count: 1_000_000, movesLevels: movesLevels)
    return try comparisons(
      "1000 x 1M, \(movesLevels ? "spot and vol" : "spot")", workload.portfolio, workload.market,
      scenarios)
  }
}

/// The options on bitcoin of a real chain, where `MARGINOPT_REFERENCE_DATA` names the folder that has it:
/// signs by chance, a day ahead, moves to ±30 %, levels to ±40 %.
private func venueBook() throws -> [Comparison] {
  guard let folder = ProcessInfo.processInfo.environment["MARGINOPT_REFERENCE_DATA"] else {
    return []
  }
  let market = try Market(
    chain: URL(filePath: folder).appending(path: "data/deribit_chain_latest.csv"))
  let options = market.quotes.filter {
    $0.instrument.underlying == "BTC" && $0.instrument.isOption && $0.volatility != nil
  }
  let signs = RandomStream(seed: 5).uniforms(path: 0, count: options.count)
  let portfolio = Portfolio(
    zip(options, signs).map { Position(($1 < 0.5 ? -1 : 1) * $0.openInterest, $0.instrument) })
  let count = 1_000_000
  let u = RandomStream(seed: 3).uniforms(path: 0, count: 2 * count)
  let spot = Matrix(rows: count, columns: 1, elements: u[..<count].map { 0.6 * $0 - 0.3 })
  let level = Matrix(rows: count, columns: 1, elements: u[count...].map { 0.8 * $0 - 0.4 })
  let venueTerm = VolatilityTerm(shortPower: 0.3, longPower: 0.13)
  let cases: [(String, Matrix?, VolatilityTerm)] = [
    ("spot", nil, .parallel), ("spot and vol", level, .parallel),
    ("spot and scaled vol", level, venueTerm),
  ]
  return try cases.flatMap { name, levels, term in
    try comparisons(
      "Deribit 1M, \(name)", portfolio, market,
      ScenarioSet(
        underlyings: ["BTC"], spotReturns: spot, volatilityReturns: levels, volatilityTerm: term,
        horizon: 1.0 / 365))
  }
}

/// A book from its positions to its losses, collapsing, building and checking included.
private func comparisons(
  _ name: String, _ portfolio: Portfolio, _ market: Market, _ scenarios: ScenarioSet
) throws -> [Comparison] {
  let (ours, full) = (ProxyRevaluation(), try CollapsedBook(portfolio, in: market))
  let some = scenarios.count / part
  func first(_ matrix: Matrix) -> Matrix {
    Matrix(rows: some, columns: 1, elements: Array(matrix.elements[..<some]))
  }
  let few = try ScenarioSet(
    underlyings: scenarios.underlyings, spotReturns: first(scenarios.spotReturns),
    volatilityReturns: scenarios.volatilityReturns.map(first),
    volatilityTerm: scenarios.volatilityTerm, horizon: scenarios.horizon)
  let result = try ours.losses(of: full, in: scenarios)
  let exact = try full.losses(in: few).losses
  let error = zip(result.losses.losses, exact).reduce(0) { max($0, abs($1.0 - $1.1)) }
  let scale = result.certificate.largestLoss
  let other = Scratch(scenarios.count)
  let revalue = {
    if let book = try? CollapsedBook(portfolio, in: market),
      let result = try? ours.losses(of: book, in: scenarios)
    {
      keep(result.losses.count)
    }
  }
  return [
    Comparison(
      name: name, peerName: "full revaluation of 1/\(part)", ours: revalue,
      peer: { if let losses = try? full.losses(in: few) { keep(losses.count) } },
      note: { m in
        String(
          format: "%.5f of full revaluation; %d options left; of the largest loss: bound %.1e, "
            + "seen in 1/%d of the scenarios %.1e", m.ratio / Double(part), full.optionCount,
          result.certificate.relativeErrorBound, part, error / scale)
      }),
    Comparison(
      name: name, peerName: "memcpy of its losses", ours: revalue,
      peer: { other.start.update(from: result.losses.losses, count: scenarios.count) }),
  ]
}

private func simulations() throws -> [Comparison] {
  let workload = try ThousandOptions()
  let count = 1_000_000
  let model = try ThousandOptions.model
  let simulation = try LossSimulation(
    model: model, book: CollapsedBook(workload.portfolio, in: workload.market),
    horizon: 1.0 / 365, seed: 1,
    tailCapacity: LossSimulation.tailCapacity(confidence: 0.99, paths: count))
  let parts = try (0..<4).map {
    try simulation.losses(paths: ($0 * count / 4)..<(($0 + 1) * count / 4))
  }
  let one = try simulation.losses(paths: 0..<count)
  let isSame = try PartialLosses.merged(parts) == one
  var losses = try simulation.pathLosses(paths: 0..<count)
  return [
    Comparison(
      name: "simulation of 1M paths", peerName: "its scenarios alone",
      ours: { if let part = try? simulation.losses(paths: 0..<count) { keep(part.count) } },
      peer: {
        if let set = try? model.scenarios(count: count, horizon: 1.0 / 365, seed: 1) {
          keep(set.count)
        }
      }, note: { _ in "four parts merged \(isSame ? "have the same bits" : "DIFFER")" }),
    Comparison(
      name: "exact moments of 1M", peerName: "plain sums",
      ours: {
        var moments = ExactMoments()
        moments.add(losses)
        keep(moments.variance)
      },
      peer: {
        var (sum, squares) = (0.0, 0.0)
        losses.withUnsafeMutableBufferPointer {
          for x in $0 { (sum, squares) = (sum + x, squares + x * x) }
        }
        keep(squares - sum * sum)
      }),
    Comparison(
      name: "merging of 4 parts", peerName: "memcpy of their tails",
      ours: { if let whole = try? PartialLosses.merged(parts) { keep(whole.count) } },
      peer: { keep(parts.map { $0.tail.losses + [] }.count) }),
  ]
}
