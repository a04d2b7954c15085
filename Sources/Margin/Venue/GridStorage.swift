internal import CKernels

/// The memory of a table of scenario values, laid out for the kernels.
///
/// Written while it is made and, by the one table that owns it, when prices move; read otherwise.
final class GridStorage: @unchecked Sendable {
  private(set) var grid: ck_grid
  /// Doubles in a row: scenarios, zeros and terms.
  let stride: Int
  private let memory: [UnsafeMutableRawPointer]

  init(rows: Int, scenarios: Int, groups: Int, buckets: Int, pools: Int) {
    stride = (scenarios + Int(ck_grid_terms) + 7) / 8 * 8
    var memory: [UnsafeMutableRawPointer] = []
    func room<Element: BitwiseCopyable>(
      _ count: Int, _ zero: Element
    ) -> UnsafeMutablePointer<Element> {
      let raw = UnsafeMutableRawPointer.allocate(
        byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
      memory.append(raw)
      return raw.initializeMemory(as: Element.self, repeating: zero, count: max(count, 1))
    }
    grid = ck_grid()
    grid.stride = stride
    grid.row_count = rows
    grid.rows = room(rows * stride, 0.0)
    grid.weights = room(stride, 0.0)
    grid.dampeners = room(groups * stride, 0.0)
    grid.roll = room(rows, 0.0)
    grid.group_of = room(rows, Int32(0))
    grid.bucket_of = room(rows, Int32(0))
    grid.groups = room(groups, ck_grid_group())
    grid.pools = room(pools, ck_grid_pool())
    grid.group_count = Int32(groups)
    grid.bucket_count = Int32(buckets)
    grid.pool_count = Int32(pools)
    self.memory = memory
  }

  func copy() -> GridStorage {
    let groups = Int(grid.group_count)
    let copy = GridStorage(
      rows: grid.row_count, scenarios: stride - Int(ck_grid_terms), groups: groups,
      buckets: Int(grid.bucket_count), pools: Int(grid.pool_count))
    let target = copy.grid
    target.rows.update(from: grid.rows, count: grid.row_count * stride)
    target.weights.update(from: grid.weights, count: stride)
    target.dampeners.update(from: grid.dampeners, count: groups * stride)
    target.roll.update(from: grid.roll, count: grid.row_count)
    target.group_of.update(from: grid.group_of, count: grid.row_count)
    target.bucket_of.update(from: grid.bucket_of, count: grid.row_count)
    target.groups.update(from: grid.groups, count: groups)
    target.pools.update(from: grid.pools, count: Int(grid.pool_count))
    copy.setFactors(maintenance: grid.maintenance_factor, rounding: grid.rounding)
    return copy
  }

  func setFactors(maintenance: Double, rounding: Double) {
    grid.maintenance_factor = maintenance
    grid.rounding = rounding
  }

  func row(_ row: Int) -> UnsafeMutablePointer<Double> { grid.rows + row * stride }

  deinit { memory.forEach { $0.deallocate() } }
}
