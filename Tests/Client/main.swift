import MarginOptimization

// One import reaches every theory.
let matrix: Matrix = [[4, 1], [1, 2]]
print(matrix)
print(matrix.transposed == matrix, matrix.diagonal)
