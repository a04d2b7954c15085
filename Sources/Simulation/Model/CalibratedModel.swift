public import LinearAlgebra
public import Pricing
public import RiskModels

/// A model of the risk of a market as estimated on a date: a covariance, a volatility model for each
/// factor and a surface for each underlying, with what they were estimated from.
///
/// It is a value with a JSON form, so that what one program estimates another simulates from; numbers keep
/// all their digits. `marginopt calibrate` writes it.
public struct CalibratedModel: Sendable, Hashable, Codable {
  /// What the model was estimated from.
  public struct Source: Sendable, Hashable, Codable {
    /// The file of prices, or how else they are called.
    public var prices: String
    public var firstDate: String
    public var lastDate: String
    /// The number of returns of each factor.
    public var returnCount: Int

    public init(prices: String, firstDate: String, lastDate: String, returnCount: Int) {
      (self.prices, self.firstDate, self.lastDate) = (prices, firstDate, lastDate)
      self.returnCount = returnCount
    }
  }

  /// The volatility model of one factor, per return of the source.
  public struct Volatility: Sendable, Hashable, Codable {
    public var factor: String
    /// The model in words, as in `GJR-GARCH(1,1), Student t`.
    public var model: String
    public var parameters: GARCHParameters
    /// Standard errors by the name of the parameter, where they are known.
    public var standardErrors: [String: Double]
    public var logLikelihood: Double?
    /// The volatility of the next return.
    public var nextVolatility: Double

    public init(
      factor: String, model: String, parameters: GARCHParameters,
      standardErrors: [String: Double], logLikelihood: Double?, nextVolatility: Double
    ) {
      (self.factor, self.model, self.parameters) = (factor, model, parameters)
      (self.standardErrors, self.logLikelihood) = (standardErrors, logLikelihood)
      self.nextVolatility = nextVolatility
    }
  }

  /// The implied volatilities of one underlying.
  public struct Surface: Sendable, Hashable, Codable {
    public var underlying: String
    public var slices: [SVISlice]
    /// The root mean square error of each slice, in points of volatility over 100.
    public var rootMeanSquareErrors: [Double]

    public init(underlying: String, slices: [SVISlice], rootMeanSquareErrors: [Double]) {
      (self.underlying, self.slices) = (underlying, slices)
      self.rootMeanSquareErrors = rootMeanSquareErrors
    }
  }

  /// The version of the JSON form.
  public private(set) var format = Self.currentFormat
  public static let currentFormat = "marginopt-model-1"

  public var source: Source
  public var factors: [String]
  /// The estimator of the covariance in words.
  public var estimator: String
  /// The covariance of the factors over a year of 365 days, rows of the symmetric matrix.
  private var annualCovariance: [[Double]]
  public var volatilities: [Volatility]
  public var surfaces: [Surface]

  /// The covariance of the factors over a year of 365 days.
  public var covariance: Matrix {
    Matrix(rows: factors.count, columns: factors.count) { annualCovariance[$0][$1] }
  }

  /// A model of its parts.
  ///
  /// - Parameter covariance: of the factors over a year, n × n.
  /// - Throws: `SimulationError` where the covariance does not fit the factors.
  public init(
    source: Source, factors: [String], covariance: Matrix, estimator: String,
    volatilities: [Volatility] = [], surfaces: [Surface] = []
  ) throws(SimulationError) {
    (self.source, self.factors, self.estimator) = (source, factors, estimator)
    (self.volatilities, self.surfaces) = (volatilities, surfaces)
    annualCovariance = (0..<covariance.rows).map { i in
      (0..<covariance.columns).map { covariance[i, $0] }
    }
    try check()
  }

  /// The covariance of some factors, in the order given.
  ///
  /// - Throws: `SimulationError.unknownFactor`.
  public func covariance(of names: [String]) throws(SimulationError) -> Matrix {
    var places: [Int] = []
    for name in names {
      guard let place = factors.firstIndex(of: name) else { throw .unknownFactor(name) }
      places.append(place)
    }
    return Matrix(rows: names.count, columns: names.count) {
      annualCovariance[places[$0]][places[$1]]
    }
  }

  /// The parameters of the factors that have a volatility model.
  public var filters: [String: GARCHParameters] {
    Dictionary(volatilities.map { ($0.factor, $0.parameters) }) { $1 }
  }

  private func check() throws(SimulationError) {
    let n = factors.count
    if n == 0 { throw .empty("factors") }
    if Set(factors).count < n {
      throw .size("different names of factors", expected: n, found: Set(factors).count)
    }
    for found in [annualCovariance.count] + annualCovariance.map(\.count) where found != n {
      throw .size("rows and columns of annualCovariance", expected: n, found: found)
    }
    for i in 0..<n {
      for j in 0..<n where !(annualCovariance[i][j] == annualCovariance[j][i]) {
        throw .outOfRange(
          "annualCovariance[\(i)][\(j)]", value: annualCovariance[i][j],
          reason: "it must be a number and equal to [\(j)][\(i)]")
      }
    }
  }
}

extension CalibratedModel {
  /// The model in a JSON form, checked.
  ///
  /// - Throws: `DecodingError` for a form that is not this one's, `SimulationError` for numbers that are no
  ///   covariance.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decode(String.self, forKey: .format)
    guard format == Self.currentFormat else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: container,
        debugDescription: "'\(format)' is not \(Self.currentFormat)")
    }
    source = try container.decode(Source.self, forKey: .source)
    factors = try container.decode([String].self, forKey: .factors)
    estimator = try container.decode(String.self, forKey: .estimator)
    annualCovariance = try container.decode([[Double]].self, forKey: .annualCovariance)
    volatilities = try container.decode([Volatility].self, forKey: .volatilities)
    surfaces = try container.decode([Surface].self, forKey: .surfaces)
    try check()
  }
}
