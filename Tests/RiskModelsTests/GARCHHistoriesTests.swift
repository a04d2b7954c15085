import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct GARCHHistoriesTests {
  /// Coins and exchange rates, each day with all of a file's prices.
  static func histories() throws -> [(name: String, returns: [Double])] {
    let files = [
      "crypto6_daily_close_mit.csv", "crypto9_daily_close_gpl3_pob.csv", "fx4_daily_mit.csv",
    ]
    return try files.flatMap { file in
      let history = try ReturnHistory(
        csv: ReferenceData.text("data/\(file)"), fileName: file, missing: .dropDate)
      return history.factors.enumerated().map {
        ("\(file) \($1)", history.returns.column($0))
      }
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Real histories are fitted by every model, and richer models are no less likely`() throws {
    let histories = try Self.histories()
    #expect(histories.count == 19)
    for (name, returns) in histories {
      func likelihood(_ model: GARCH) throws -> Double {
        var model = model
        model.stationarity = .free
        let fit = try model.fit(returns)
        #expect(fit.volatility.variances.allSatisfy { $0 > 0 && $0.isFinite }, "\(name)")
        // The best of what other starts, those of the limited model, lead to.
        model.stationarity = .limited(persistence: 0.99)
        #expect(try model.fit(returns).logLikelihood <= fit.logLikelihood + 1e-7, "\(name)")
        return fit.logLikelihood
      }
      for mean in GARCH.Mean.allCases {
        let plain = try likelihood(GARCH(mean: mean))
        let heavy = try likelihood(GARCH(mean: mean, errors: .studentT))
        let skewed = try likelihood(GARCH(mean: mean, hasLeverage: true))
        let both = try likelihood(GARCH(mean: mean, errors: .studentT, hasLeverage: true))
        #expect(skewed >= plain - 1e-7 && both >= heavy - 1e-7, "\(name)")
        // t of at most 500 degrees of freedom is not quite normal.
        #expect(heavy >= plain - 1 && both >= skewed - 1, "\(name)")
      }
    }
  }
}
