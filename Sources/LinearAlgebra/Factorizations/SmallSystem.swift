/// The solution of a x = b of a few unknowns by Cholesky's factorization in place, without a call of
/// LAPACK; nil where a pivot is at most `threshold` of `scale`, the size of its diagonal element before
/// anything cancels. `a` is symmetric and stored in full.
package func smallSolution(
  _ a: inout [Double], _ b: [Double], scale: [Double], threshold: Double = 1e-12
) -> [Double]? {
  let n = b.count
  for j in 0..<n {
    var pivot = a[j * n + j]
    for k in 0..<j { pivot -= a[j * n + k] * a[j * n + k] }
    guard pivot > threshold * scale[j] else { return nil }
    let root = pivot.squareRoot()
    a[j * n + j] = root
    for i in (j + 1)..<max(n, j + 1) {
      var sum = a[i * n + j]
      for k in 0..<j { sum -= a[i * n + k] * a[j * n + k] }
      a[i * n + j] = sum / root
    }
  }
  var x = b
  for i in 0..<n {
    for k in 0..<i { x[i] -= a[i * n + k] * x[k] }
    x[i] /= a[i * n + i]
  }
  for i in (0..<n).reversed() {
    for k in (i + 1)..<max(n, i + 1) { x[i] -= a[k * n + i] * x[k] }
    x[i] /= a[i * n + i]
  }
  return x
}
