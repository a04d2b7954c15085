/// Why a distribution or a sequence could not be made from its parameters.
public enum DistributionError: Error, Sendable, Hashable {
  /// The covariance is not square.
  case notSquare(rows: Int, columns: Int)
  /// The covariance holds a NaN or an infinity, first at this place.
  case notFinite(row: Int, column: Int)
  /// The covariance is not symmetric to 1e-12 of its largest element.
  case notSymmetric
  /// The covariance has a direction of negative variance: after `rank` pivots what is left exceeds
  /// 1e-10 of the largest variance.
  case indefinite(rank: Int)
  /// The mean and the covariance are of different sizes.
  case meanSize(mean: Int, covariance: Int)
  /// The mean holds a NaN or an infinity, first at this place.
  case meanNotFinite(index: Int)
  /// The covariance of Student's t exists only for more than 2 degrees of freedom.
  case degreesOfFreedom(Double)
  /// The diagonal of a correlation matrix is not 1 to 1e-12, first at this place.
  case diagonalNotOne(index: Int)
  /// A t copula has positive finite degrees of freedom, and not these.
  case copulaDegreesOfFreedom(Double)
  /// The times of a Brownian path are finite, positive and increasing; this one is not.
  case timeNotIncreasing(index: Int)
  /// A Sobol sequence has 1 to 21,201 coordinates, and not this many.
  case sobolDimension(Int)
}

extension DistributionError: CustomStringConvertible {
  /// A sentence that says what is wrong and, where there is one, the way out.
  public var description: String {
    switch self {
    case .notSquare(let rows, let columns):
      "the covariance is \(rows) by \(columns), not square"
    case .notFinite(let row, let column):
      "the covariance is not finite: element (\(row), \(column)) is NaN or infinite"
    case .notSymmetric: "the covariance is not symmetric; take (A + Aᵀ)/2 if that is meant"
    case .indefinite(let rank):
      "the covariance is not positive semidefinite: what is left after \(rank) pivots is indefinite;"
        + " repair its correlation with NearestCorrelation"
    case .meanSize(let mean, let covariance):
      "a mean of \(mean) elements does not fit a covariance of \(covariance) rows"
    case .meanNotFinite(let index): "the mean is not finite: element \(index) is NaN or infinite"
    case .degreesOfFreedom(let ν):
      "Student's t with \(ν) degrees of freedom has no covariance; more than 2 are needed"
    case .diagonalNotOne(let index):
      "the diagonal of the correlation matrix is not 1 at \(index);"
        + " divide a covariance by the deviations first"
    case .copulaDegreesOfFreedom(let ν):
      "a t copula needs positive finite degrees of freedom, not \(ν)"
    case .timeNotIncreasing(let index):
      "time \(index) is not finite, positive and after the one before it"
    case .sobolDimension(let dimension):
      "a Sobol sequence has 1 to \(SobolSequence.maximumDimension) coordinates, not \(dimension);"
        + " give it the ones that matter most and draw the others from a RandomStream"
    }
  }
}
