internal import Probability

/// Value-at-risk and expected shortfall from a simulation, with standard errors.
public struct TailEstimate: Sendable, Hashable {
  /// α of both measures.
  public let confidence: Double
  /// The estimate of value-at-risk.
  public let valueAtRisk: Double
  /// The estimate of expected shortfall.
  public let expectedShortfall: Double
  /// The asymptotic standard error of `valueAtRisk`: that of the tail probability there, over the
  /// density.
  public let valueAtRiskStandardError: Double
  /// The asymptotic standard error of `expectedShortfall`.
  public let expectedShortfallStandardError: Double
  /// How many losses were computed.
  public let count: Int
  /// Degrees of freedom of the standard errors, ∞ where they come from many losses.
  public let degreesOfFreedom: Double

  /// An interval that holds value-at-risk with about the probability `coverage`.
  public func valueAtRiskInterval(coverage: Double = 0.95) -> ConfidenceInterval {
    interval(valueAtRisk, valueAtRiskStandardError, coverage)
  }

  /// An interval that holds expected shortfall with about the probability `coverage`.
  public func expectedShortfallInterval(coverage: Double = 0.95) -> ConfidenceInterval {
    interval(expectedShortfall, expectedShortfallStandardError, coverage)
  }

  private func interval(
    _ centre: Double, _ error: Double, _ coverage: Double
  ) -> ConfidenceInterval {
    precondition(
      coverage > 0 && coverage < 1, "The coverage of an interval must lie between 0 and 1.")
    let half = error * symmetricQuantile(coverage, degreesOfFreedom: degreesOfFreedom)
    return ConfidenceInterval(lower: centre - half, upper: centre + half, coverage: coverage)
  }
}

/// The t with P(|T| ≤ t) = `coverage` of Student's t, of the normal where there is no end to the degrees of
/// freedom.
func symmetricQuantile(_ coverage: Double, degreesOfFreedom ν: Double) -> Double {
  let tail = 0.5 * (1 - coverage)
  return ν < 1e6
    ? StudentT(degreesOfFreedom: ν).quantile(complement: tail)
    : NormalDistribution.standard.quantile(complement: tail)
}
