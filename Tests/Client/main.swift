import MarginOptimization

// The README's quadratic program, through the one import.
var problem = QuadraticProgram(quadraticCost: [[4, 1], [1, 2]], linearCost: [1, 1])
problem.constrain([[1, 1]], equalTo: [1])
problem.bound(atLeast: [0, 0], atMost: [0.7, 0.7])

let solution = try problem.solve()
print(solution.status, solution.x.map(rounded), rounded(solution.objective))

/// The digits that the README shows.
func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
