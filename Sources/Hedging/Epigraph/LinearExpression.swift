/// A linear form over the variables of an epigraph program, plus a constant.
struct LinearExpression {
  var terms: [Int: Double] = [:]
  var constant = 0.0

  static func constant(_ value: Double) -> LinearExpression { .init(constant: value) }

  mutating func add(_ coefficient: Double, _ variable: Int) {
    terms[variable, default: 0] += coefficient
  }

  mutating func add(_ other: LinearExpression, times factor: Double = 1) {
    for (variable, coefficient) in other.terms { add(factor * coefficient, variable) }
    constant += factor * other.constant
  }
}
