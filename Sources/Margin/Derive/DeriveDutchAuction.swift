/// The parameters of Derive's liquidation auction. None comes with the package.
public struct DeriveDutchAuctionProfile: MarginProfile, Hashable {
  public var name: String
  public var source: String
  public var effective: String
  public var notes: [String]?
  /// How far the buffer goes beyond maintenance margin, as a share of the distance from it to the
  /// account's value.
  public var bufferShare: Double
  /// The share of the value at which the auction starts, and that at which its fast part ends.
  public var startShare: Double
  public var fastEndShare: Double
  /// The lengths of the two parts, the second of which ends at a share of 0.
  public var fastSeconds: Double
  public var slowSeconds: Double
  /// The length of the auction of an insolvent account.
  public var insolventSeconds: Double
  /// The fee at the start, as a share of the value of the largest fraction that may then be bought.
  public var feeRate: Double

  public init(
    name: String, source: String, effective: String, notes: [String]? = nil, bufferShare: Double,
    startShare: Double, fastEndShare: Double, fastSeconds: Double, slowSeconds: Double,
    insolventSeconds: Double = 600, feeRate: Double
  ) {
    self.name = name
    self.source = source
    self.effective = effective
    self.notes = notes
    self.bufferShare = bufferShare
    self.startShare = startShare
    self.fastEndShare = fastEndShare
    self.fastSeconds = fastSeconds
    self.slowSeconds = slowSeconds
    self.insolventSeconds = insolventSeconds
    self.feeRate = feeRate
  }

  public var firstFault: (field: String, reason: String)? {
    let figures = [
      ("bufferShare", bufferShare, 0...100), ("startShare", startShare, 0...1),
      ("fastEndShare", fastEndShare, 0...1), ("fastSeconds", fastSeconds, 1e-3...1e9),
      ("slowSeconds", slowSeconds, 1e-3...1e9), ("insolventSeconds", insolventSeconds, 1e-3...1e9),
      ("feeRate", feeRate, 0...1),
    ]
    for (field, value, range) in figures where !range.contains(value) {
      return (field, "\(value) is not in \(range)")
    }
    if fastEndShare > startShare {
      return ("fastEndShare", "\(fastEndShare) is above startShare, \(startShare)")
    }
    return nil
  }
}

/// Derive's liquidation: an account below maintenance margin is sold, fraction by fraction, at a
/// discount that grows with time.
///
/// With V the account's value, M its net maintenance margin (below 0), R the cash that earlier
/// buyers paid into it and d the share of the value asked for after a time,
///
///     buffer margin     B = M + b (M − V),
///     largest fraction  f = B / (B − V d − R (1 − d)), at most 1: after it B is 0,
///     bid               f (V − R) d.
///
/// Source: the auction's published behaviour, v2-core at 7736900d; the solvent part is verified
/// against its test results, see the package's validation document.
public struct DeriveDutchAuction: Sendable {
  /// An account in liquidation, in dollars.
  public struct Account: Sendable, Hashable {
    /// V, cash included.
    public var value: Double
    /// M, which is negative where the account may be liquidated.
    public var netMaintenance: Double
    /// R
    public var reservedCash: Double

    public init(value: Double, netMaintenance: Double, reservedCash: Double = 0) {
      self.value = value
      self.netMaintenance = netMaintenance
      self.reservedCash = reservedCash
    }
  }

  /// A fraction of an account bought.
  public struct Purchase: Sendable, Hashable {
    /// Of the account as it was, without its reserved cash.
    public var fraction: Double
    /// What the buyer pays into the account, in dollars.
    public var bid: Double
    /// What is left of it, the bid among its reserved cash.
    public var accountAfter: Account
  }

  public let profile: DeriveDutchAuctionProfile

  /// - Throws: `MarginError.profile` with the field at fault.
  public init(profile: DeriveDutchAuctionProfile) throws(MarginError) {
    try profile.requireNoFault()
    self.profile = profile
  }

