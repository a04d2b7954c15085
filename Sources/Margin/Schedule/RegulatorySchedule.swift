import Foundation

/// Initial margin by the regulatory schedule: a share of each trade's notional, reduced by the
/// net-to-gross ratio of replacement costs.
///
///     margin = gross · (0.4 + 0.6 · NGR),    NGR = max(0, Σ PV) / Σ max(0, PV)
///
/// for the side that calls; the side that posts has the present values with their signs changed. NGR is 1
/// where no trade has a positive value (BCBS and IOSCO, Margin requirements for non-centrally cleared
/// derivatives, Appendix A, 2013; 12 CFR 237, Appendix A). The shares are those of that schedule; others can be
/// given.
public struct RegulatorySchedule: Sendable, Hashable, Codable {
  public enum ProductClass: String, Sendable, Hashable, Codable, CaseIterable,
    CodingKeyRepresentable
  {
    case rates = "Rates"
    case credit = "Credit"
    case foreignExchange = "FX"
    case equity = "Equity"
    case commodity = "Commodity"
    case other = "Other"
  }

  /// The share of the notional for maturities below a number of years.
  public struct Share: Sendable, Hashable, Codable {
    /// Years; nil for those that no other covers.
    public var belowYears: Double?
    public var share: Double

    public init(belowYears: Double? = nil, _ share: Double) {
      self.belowYears = belowYears
      self.share = share
    }
  }

  public var name: String
  public var source: String
  /// Shares of the notional in ascending order of maturity; the last is for all others.
  public var shares: [ProductClass: [Share]]
  /// What is charged of the gross amount however well trades offset.
  public var floor: Double

  /// - Throws: `MarginError.profile` with the field at fault.
  public init(
    name: String, source: String, shares: [ProductClass: [Share]], floor: Double = 0.4
  ) throws(MarginError) {
    self.name = name
    self.source = source
    self.shares = shares
    self.floor = floor
    for productClass in ProductClass.allCases {
      let field = "shares.\(productClass.rawValue)"
      guard let list = shares[productClass], list.last?.belowYears == nil, !list.isEmpty else {
        throw .profile(name, field: field, reason: "needs a last share for all other maturities")
      }
      for share in list where !(share.share >= 0 && share.share <= 1) {
        throw .profile(name, field: field, reason: "\(share.share) is not in [0, 1]")
      }
      let years = list.dropLast().map { $0.belowYears ?? .nan }
      guard years.allSatisfy({ $0 > 0 }), zip(years, years.dropFirst()).allSatisfy({ $0 < $1 })
      else { throw .profile(name, field: field, reason: "maturities do not ascend") }
    }
    guard floor >= 0 && floor <= 1 else {
      throw .profile(name, field: "floor", reason: "\(floor) is not in [0, 1]")
    }
  }

  /// The schedule of BCBS and IOSCO.
  public static let standard: RegulatorySchedule = {
    do {
      return try RegulatorySchedule(
        name: "standardised schedule",
        source: "BCBS and IOSCO, Margin requirements for non-centrally cleared derivatives, "
          + "Appendix A",
        shares: [
          .credit: [
            Share(belowYears: 2, 0.02), Share(belowYears: 5, 0.05), Share(0.1),
          ],
          .rates: [Share(belowYears: 2, 0.01), Share(belowYears: 5, 0.02), Share(0.04)],
          .commodity: [Share(0.15)], .equity: [Share(0.15)], .foreignExchange: [Share(0.06)],
          .other: [Share(0.15)],
        ])
    } catch { preconditionFailure("The standard schedule is sound: \(error)") }
  }()

  /// A trade under the schedule.
  public struct Trade: Sendable, Hashable {
    public var id: String
    public var productClass: ProductClass
    /// Dollars; its size counts.
    public var notional: Double
    /// Dollars, to the side that calls.
    public var presentValue: Double
    /// Years, Actual/Actual (ISDA) where read from dates.
    public var maturity: Double

    public init(
      id: String, productClass: ProductClass, notional: Double, presentValue: Double,
      maturity: Double
    ) {
      self.id = id
      self.productClass = productClass
      self.notional = notional
      self.presentValue = presentValue
      self.maturity = maturity
    }
  }

  /// The share of a trade's notional.
  ///
  /// - Throws: `MarginError.profile` where the trade has matured.
  public func share(of trade: Trade) throws(MarginError) -> Double {
    guard trade.maturity >= 0 else {
      throw .profile(
        name, field: "maturity of \(trade.id)", reason: "\(trade.maturity) years: it has matured")
    }
    let list = shares[trade.productClass] ?? []
    return list.first { $0.belowYears.map { trade.maturity < $0 } ?? true }?.share ?? 0
  }

