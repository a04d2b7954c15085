/// Why a covariance or a correlation could not be estimated or converted.
///
/// Indices count from zero; `describe(names:)` puts the names of the assets in their place.
public enum EstimationError: Error, Sendable, Hashable {
  /// There are fewer observations than the estimator needs.
  case tooFewObservations(found: Int, needed: Int)
  /// A matrix without an inverse would come out: more observations than assets are needed.
  case fewerObservationsThanAssets(observations: Int, assets: Int)
  /// Two assets have too few dates on which both were observed.
  case tooFewCommonObservations(first: Int, second: Int, found: Int, needed: Int)
  /// The asset at this index does not vary, so it has no correlation.
  case constantSeries(index: Int)
  /// An element is NaN or infinite, first at this place.
  case notFinite(row: Int, column: Int)
  /// The elements are finite, but the variance of the asset at this index overflows.
  case overflow(index: Int)
  /// The matrix is not square.
  case notSquare(rows: Int, columns: Int)
  /// The matrix is not symmetric to 1e-12 of its largest element.
  case notSymmetric
  /// The variance or volatility of the factor at this index is negative or not finite.
  case invalidVariance(index: Int, value: Double)
  /// The matrix has eigenvalues that are negative by more than rounding.
  case indefinite(smallestEigenvalue: Double)
  /// The matrix is semidefinite, but has no inverse to working precision.
  case singular(rank: Int, size: Int)
  /// The number of volatilities is not the size of the correlation.
  case sizes(volatilities: Int, correlation: Int)
  /// Two things that belong together have different sizes.
  case shape(of: String, found: Int, needed: Int)
  /// A number is NaN or outside its range.
  case outOfRange(name: String, value: Double, lower: Double, upper: Double)
  /// The regressors of a factor model are linearly dependent, counting the constant.
  case dependentFactors(rank: Int, factors: Int)
  /// A correlation may not be fixed at this value between these assets.
  case invalidFixedEntry(first: Int, second: Int, value: Double)
  /// No correlation matrix has the fixed entries: a multiplier proves that every one violates them by
  /// this much.
  case infeasibleFixedEntries(violation: Double)
  /// The eigenvalues of the matrix could not be computed.
  case eigenvaluesNotConverged
}

extension EstimationError: CustomStringConvertible {
  /// A sentence that says what is wrong and, where there is one, the way out.
  public var description: String { describe() }

  /// The same sentence with the assets called by their names, where these are known.
  public func describe(names: [String] = []) -> String {
    func asset(_ i: Int) -> String { names.indices.contains(i) ? names[i] : "index \(i)" }
    return switch self {
    case .tooFewObservations(let found, let needed):
      "\(found) observations are too few; the estimator needs at least \(needed)"
    case .fewerObservationsThanAssets(let observations, let assets):
      "\(observations) observations of \(assets) assets give a singular covariance; take more than"
        + " \(assets) observations, fewer assets, or a shrinkage estimator"
    case .tooFewCommonObservations(let first, let second, let found, let needed):
      "\(asset(first)) and \(asset(second)) have \(found) common observations; \(needed) are needed:"
        + " leave one of them out or take a longer history"
    case .constantSeries(let index):
      "the returns of \(asset(index)) do not vary, so they have no correlation; leave it out"
    case .notFinite(let row, let column):
      "element (\(row), \(column)) is NaN or infinite"
        + (names.indices.contains(column) ? " (\(names[column]))" : "")
    case .overflow(let index):
      "the variance of \(asset(index)) overflows; scale the observations"
    case .notSquare(let rows, let columns): "the matrix is \(rows) by \(columns), not square"
    case .notSymmetric: "the matrix is not symmetric; take (A + Aᵀ)/2 if that is meant"
    case .invalidVariance(let index, let value):
      "the variance or volatility \(value) of \(asset(index)) is negative or not finite"
    case .indefinite(let smallest):
      "the matrix has the negative eigenvalue \(smallest); repair it with NearestCorrelation"
    case .singular(let rank, let size):
      "the matrix of \(size) rows has rank \(rank), so it has no inverse; shrink it, or bound its"
        + " eigenvalues with NearestCorrelation"
    case .sizes(let volatilities, let correlation):
      "\(volatilities) volatilities do not fit a correlation of \(correlation) rows"
    case .shape(let what, let found, let needed): "\(what): \(found) where \(needed) are needed"
    case .outOfRange(let name, let value, let lower, let upper):
      "the \(name) is \(value), not within \(lower) ... \(upper)"
    case .dependentFactors(let rank, let factors):
      "the \(factors) factors and the constant are linearly dependent (rank \(rank)); leave one out"
    case .invalidFixedEntry(let first, let second, let value):
      "the correlation of \(asset(first)) and \(asset(second)) cannot be fixed at \(value):"
        + " two different assets and a value within ±(1 - the least eigenvalue) are needed, once"
    case .infeasibleFixedEntries(let violation):
      "no correlation matrix has all the fixed entries (they are violated by \(violation));"
        + " free some of them or move them closer together"
    case .eigenvaluesNotConverged: "the eigenvalues could not be computed; scale the matrix"
    }
  }
}

/// An ``EstimationError`` about assets whose names are known.
public struct NamedEstimationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong, with indices.
  public let error: EstimationError
  /// The names of the assets, by index.
  public let names: [String]

  /// An error about assets of these names.
  public init(_ error: EstimationError, names: [String]) {
    self.error = error
    self.names = names
  }

  /// The sentence with names for indices.
  public var description: String { error.describe(names: names) }
}
