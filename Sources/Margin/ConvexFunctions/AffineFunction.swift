/// An affine function of trades, x ↦ aᵀx + b, with only the nonzero coefficients kept.
public struct AffineFunction: Sendable, Hashable {
  /// The variables that occur, ascending, without repetition.
  public private(set) var indices: [Int]
  /// The coefficient of each of them.
  public private(set) var coefficients: [Double]
  public var constant: Double

  /// The function of the coefficients of variables 0, 1, …; zeros are dropped.
  public init(_ dense: [Double] = [], constant: Double = 0) {
    indices = dense.indices.filter { dense[$0] != 0 }
    coefficients = indices.map { dense[$0] }
    self.constant = constant
  }

  /// The function `coefficient · x[index] + constant`.
  public init(coefficient: Double, of index: Int, constant: Double = 0) {
    indices = coefficient == 0 ? [] : [index]
    coefficients = coefficient == 0 ? [] : [coefficient]
    self.constant = constant
  }

  /// Σ weight · function.
  ///
  /// - Precondition: a weight for each function.
  public init(sumOf functions: [AffineFunction], times weights: [Double]) {
    precondition(functions.count == weights.count, "A sum needs a weight for each function.")
    var terms: [Int: Double] = [:]
    constant = 0
    for (f, weight) in zip(functions, weights) where weight != 0 {
      constant += weight * f.constant
      for (i, a) in zip(f.indices, f.coefficients) { terms[i, default: 0] += weight * a }
    }
    indices = terms.keys.filter { terms[$0] != 0 }.sorted()
    coefficients = indices.map { terms[$0] ?? 0 }
  }

  public func value(at x: [Double]) -> Double {
    zip(indices, coefficients).reduce(constant) { $0 + $1.1 * x[$1.0] }
  }

  /// The least and the greatest value over a box of trades.
  public func range(lower: [Double], upper: [Double]) -> ClosedRange<Double> {
    var least = constant
    var greatest = constant
    for (i, a) in zip(indices, coefficients) {
      least += min(a * lower[i], a * upper[i])
      greatest += max(a * lower[i], a * upper[i])
    }
    return least...max(least, greatest)
  }

  public static func * (factor: Double, f: AffineFunction) -> AffineFunction {
    var product = f
    product.coefficients = f.coefficients.map { factor * $0 }
    product.constant = factor * f.constant
    return product
  }

  public static prefix func - (f: AffineFunction) -> AffineFunction { -1 * f }

  public static func + (f: AffineFunction, constant: Double) -> AffineFunction {
    var sum = f
    sum.constant += constant
    return sum
  }
}