  /// Replacement costs: dollars of the trades that have a value to the side, of all together, and the
  /// ratio of the two.
  public func replacementCost(
    of trades: [Trade], side: SIMM.Side
  ) -> (gross: Double, net: Double, netToGross: Double) {
    let sign = side == .call ? 1.0 : -1
    let gross = trades.reduce(0) { $0 + max(0, sign * $1.presentValue) }
    let net = max(0, trades.reduce(0) { $0 + sign * $1.presentValue })
    return (gross, net, gross > 0 ? net / gross : 1)
  }

  /// The margin of the trades of one netting set, in dollars, as an explained tree.
  ///
  /// - Throws: `MarginError` where a trade has matured, or a number is not finite.
  public func requirement(
    for trades: [Trade], side: SIMM.Side = .call
  ) throws(MarginError) -> MarginRequirement {
    var parts: [MarginRequirement] = []
    for productClass in ProductClass.allCases {
      var gross: [MarginRequirement] = []
      for trade in trades where trade.productClass == productClass {
        for (what, value) in [
          ("notional", trade.notional), ("present value", trade.presentValue),
          ("maturity", trade.maturity),
        ] where !value.isFinite { throw .notFinite("the \(what) of \(trade.id)", value: value) }
        gross.append(
          MarginRequirement(
            trade.id, .scaled(by: try share(of: trade)),
            of: [MarginRequirement("notional", abs(trade.notional))]))
      }
      if !gross.isEmpty { parts.append(MarginRequirement(productClass.rawValue, .sum, of: gross)) }
    }
    let ratio = replacementCost(of: trades, side: side).netToGross
    return MarginRequirement(
      "\(name), \(side.rawValue.lowercased()), net to gross \(ratio)",
      .scaled(by: floor + (1 - floor) * ratio),
      of: [MarginRequirement("gross margin", .sum, of: parts)])
  }

  /// The trades of a CRIF: a row `Notional` each, and a row `PV`; without one the value is zero.
  ///
  /// - Parameters:
  ///   - date: the day of the valuation, as in `2020-12-28`.
  /// - Throws: ``CRIFError`` with the line and the field at fault.
  public static func trades(of crif: CRIF, on date: String) throws(CRIFError) -> [Trade] {
    guard let today = ScheduleDate(date) else {
      throw CRIFError(file: crif.name, field: "date", problem: "'\(date)' is not a date")
    }
    var trades: [String: Trade] = [:]
    var (order, seen) = ([String](), Set<String>())
    for record in crif.records
    where record.model == "Schedule"
      || record.model.isEmpty
        && (record.riskType == .presentValue || !record.endDate.isEmpty)
    {
      guard record.riskType == .notional || record.riskType == .presentValue else {
        throw crif.error(
          record, "RiskType",
          "\(record.riskType.rawValue) is not of the schedule, which has Notional and PV")
      }
      guard let productClass = ProductClass(rawValue: record.productClass) else {
        throw crif.error(
          record, "ProductClass",
          "'\(record.productClass)' is not known (known are "
            + ProductClass.allCases.map(\.rawValue).joined(separator: ", ") + ")")
      }
      guard let end = ScheduleDate(record.endDate) else {
        throw crif.error(record, "end_date", "'\(record.endDate)' is not a date")
      }
      guard end >= today else {
        throw crif.error(record, "end_date", "\(record.endDate) is before \(date)")
      }
      if record.tradeID.isEmpty { throw crif.error(record, "TradeID", "is empty") }
      if !seen.insert("\(record.tradeID) \(record.riskType.rawValue)").inserted {
        throw crif.error(
          record, "TradeID", "\(record.tradeID) has two rows of \(record.riskType.rawValue)")
      }
      let maturity = today.years(to: end)
      if let known = trades[record.tradeID] {
        if known.productClass != productClass {
          throw crif.error(
            record, "ProductClass",
            "'\(record.productClass)' differs from \(known.productClass.rawValue) in another row")
        }
        if known.maturity != maturity {
          throw crif.error(record, "end_date", "\(record.endDate) differs from another row's")
        }
      } else {
        order.append(record.tradeID)
        trades[record.tradeID] = Trade(
          id: record.tradeID, productClass: productClass, notional: .nan, presentValue: 0,
          maturity: maturity)
      }
      if record.riskType == .notional {
        trades[record.tradeID]?.notional = record.amount
      } else {
        trades[record.tradeID]?.presentValue = record.amount
      }
    }
    for id in order where trades[id]?.notional.isNaN == true {
      throw CRIFError(file: crif.name, field: "Notional", problem: "\(id) has no row of it")
    }
    return order.compactMap { trades[$0] }
  }
}