  /// B; below 0 as long as more may be bought.
  public func bufferMargin(of account: Account) -> Double {
    account.netMaintenance
      + profile.bufferShare * (account.netMaintenance - account.value)
  }

  /// d after a time in seconds: linear from the start's share to the fast end's, then linear to 0.
  public func share(after seconds: Double) -> Double {
    let fast = min(max(seconds / profile.fastSeconds, 0), 1)
    let slow = min(max((seconds - profile.fastSeconds) / profile.slowSeconds, 0), 1)
    return (profile.startShare + (profile.fastEndShare - profile.startShare) * fast) * (1 - slow)
  }

  /// f: the fraction that brings the buffer margin to 0; 0 where it is not below.
  ///
  /// - Throws: `MarginError` where a figure is not finite or the account is insolvent.
  public func largestFraction(
    of account: Account, after seconds: Double
  ) throws(MarginError) -> Double {
    try requireSolvent(account, seconds)
    return largestFraction(of: account, share: share(after: seconds))
  }

  private func largestFraction(of account: Account, share: Double) -> Double {
    let buffer = bufferMargin(of: account)
    guard buffer < 0 else { return 0 }
    return min(
      1, buffer / (buffer - account.value * share - account.reservedCash * (1 - share)))
  }

  /// What a fraction costs, and the account without it; a fraction beyond the largest is cut to it.
  ///
  /// - Throws: `MarginError` where a figure is not finite or negative, or the account is insolvent.
  public func buying(
    _ fraction: Double, of account: Account, after seconds: Double
  ) throws(MarginError) -> Purchase {
    try DeriveAccount.require("the fraction", fraction, in: 0...1)
    let f = min(fraction, try largestFraction(of: account, after: seconds))
    let reserved = account.reservedCash
    let bid = f * (account.value - reserved) * share(after: seconds)
    func rest(_ amount: Double) -> Double { (amount - reserved) * (1 - f) + reserved + bid }
    return Purchase(
      fraction: f, bid: bid,
      accountAfter: Account(
        value: rest(account.value), netMaintenance: rest(account.netMaintenance),
        reservedCash: reserved + bid))
  }

  /// The fee when the auction starts, in dollars: of the fraction that could be bought without
  /// discount.
  ///
  /// - Throws: `MarginError` where a figure is not finite or the account is insolvent.
  public func startingFee(of account: Account) throws(MarginError) -> Double {
    try requireSolvent(account, 0)
    return largestFraction(of: account, share: 1) * abs(account.value) * profile.feeRate
  }

  /// What the whole of an insolvent account is sold for, in dollars; negative: the security module
  /// pays the buyer.
  ///
  /// Linear in time from min(V, 0) to M. No reference case reaches this part of the rule.
  ///
  /// - Throws: `MarginError` where a figure is not finite.
  public func insolventBid(
    of account: Account, after seconds: Double
  ) throws(MarginError) -> Double {
    try requireFinite(account, seconds)
    let elapsed = min(max(seconds / profile.insolventSeconds, 0), 1)
    let start = min(account.value, 0)
    return start + (min(account.netMaintenance, start) - start) * elapsed
  }

  private func requireFinite(_ account: Account, _ seconds: Double) throws(MarginError) {
    try DeriveAccount.require("the account's value", account.value)
    try DeriveAccount.require("the net maintenance margin", account.netMaintenance)
    try DeriveAccount.require("the reserved cash", account.reservedCash, in: 0...1e18)
    try DeriveAccount.require("the time since the auction began", seconds, in: 0...1e18)
  }

  private func requireSolvent(_ account: Account, _ seconds: Double) throws(MarginError) {
    try requireFinite(account, seconds)
    try DeriveAccount.require(
      "the value of the account without its reserved cash, which is insolvent below 0,",
      account.value - account.reservedCash, in: 0...1e18)
  }
}
