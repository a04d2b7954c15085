internal import Foundation

/// The polynomial with these coefficients, highest power first.
func polynomial(_ x: Double, _ coefficients: [Double]) -> Double {
  var value = 0.0
  for c in coefficients { value = value * x + c }
  return value
}

/// Coefficients of rational Chebyshev approximations, highest power first: Cody, "Rational Chebyshev
/// approximations for the error function", Mathematics of Computation 23 (1969).
private enum Cody {
  static let centreTop = [
    1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3,
  ]
  static let centreBottom = [
    1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3,
  ]
  static let middleTop = [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
    2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
  ]
  static let middleBottom = [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
  ]
  static let farTop = [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
  ]
  static let farBottom = [
    1, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
  ]
}

/// erf x for |x| ≤ 0.46875.
func errorFunction(_ x: Double) -> Double {
  let z = x * x
  return x * polynomial(z, Cody.centreTop) / polynomial(z, Cody.centreBottom)
}

/// exp(x²) erfc x for x ≥ 0.46875: smooth, and near 1 / (x √π) for large x.
func scaledComplementaryError(_ x: Double) -> Double {
  if x <= 4 { return polynomial(x, Cody.middleTop) / polynomial(x, Cody.middleBottom) }
  let z = 1 / (x * x)
  let correction = z * polynomial(z, Cody.farTop) / polynomial(z, Cody.farBottom)
  return (0.564_189_583_547_756_286_95 - correction) / x
}
