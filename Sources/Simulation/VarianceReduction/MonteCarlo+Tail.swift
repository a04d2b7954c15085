internal import LinearAlgebra
public import Pricing

extension MonteCarlo {
  /// The P&L of one unit of each instrument over a horizon as a quadratic in the moves of the model's
  /// factors, through differences by one standard deviation of each: what a full revaluation gives there.
  ///
  /// - Parameter horizon: years, positive.
  /// - Throws: what `Revaluation.profitAndLoss` throws.
  /// - Complexity: 1 + 2n + 4u revaluations for n factors of u underlyings.
  public func quadraticProfitAndLoss(
    of instruments: [Instrument], in market: Market, horizon: Double
  ) throws -> [QuadraticProfitAndLoss] {
    let n = covariance.rows
    let step = covariance.diagonal.map { ($0 * horizon).squareRoot() }
    // Only factors of one underlying act together on an instrument.
    let pairs = movesVolatility ? stride(from: 0, to: n, by: 2).map { ($0, $0 + 1) } : []
    typealias Point = [(factor: Int, sign: Double)]
    let singles: [Point] = (0..<n).flatMap { i -> [Point] in [[(i, 1)], [(i, -1)]] }
    let corners: [Point] = pairs.flatMap { i, j -> [Point] in
      [(1, 1), (1, -1), (-1, 1), (-1, -1)].map { [(i, $0.0), (j, $0.1)] }
    }
    let points: [Point] = [[]] + singles + corners
    var moves = Matrix(rows: points.count, columns: n)
    for (row, point) in points.enumerated() {
      for (factor, sign) in point { moves[row, factor] = sign * step[factor] }
    }
    let values = try Revaluation.profitAndLoss(
      of: instruments, in: scenarios(at: moves, horizon: horizon), market: market)
    return instruments.indices.map { k in
      let still = values[0, k]
      var delta = [Double](repeating: 0, count: n)
      var gamma = Matrix(rows: n, columns: n)
      for i in 0..<n where step[i] > 0 {
        let (up, down) = (values[1 + 2 * i, k] - still, values[2 + 2 * i, k] - still)
        delta[i] = (up - down) / (2 * step[i])
        gamma[i, i] = (up + down) / (step[i] * step[i])
      }
      for (place, pair) in pairs.enumerated() where step[pair.0] > 0 && step[pair.1] > 0 {
        let corner = (0..<4).map { values[1 + 2 * n + 4 * place + $0, k] }
        let mixed =
          (corner[0] - corner[1] - corner[2] + corner[3]) / (4 * step[pair.0] * step[pair.1])
        gamma[pair.0, pair.1] = mixed
        gamma[pair.1, pair.0] = mixed
      }
      return QuadraticProfitAndLoss(constant: still, delta: delta, gamma: gamma)
    }
  }

  /// The delta-gamma risk of a book over a horizon in years, by `quadraticProfitAndLoss`.
  /// - Throws: what that and `DeltaGammaRisk.init` throw.
  public func deltaGammaRisk(
    of portfolio: Portfolio, in market: Market, horizon: Double
  ) throws -> DeltaGammaRisk {
    let n = covariance.rows
    let parts = try quadraticProfitAndLoss(
      of: portfolio.positions.map(\.instrument), in: market, horizon: horizon)
    let none = QuadraticProfitAndLoss(
      delta: [Double](repeating: 0, count: n), gamma: Matrix(rows: n, columns: n))
    let book = zip(portfolio.positions, parts).reduce(none) { $0 + $1.0.quantity * $1.1 }
    return try DeltaGammaRisk(
      book, covariance: covariance * horizon, mean: mean.map { $0 * horizon }, shape: shape)
  }

  /// Value-at-risk and expected shortfall of a book by full revaluation in draws that its delta-gamma
  /// approximation guides.
  ///
  /// - Parameters:
  ///   - confidence: α, in (0, 1).
  ///   - horizon: years, positive.
  ///   - method: how scenarios are drawn and weighted.
  ///   - count: full revaluations of the book.
  ///   - seed: of the draws.
  /// - Throws: what `deltaGammaRisk`, `TailSimulation` and `Revaluation` throw; the model must be normal.
  public func tailEstimate(
    _ confidence: Double, of portfolio: Portfolio, in market: Market, horizon: Double,
    method: TailSimulation.Method = .stratified(strata: 100), count: Int, seed: UInt64 = 0
  ) throws -> TailEstimate {
    let simulation = try TailSimulation(
      approximation: deltaGammaRisk(of: portfolio, in: market, horizon: horizon), method: method,
      count: count, seed: seed)
    let (instruments, quantities) = (
      portfolio.positions.map(\.instrument), portfolio.positions.map(\.quantity)
    )
    return try simulation.estimate(confidence) { moves in
      let values = try Revaluation.profitAndLoss(
        of: instruments, in: scenarios(at: moves, horizon: horizon), market: market)
      return Simulation.losses(values, quantities: quantities)
    }
  }
}
