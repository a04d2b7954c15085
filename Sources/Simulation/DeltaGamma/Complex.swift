internal import Foundation

/// The few complex operations that transform inversion needs.
struct Complex: Sendable {
  var real: Double
  var imaginary: Double

  init(_ real: Double, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  var squaredMagnitude: Double { real * real + imaginary * imaginary }

  static func + (a: Complex, b: Complex) -> Complex {
    Complex(a.real + b.real, a.imaginary + b.imaginary)
  }
  static func - (a: Complex, b: Complex) -> Complex {
    Complex(a.real - b.real, a.imaginary - b.imaginary)
  }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(
      a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
  static func * (a: Double, b: Complex) -> Complex { Complex(a * b.real, a * b.imaginary) }
  static func / (a: Complex, b: Complex) -> Complex {
    (1 / b.squaredMagnitude) * (a * Complex(b.real, -b.imaginary))
  }

  /// The principal logarithm.
  var logarithm: Complex { Complex(0.5 * log(squaredMagnitude), atan2(imaginary, real)) }

  /// eᶻ.
  var exponential: Complex {
    let size = exp(real)
    return Complex(size * cos(imaginary), size * sin(imaginary))
  }

  /// The root of positive real part.
  var squareRoot: Complex {
    let size = squaredMagnitude.squareRoot()
    let root = Complex(
      (0.5 * max(size + real, 0)).squareRoot(), (0.5 * max(size - real, 0)).squareRoot())
    return imaginary < 0 ? Complex(root.real, -root.imaginary) : root
  }
}
