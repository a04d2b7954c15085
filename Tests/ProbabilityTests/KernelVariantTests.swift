import CKernels
import KernelVariants
import Probability
import Testing

/// What the machine chooses among the compiled instruction sets gives the bits of the plainest and,
/// where the machine has it, those of x86-64-v3: no result depends on the machine.
@Suite struct KernelVariantTests {
  static let hasAVX2 = avx2_runs() != 0

  /// The values of a kernel, its baseline and its variant for AVX2, as bits.
  private func expectEqual(
    count: Int, _ name: Comment, _ chosen: @escaping (UnsafeMutablePointer<Double>) -> Void,
    _ baseline: @escaping (UnsafeMutablePointer<Double>) -> Void,
    _ avx2: @escaping (UnsafeMutablePointer<Double>) -> Void
  ) {
    let bits = ([chosen, baseline] + (Self.hasAVX2 ? [avx2] : [])).map { fill in
      [Double](unsafeUninitializedCapacity: count) {
        $0.initialize(repeating: 0)
        fill($0.baseAddress!)
        $1 = count
      }.map(\.bitPattern)
    }
    #expect(bits.allSatisfy { $0 == bits[0] }, name)
  }

  @Test(arguments: [(0, 70_001), (4_294_967_000, 1000), (7, 1), (1 << 40, 777)] as [(UInt64, Int)])
  func `Streams have the same bits on every instruction set`(first: UInt64, paths: Int) {
    expectEqual(
      count: 3 * paths, "uniforms", { ck_uniforms(3, 5, first, paths, 3, $0, paths) },
      { baseline_uniforms(3, 5, first, paths, 3, $0, paths) },
      { avx2_uniforms(3, 5, first, paths, 3, $0, paths) })
    expectEqual(
      count: 3 * paths, "normals", { ck_normals(3, 5, first, paths, 3, $0, paths) },
      { baseline_normals(3, 5, first, paths, 3, $0, paths) },
      { avx2_normals(3, 5, first, paths, 3, $0, paths) })
    for shape in [0.01, 0.7, 1, 1.75, 20] {
      expectEqual(
        count: paths, "gammas", { ck_gammas(3, 5, first, paths, shape, 2, $0) },
        { baseline_gammas(3, 5, first, paths, shape, 2, $0) },
        { avx2_gammas(3, 5, first, paths, shape, 2, $0) })
    }
  }

  @Test func `Normal quantiles have the same bits on every instruction set`() {
    // Both tails to 2⁻⁵³ and below, the edges of the regions of AS 241, and the centre.
    var p = (1...1000).flatMap { [0x1p-1022 * Double($0), 1 - 0x1p-53 * Double($0)] }
    p += (0..<1000).flatMap { k in
      [0.075, 0.925, 1.4e-11].map { $0 * (1 + Double(k - 500) * 1e-13) }
    }
    p += (1..<20_000).map { Double($0) / 20_000 }
    p += (1...1000).map { (0..<$0).reduce(1.0) { p, _ in 0.5 * p } }
    let count = p.count
    let set = { (out: UnsafeMutablePointer<Double>) in for i in 0..<count { out[i] = p[i] } }
    expectEqual(
      count: count, "quantiles",
      {
        set($0)
        ck_normal_quantiles($0, count)
      },
      {
        set($0)
        baseline_normal_quantiles($0, count)
      },
      {
        set($0)
        avx2_normal_quantiles($0, count)
      })
  }

  @Test func `Sobol points have the same bits on every instruction set`() {
    let size = Int(CK_SOBOL_BITS)
    let keys = RandomStream(seed: 9).uniforms(path: 0, count: 66).map { UInt32($0 * 0x1p32) }
    for (first, count) in [(0, 4000), (1 << 31, 999), (777, 1)] as [(UInt64, Int)] {
      var numbers = [UInt64](repeating: 0, count: size)
      ck_sobol_directions(1234, &numbers)
      let shift = 0x1234_5678_9ABC_DEF0 as UInt64
      expectEqual(
        count: count, "points", { ck_sobol_points(numbers, shift, first, count, 0x1p-53, $0) },
        { baseline_sobol_points(numbers, shift, first, count, 0x1p-53, $0) },
        { avx2_sobol_points(numbers, shift, first, count, 0x1p-53, $0) })
      expectEqual(
        count: count, "nested", { ck_sobol_nested_points(numbers, keys, first, count, $0) },
        { baseline_sobol_nested_points(numbers, keys, first, count, $0) },
        { avx2_sobol_nested_points(numbers, keys, first, count, $0) })
    }
  }

  @Test(arguments: [(256, 100, 100), (256, 7, 13), (33, 12, 5), (1, 1, 40), (16, 5, 0)])
  func `Products have the same bits on every instruction set`(m: Int, n: Int, k: Int) {
    let a = RandomStream(seed: 1).normals(path: 0, count: m * k)
    let b = RandomStream(seed: 2).normals(path: 0, count: n * k)
    expectEqual(
      count: m * n, "product", { ck_add_product(m, n, k, a, m, b, n, $0, m) },
      { baseline_add_product(m, n, k, a, m, b, n, $0, m) },
      { avx2_add_product(m, n, k, a, m, b, n, $0, m) })
    // Each element is its chain, whatever tile it falls into.
    var c = [Double](repeating: 0, count: m * n)
    ck_add_product(m, n, k, a, m, b, n, &c, m)
    for i in 0..<m {
      for j in 0..<n {
        #expect(
          c[i + j * m] == (0..<k).reduce(0) { $0.addingProduct(a[i + $1 * m], b[j + $1 * n]) })
      }
    }
  }
}
