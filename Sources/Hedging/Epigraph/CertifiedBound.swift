import LinearAlgebra
import QuadraticProgramming

/// A lower bound of a convex quadratic program that holds whatever produced it.
///
/// For any point x, any multipliers w of the rows l ≤ G v ≤ u and y of A v = b, and any v that is
/// feasible,
///
///   f(v) ≥ f(x) + ∇f(x)ᵀ(v − x)
///        ≥ f(x) − ∇f(x)ᵀx − (w⁺ᵀu + w⁻ᵀl + yᵀb) + dᵀv,    d = ∇f(x) + Gᵀw + Aᵀy,
///
/// and dᵀv is at least its minimum over the box of v. So the bound is as good as the multipliers
/// and needs no trust in them; finite boxes keep it finite (the idea of Neumaier and Shcherbina
/// 2004, without their interval arithmetic: it holds up to the rounding of these sums). It is
/// computed here from the problem's own data, with none of the solver's code. Second-order cones
/// F v + g ∈ K add multipliers z ∈ K, for which zᵀ(F v + g) ≥ 0: the bound gains −zᵀg, and d gains −Fᵀz.
/// Multipliers are brought into the cone by raising their first entry.
enum CertifiedBound {
  static func lowerBound(
    of program: QuadraticProgram, at x: [Double], equalityDuals y: [Double],
    inequalityDuals w: [Double], coneDuals: [Double] = []
  ) -> Double {
    var gradient = program.linearCost
    var curvature = 0.0
    if let p = program.quadraticCost {
      for (i, value) in p.multiplying(x).enumerated() { gradient[i] += value }
      for i in x.indices { curvature += x[i] * (gradient[i] - program.linearCost[i]) }
    }
    // f(x) − ∇f(x)ᵀx = r − ½ xᵀPx
    var bound = program.objectiveConstant - curvature / 2
    var slope = gradient
    var usable = w
    for i in program.inequalityLower.indices {
      let limit = w[i] > 0 ? program.inequalityUpper[i] : program.inequalityLower[i]
      if limit.isFinite { bound -= w[i] * limit } else { usable[i] = 0 }
    }
    for i in program.equalityValues.indices { bound -= y[i] * program.equalityValues[i] }
    addProduct(of: program.inequalityMatrix, usable, to: &slope)
    addProduct(of: program.equalityMatrix, y, to: &slope)
    if coneDuals.count == program.coneRowCount, coneDuals.allSatisfy(\.isFinite) {
      // The solver's are the negatives of vectors in the cones.
      var z = coneDuals
      for rows in program.coneRows where !rows.isEmpty {
        let tail = rows.dropFirst().reduce(0) { $0 + z[$1] * z[$1] }.squareRoot()
        z[rows.lowerBound] = min(z[rows.lowerBound], -tail)
      }
      for i in z.indices { bound += z[i] * program.coneOffsets[i] }
      addProduct(of: program.coneMatrix, z, to: &slope)
    }
    for (j, d) in slope.enumerated() where d != 0 {
      bound += d * (d > 0 ? program.lowerBounds[j] : program.upperBounds[j])
    }
    return bound.isNaN ? -.infinity : bound
  }

  /// s ← s + Mᵀw
  private static func addProduct(of matrix: SparseMatrix, _ w: [Double], to s: inout [Double]) {
    for (j, value) in matrix.transposeMultiplying(w).enumerated() { s[j] += value }
  }
}
