import MarginOptimization
import RawRoutines

/// A nearest correlation against twelve symmetric eigenproblems of its size.
func nearestCorrelationRatio(
  _ name: String, to disturbed: Matrix, by method: NearestCorrelation,
  note: @escaping (NearestCorrelation.Result) -> String
) throws -> Comparison {
  let n = disturbed.rows
  let result = try method.nearest(to: disturbed)
  let (a, values) = (Scratch(n * n), Scratch(n))
  let (workCount, integerCount) = (1 + 6 * n + 2 * n * n, 3 + 5 * n)
  let work = Scratch(workCount)
  var integerWork = [Int32](repeating: 0, count: integerCount)
  return Comparison(
    name: "\(name) \(n)", peerName: "12 x (memcpy + dsyevd)",
    ours: { if let found = try? method.nearest(to: disturbed) { keep(found.distance) } },
    peer: {
      for _ in 0..<12 {
        a.start.update(from: disturbed.elements, count: n * n)
        _ = raw_syevd(
          Int32(n), a.start, values.start, work.start, Int32(workCount), &integerWork,
          Int32(integerCount))
      }
    },
    note: { _ in note(result) })
}
