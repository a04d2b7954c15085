/// Options of one underlying, gathered by expiry and strike so that each strike of an expiry is valued
/// once whatever calls and puts of it are held.
///
/// By put–call parity a put is its call less F − K: with quantities c and p of one strike
///
///     c C + p P = (c + p) C − p (F − K),
///
/// or the same with the put where more puts are held; what remains is linear in the price. The sum
/// differs from that of single values by rounding of the size of 2⁻⁵² Σ|quantity| max(F, K).
public struct OptionBook: Sendable {
  /// A position in an option on a forward.
  public struct Leg: Sendable, Hashable {
    public var right: Instrument.Right
    /// F ≥ 0 now, in dollars.
    public var forward: Double
    /// K ≥ 0, in dollars.
    public var strike: Double
    /// σ ≥ 0, annualised, a decimal.
    public var volatility: Double
    /// T in years; at or below 0 the option is worth its intrinsic value.
    public var time: Double
    /// Coins, signed.
    public var quantity: Double

    public init(
      _ right: Instrument.Right, forward: Double, strike: Double, volatility: Double, time: Double,
      quantity: Double
    ) {
      self.right = right
      self.forward = forward
      self.strike = strike
      self.volatility = volatility
      self.time = time
      self.quantity = quantity
    }
  }

  /// What is valued: one leg for each strike, expiry and volatility, by rising time and strike; legs that
  /// cancel are left out.
  public let legs: [Leg]
  /// Coins of each forward that parity leaves over: Σ −p over the strikes where puts became calls.
  let linear: [(forward: Double, coins: Double)]
  /// Dollars that parity leaves over.
  let constant: Double

  /// Gathers positions.
  ///
  /// - Precondition: No forward, strike or volatility is negative, and nothing is NaN.
  /// - Complexity: O(n log n) in the number of positions.
  public init(_ positions: [Leg]) {
    struct Key: Hashable {
      var time: Double, strike: Double, forward: Double, volatility: Double
    }
    var held: [Key: (calls: Double, puts: Double)] = [:]
    for p in positions {
      precondition(
        p.forward >= 0 && p.strike >= 0 && p.volatility >= 0 && !p.time.isNaN && !p.quantity.isNaN,
        "A position of a book needs numbers, and forward, strike and volatility of at least 0: \(p)."
      )
      let key = Key(
        time: max(0, p.time), strike: p.strike, forward: p.forward, volatility: p.volatility)
      if p.right == .call {
        held[key, default: (0, 0)].calls += p.quantity
      } else {
        held[key, default: (0, 0)].puts += p.quantity
      }
    }
    var legs: [Leg] = []
    var coins: [Double: Double] = [:]
    var constant = 0.0
    let order = held.sorted {
      ($0.key.time, $0.key.strike, $0.key.forward, $0.key.volatility)
        < ($1.key.time, $1.key.strike, $1.key.forward, $1.key.volatility)
    }
    for (key, quantity) in order {
      let (calls, puts) = quantity
      let right: Instrument.Right = abs(calls) >= abs(puts) ? .call : .put
      // The quantity that changes its right, and what it leaves: −p(F − K) or +c(F − K).
      let changed = right == .call ? -puts : calls
      if changed != 0 {
        coins[key.forward, default: 0] += changed
        constant -= changed * key.strike
      }
      if calls + puts != 0 {
        legs.append(
          Leg(
            right, forward: key.forward, strike: key.strike, volatility: key.volatility,
            time: key.time, quantity: calls + puts))
      }
    }
    self.legs = legs
    self.linear = coins.sorted { $0.key < $1.key }.map { (forward: $0.key, coins: $0.value) }
    self.constant = constant
  }

  /// Adds the book's value in scenarios of the underlying's price, in dollars.
  ///
  /// - Parameters:
  ///   - part: Which scenarios; all when nil.
  ///   - sums: To what is added; as many as scenarios asked for.
  /// - Complexity: O(strikes · scenarios), 2 ns each.
  public func addValues(
    in scenarios: PriceScenarios, part: Range<Int>? = nil,
    to sums: UnsafeMutableBufferPointer<Double>
  ) {
    let part = part ?? 0..<scenarios.count
    precondition(
      sums.count == part.count,
      "One sum belongs to each scenario; there are \(sums.count) for \(part.count).")
    let slope = linear.reduce(0) { $0 + $1.forward * $1.coins }
    // Blocks that stay in the first cache while all legs pass over them.
    for first in stride(from: 0, to: part.count, by: Self.block) {
      let last = min(first + Self.block, part.count)
      let target = UnsafeMutableBufferPointer(rebasing: sums[first..<last])
      let block = (part.lowerBound + first)..<(part.lowerBound + last)
      for leg in legs {
        Black76.add(
          leg.quantity, of: leg.right, forward: leg.forward, strike: leg.strike,
          volatility: leg.volatility, time: leg.time, in: scenarios, part: block, to: target)
      }
      if slope != 0 || constant != 0 {
        for (i, j) in block.enumerated() { target[i] += slope * scenarios.growths[j] + constant }
      }
    }
  }

  /// The book's value in each scenario of the underlying's price, in dollars.
  public func values(in scenarios: PriceScenarios) -> [Double] {
    var sums = [Double](repeating: 0, count: scenarios.count)
    sums.withUnsafeMutableBufferPointer { addValues(in: scenarios, to: $0) }
    return sums
  }

  private static let block = 512
}
