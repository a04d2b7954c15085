internal import LinearAlgebra

/// The part of the condensed matrix that is built entry by entry: P, the short rows, and the Schur
/// step that eliminates the leaves.
///
///     H ← H − Σ eₖeₖᵀ/dₖ,     dₖ the pivot of leaf k, eₖ its couplings to the core.
struct ShortAssembly: ~Copyable {
  private let elimination: Elimination
  private let rows: [Int]
  private let core: Int
  private let couplings: Buffer

  init(_ form: borrowing StandardForm, _ elimination: Elimination) {
    self.elimination = elimination
    core = elimination.core.count
    rows = elimination.isLong.indices.filter { !elimination.isLong[$0] }
    couplings = Buffer(elimination.neighbours.count)
  }

  /// Adds P over the core to the lower triangle of H, and starts the couplings of the leaves.
  func addCost(_ form: borrowing StandardForm, to H: UnsafeMutablePointer<Double>) {
    couplings.fill(0)
    let upper = form.P.upper
    for j in 0..<form.n {
      for k in upper.entries(ofColumn: j) {
        let (i, value) = (Int(upper.rowIndices[k]), upper.values[k])
        let (a, b) = (elimination.place[i], elimination.place[j])
        if a >= 0, b >= 0 {
          H[max(a, b) + min(a, b) * core] += value
        } else if a <= -2, b >= 0 {
          addCoupling(-2 - a, b, value)
        } else if a >= 0, b <= -2 {
          addCoupling(-2 - b, a, value)
        }
      }
    }
    guard let dense = form.P.dense else { return }
    let count = dense.matrix.rows
    dense.matrix.elements.withUnsafeBufferPointer { elements in
      for (k, j) in dense.columns.enumerated() {
        let factor = form.P.costScale * form.P.columnScale[j]
        let b = elimination.place[j]
        for l in k..<count {
          let i = dense.columns[l]
          let a = elimination.place[i]
          H[max(a, b) + min(a, b) * core] +=
            factor * form.P.columnScale[i] * elements[l + k * count]
        }
      }
    }
  }

  private func addCoupling(_ leaf: Int, _ place: Int, _ value: Double) {
    for k in elimination.neighbourStarts[leaf]..<elimination.neighbourStarts[leaf + 1]
    where elimination.neighbours[k] == place {
      couplings[k] += value
    }
  }

  /// Adds the short rows to H, and eliminates the leaves, whose pivots are completed in `diagonal`
  /// and regularised by ρ.
  func addShortRows(
    _ form: borrowing StandardForm, _ weights: UnsafePointer<Double>,
    _ diagonal: borrowing Buffer, _ ρ: Double, to H: UnsafeMutablePointer<Double>
  ) {
    let matrix = form.B.byRow
    matrix.rowIndices.withUnsafeBufferPointer { columns in
      matrix.values.withUnsafeBufferPointer { values in
        elimination.place.withUnsafeBufferPointer { place in
          for i in rows {
            let entries = matrix.columnStarts[i]..<matrix.columnStarts[i + 1]
            for k in entries {
              let a = place[Int(columns[k])]
              let scaled = weights[i] * values[k]
              if a >= 0 {
                for l in entries {
                  let b = place[Int(columns[l])]
                  if b >= a { H[b + a * core] += scaled * values[l] }
                }
              } else if a <= -2 {
                diagonal[Int(columns[k])] += scaled * values[k]
                for l in entries where place[Int(columns[l])] >= 0 {
                  addCoupling(-2 - a, place[Int(columns[l])], scaled * values[l])
                }
              }
            }
          }
        }
      }
    }
    eliminateLeaves(diagonal, ρ, from: H)
  }

  private func eliminateLeaves(
    _ diagonal: borrowing Buffer, _ ρ: Double, from H: UnsafeMutablePointer<Double>
  ) {
    for (leaf, j) in elimination.leaves.enumerated() {
      diagonal[j] += max(ρ, ρ * 1e-4 * diagonal[j])
      let near = elimination.neighbourStarts[leaf]..<elimination.neighbourStarts[leaf + 1]
      for k in near {
        let a = elimination.neighbours[k]
        let scaled = couplings[k] / diagonal[j]
        for l in near where elimination.neighbours[l] >= a {
          H[elimination.neighbours[l] + a * core] -= scaled * couplings[l]
        }
      }
    }
  }

  /// Moves the right-hand sides of the leaves into those of the core.
  func condense(_ x: borrowing Buffer, _ diagonal: borrowing Buffer) {
    for (leaf, j) in elimination.leaves.enumerated() {
      let ratio = x[j] / diagonal[j]
      for k in elimination.neighbourStarts[leaf]..<elimination.neighbourStarts[leaf + 1] {
        x[elimination.core[elimination.neighbours[k]]] -= couplings[k] * ratio
      }
    }
  }

  /// Solves for the leaves once the core is known.
  func expand(_ x: borrowing Buffer, _ diagonal: borrowing Buffer) {
    for (leaf, j) in elimination.leaves.enumerated() {
      for k in elimination.neighbourStarts[leaf]..<elimination.neighbourStarts[leaf + 1] {
        x[j] -= couplings[k] * x[elimination.core[elimination.neighbours[k]]]
      }
      x[j] /= diagonal[j]
    }
  }
}
