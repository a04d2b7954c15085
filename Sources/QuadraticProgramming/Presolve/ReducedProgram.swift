internal import LinearAlgebra

/// What a presolve left of a program.
struct ReducedProgram: ~Copyable {
  let program: QuadraticProgram
  /// The variables that stay, in the numbering of the program as given.
  let columns: [Int]
  /// The rows that stay as equalities and as inequalities, those of A before those of G.
  let equalities: [Int]
  let inequalities: [Int]

  init(_ presolve: borrowing Presolve) {
    let (n, m) = (presolve.matrix.columns, presolve.matrix.rows)
    var columns: [Int] = []
    var place = [Int32](repeating: -1, count: n)
    for j in 0..<n where presolve.isColumnAlive[j] {
      place[j] = Int32(columns.count)
      columns.append(j)
    }
    var equalities: [Int] = []
    var inequalities: [Int] = []
    var equalityPlace = [Int32](repeating: -1, count: m)
    var inequalityPlace = equalityPlace
    for i in 0..<m where presolve.isRowAlive[i] {
      if presolve.isEquality(i) {
        equalityPlace[i] = Int32(equalities.count)
        equalities.append(i)
      } else {
        inequalityPlace[i] = Int32(inequalities.count)
        inequalities.append(i)
      }
    }
    let problem = presolve.problem
    var program = QuadraticProgram(
      quadraticCost: problem.quadraticCost.map { cost in
        guard case .sparse(let P) = cost, columns.count < n else { return cost }
        return .sparse(P.selecting(columns: columns, rowPlace: place, rows: columns.count))
      },
      linearCost: columns.map { presolve.linearCost[$0].value })
    let sides = (0..<m).map { presolve.sides(ofRow: $0) }
    program.constrain(
      presolve.matrix.selecting(
        columns: columns, rowPlace: equalityPlace, rows: equalities.count),
      equalTo: equalities.map { sides[$0].lower })
    program.constrain(
      presolve.matrix.selecting(
        columns: columns, rowPlace: inequalityPlace, rows: inequalities.count),
      atLeast: inequalities.map { sides[$0].lower }, atMost: inequalities.map { sides[$0].upper })
    program.bound(
      atLeast: columns.map { presolve.lower[$0] }, atMost: columns.map { presolve.upper[$0] })
    if problem.coneRowCount > 0 {
      let F = problem.coneMatrix
      program.coneMatrix = F.selecting(
        columns: columns, rowPlace: (0..<F.rows).map(Int32.init), rows: F.rows)
      program.coneOffsets = problem.coneOffsets
      program.coneRows = problem.coneRows
    }
    self.program = program
    (self.columns, self.equalities, self.inequalities) = (columns, equalities, inequalities)
  }
}
