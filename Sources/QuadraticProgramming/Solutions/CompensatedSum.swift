/// A sum of products carried in twice the working precision.
///
/// Dot2 of Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005),
/// algorithm 5.3: the result is as good as if computed with 106 bits and then rounded.
struct CompensatedSum {
  private var high = 0.0
  private var low = 0.0

  mutating func add(_ term: Double) {
    let sum = high + term
    let part = sum - high
    low += (high - (sum - part)) + (term - part)
    high = sum
  }

  mutating func add(_ a: Double, times b: Double) {
    let product = a * b
    low += (-product).addingProduct(a, b)
    add(product)
  }

  var value: Double { high + low }
}
