import Foundation
import Margin
import MarginSamples
import TestSupport
import Testing

@Suite("Derive's profiles and auction")
struct DeriveProfileTests {
  private static func text(_ profile: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(profile), as: UTF8.self)
  }

  @Test("profiles survive JSON")
  func roundTrips() throws {
    for profile in [DeriveSamples.pmrm1, DeriveSamples.pmrm2] {
      let text = try Self.text(profile)
      #expect(try DerivePortfolioMarginProfile(json: Data(text.utf8)) == profile)
    }
    let text = try Self.text(DeriveSamples.standard)
    #expect(try DeriveStandardMarginProfile(json: Data(text.utf8)) == DeriveSamples.standard)
  }

  @Test(
    "a faulty portfolio margin profile is refused with the field at fault",
    arguments: [
      ("\"initialFactor\":1.05", "\"initialFactor\":-1", "otherUnderlyings.initialFactor"),
      ("\"initialFactor\":1.05", "\"other\":1", "otherUnderlyings.initialFactor"),
      ("\"minimumUp\":0.42", "\"minimumUp\":1e9", "otherUnderlyings.volatilityShock.minimumUp"),
      ("\"skew\":{", "\"squew\":{", "otherUnderlyings.skew"),
      ("\"negativeDiscount\":{", "\"x\":{", "otherUnderlyings.negativeDiscount"),
      ("\"spot\":0.82", "\"spot\":0", "otherUnderlyings.scenarios[0].spot"),
      (
        "\"spot\":1,\"volatility\":\"linearSkew\"", "\"spot\":1.1,\"volatility\":\"linearSkew\"",
        "otherUnderlyings.scenarios[23].spot"
      ),
      (
        "\"volatility\":\"down\"", "\"volatility\":\"out\"",
        "otherUnderlyings.scenarios[2].volatility"
      ),
      ("\"version\":\"PMRM 2\"", "\"version\":\"PMRM 3\"", "version"),
      (
        "\"version\":\"PMRM 2\"", "\"version\":\"PMRM 1\"",
        "otherUnderlyings.scenarios[23].volatility"
      ),
      ("\"dampening\":0.06", "\"dampening\":-0.06", "otherUnderlyings.scenarios[21].dampening"),
      ("\"effective\":\"2026-01-01\"", "\"effective\":\"May\"", "effective"),
      ("\"otherUnderlyings\":", "\"others\":", "underlyings"),
    ])
  func faults(original: String, replacement: String, field: String) throws {
    let text = try Self.text(DeriveSamples.pmrm2)
    #expect(text.contains(original))
    let spoilt = text.replacing(original, with: replacement, maxReplacements: 1)
    #expect {
      try DerivePortfolioMarginProfile(json: Data(spoilt.utf8), fileName: "p.json")
    } throws: { error in
      guard case .profile(_, let named, _)? = error as? MarginError else { return false }
      return named == field
    }
  }

  @Test("a faulty Standard Manager profile is refused with the field at fault")
  func standardFaults() throws {
    let text = try Self.text(DeriveSamples.standard)
      .replacing("\"maximumSpotRate\":0.16", with: "\"maximumSpotRate\":-0.16")
    #expect {
      try DeriveStandardMarginProfile(json: Data(text.utf8))
    } throws: { error in
      guard case .profile(_, let named, _)? = error as? MarginError else { return false }
      return named == "otherUnderlyings.option.maximumSpotRate"
    }
  }

  private static let auctionProfile = DeriveDutchAuctionProfile(
    name: "auction sample", source: "made up for tests", effective: "2026-01-01",
    bufferShare: 0.25, startShare: 0.97, fastEndShare: 0.75, fastSeconds: 120, slowSeconds: 9_000,
    feeRate: 0.03)

  @Test("the auction's discount is linear in two parts; the largest fraction ends the liquidation")
  func auction() throws {
    let auction = try DeriveDutchAuction(profile: Self.auctionProfile)
    for (seconds, share) in [
      (0.0, 0.97), (60, 0.86), (120, 0.75), (4_620, 0.375), (9_120, 0), (1e6, 0),
    ] {
      #expect(isClose(auction.share(after: seconds), share, relative: 1e-14, absolute: 1e-15))
    }
    var random = TestRandom(seed: 53)
    for _ in 0..<300 {
      let value = 100 * abs(random.signedUnit())
      let account = DeriveDutchAuction.Account(
        value: value, netMaintenance: -80 * abs(random.signedUnit()),
        reservedCash: value / 4 * abs(random.signedUnit()))
      let seconds = 6_000 * abs(random.signedUnit())
      let largest = try auction.largestFraction(of: account, after: seconds)
      let bought = try auction.buying(1, of: account, after: seconds)
      #expect(bought.fraction == largest && largest > 0 && largest <= 1)
      #expect(abs(auction.bufferMargin(of: bought.accountAfter)) < 1e-10 || largest == 1)
      #expect(try auction.largestFraction(of: bought.accountAfter, after: seconds) < 1e-10)
    }
    let healthy = DeriveDutchAuction.Account(value: 50, netMaintenance: 40)
    #expect(try auction.buying(0.5, of: healthy, after: 0).fraction == 0)
  }

  @Test("an insolvent account has no discount auction, and one that ends at its maintenance margin")
  func insolvency() throws {
    let auction = try DeriveDutchAuction(profile: Self.auctionProfile)
    let account = DeriveDutchAuction.Account(value: -10, netMaintenance: -40)
    #expect(throws: MarginError.self) { try auction.largestFraction(of: account, after: 0) }
    #expect(try auction.insolventBid(of: account, after: 0) == -10)
    #expect(try auction.insolventBid(of: account, after: 300) == -25)
    #expect(try auction.insolventBid(of: account, after: 9_999) == -40)
    #expect(throws: MarginError.self) {
      try auction.startingFee(of: .init(value: .nan, netMaintenance: -1))
    }
    var profile = Self.auctionProfile
    profile.fastEndShare = 0.99
    #expect(throws: MarginError.self) { try DeriveDutchAuction(profile: profile) }
  }
}
