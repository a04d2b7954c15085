internal import CKernels

/// A stream of random values in which value k of path p is a pure function of (seed, stream, p, k).
///
/// Paths are drawn alone, in ranges, in any order and on any number of threads, always with the same
/// bits. The generator is ``Philox4x32`` with the seed as key and the counter (block, stream, path);
/// each block gives two uniforms of 52 bits, at the centres of equal cells: never 0 or 1, and
/// symmetric about ½, so that 1 − u is exact. Each normal is the quantile of one uniform (Wichura, AS
/// 241, to 6 units in the last place), so 1 − u gives the antithetic normal.
public struct RandomStream: Sendable, Hashable {
  /// The key of the generator.
  public let seed: UInt64
  /// Which of the independent streams of the seed this is.
  public let stream: UInt32

  /// The stream of a seed; streams of different numbers share no counter.
  public init(seed: UInt64, stream: UInt32 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// The stream of the same seed with another number.
  public func substream(_ number: UInt32) -> RandomStream {
    RandomStream(seed: seed, stream: number)
  }

  /// The first `count` uniforms of one path, in (0, 1).
  public func uniforms(path: Int, count: Int) -> [Double] {
    row(count) { fillUniforms($0, paths: path..<(path + 1), dimension: count) }
  }

  /// The first `count` standard normals of one path.
  public func normals(path: Int, count: Int) -> [Double] {
    row(count) { fillNormals($0, paths: path..<(path + 1), dimension: count) }
  }

  /// The first `dimension` uniforms of each path of a range, in (0, 1): a `paths.count` by
  /// `dimension` matrix stored by columns.
  public func fillUniforms(
    _ out: UnsafeMutableBufferPointer<Double>, paths: Range<Int>, dimension: Int
  ) {
    check(out.count, paths, dimension)
    guard let start = out.baseAddress, !paths.isEmpty else { return }
    ck_uniforms(
      seed, stream, UInt64(paths.lowerBound), paths.count, dimension, start, paths.count)
  }

  /// The first `dimension` standard normals of each path of a range: a `paths.count` by `dimension`
  /// matrix stored by columns.
  public func fillNormals(
    _ out: UnsafeMutableBufferPointer<Double>, paths: Range<Int>, dimension: Int
  ) {
    check(out.count, paths, dimension)
    guard let start = out.baseAddress, !paths.isEmpty else { return }
    ck_normals(seed, stream, UInt64(paths.lowerBound), paths.count, dimension, start, paths.count)
  }

  /// One chi-square value for each path of a range, with positive `degreesOfFreedom`.
  ///
  /// The values come from counters of their own: they are independent of the path's uniforms and
  /// normals. They are twice the gamma values of half the degrees of freedom from the same stream.
  public func fillChiSquares(
    _ out: UnsafeMutableBufferPointer<Double>, paths: Range<Int>, degreesOfFreedom: Double
  ) {
    precondition(
      degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
      "Chi-square draws need positive finite degrees of freedom, not \(degreesOfFreedom).")
    fillGammas(out, paths: paths, shape: 0.5 * degreesOfFreedom, scale: 2)
  }

  /// One gamma value for each path of a range, of mean `shape` times `scale`, both positive.
  ///
  /// The values come from counters of their own: they are independent of the path's uniforms and
  /// normals. A shape so small that values underflow (below about 0.01) gives zeros.
  /// Source: Marsaglia and Tsang, ACM TOMS 26 (2000), one counter for each attempt.
  public func fillGammas(
    _ out: UnsafeMutableBufferPointer<Double>, paths: Range<Int>, shape: Double, scale: Double = 1
  ) {
    precondition(
      shape > 0 && shape.isFinite && scale > 0 && scale.isFinite,
      "Gamma draws need a positive finite shape and scale, not \(shape) and \(scale).")
    check(out.count, paths, 1)
    guard let start = out.baseAddress, !paths.isEmpty else { return }
    ck_gammas(seed, stream, UInt64(paths.lowerBound), paths.count, shape, scale, start)
  }

  /// One Student t value for each path of a range, of mean 0 and scale 1, with positive
  /// `degreesOfFreedom` ν: the path's first normal times √(ν / W), with the path's chi-square W.
  public func fillStudentTs(
    _ out: UnsafeMutableBufferPointer<Double>, paths: Range<Int>, degreesOfFreedom: Double
  ) {
    fillNormals(out, paths: paths, dimension: 1)
    let run = min(paths.count, 512)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: run) { chiSquares in
      for start in stride(from: 0, to: paths.count, by: max(run, 1)) {
        let count = min(run, paths.count - start)
        let values = UnsafeMutableBufferPointer(rebasing: chiSquares[..<count])
        let first = paths.lowerBound + start
        fillChiSquares(values, paths: first..<(first + count), degreesOfFreedom: degreesOfFreedom)
        for i in 0..<count {
          out[start + i] *= (degreesOfFreedom / values[i]).squareRoot()
        }
      }
    }
  }

  private func row(
    _ count: Int, _ fill: (UnsafeMutableBufferPointer<Double>) -> Void
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
      fill(UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
      filled = count
    }
  }

  private func check(_ count: Int, _ paths: Range<Int>, _ dimension: Int) {
    precondition(paths.lowerBound >= 0, "Paths are numbered from 0.")
    precondition(
      dimension >= 0 && dimension <= 1 << 32, "A path has at most 2³² values, and not \(dimension)."
    )
    precondition(
      count == paths.count * dimension,
      "\(paths.count) paths of \(dimension) values do not fill a buffer of \(count).")
  }
}
