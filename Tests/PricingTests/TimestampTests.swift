import Pricing
import Testing

@Suite("Moments")
struct TimestampTests {
  @Test("known moments, in seconds since 1970")
  func known() throws {
    let cases: [(String, Double)] = [
      ("1970-01-01T00:00:00Z", 0),
      ("2000-02-29T12:00:00Z", 951_825_600),
      ("2001-09-09T01:46:40Z", 1_000_000_000),
      ("2026-08-17T03:58:01Z", 1_786_939_081),
      ("1969-12-31T23:59:59Z", -1),
      ("1900-03-01T00:00:00Z", -2_203_891_200),
      ("0001-01-01T00:00:00Z", -62_135_596_800),
    ]
    for (text, seconds) in cases {
      #expect(Timestamp(text)?.secondsSince1970 == seconds)
      #expect(Timestamp(secondsSince1970: seconds).description == text)
    }
  }

  @Test("shorter forms, fractions and zones")
  func forms() {
    let reference = Timestamp(secondsSince1970: 1_786_939_080)
    #expect(Timestamp("2026-08-17T03:58Z") == reference)
    #expect(Timestamp("2026-08-17 03:58") == reference)
    #expect(Timestamp("2026-08-17T05:58:00+02:00") == reference)
    #expect(Timestamp("2026-08-16T22:28:00-05:30") == reference)
    #expect(Timestamp("2026-08-17") == reference.startOfDay)
    let fraction = Timestamp("2026-08-17T03:58:00.250Z")
    #expect(fraction?.secondsSince1970 == 1_786_939_080.25)
    #expect(fraction?.description == "2026-08-17T03:58:00.250Z")
  }

  @Test(
    "text that is no moment gives nil",
    arguments: [
      "", "2026", "2026-02-30", "2026-13-01", "2026-8-17", "26-08-17", "2026-08-17T", "x",
      "2026-08-17T24:00:00Z", "2026-08-17T03:60:00Z", "2026-08-17T03:58:60Z", "2026-08-17T03",
      "2026-08-17T03:58:1Z", "2026-08-17T03:58:01.Z", "2026-08-17T03:58:01+2", "2026-08-17Z",
      "2026-08-17T03:58:nanZ", "2026-08-17T03:58:01ZZ", "--", "T", "2026-08-17T-1:00",
    ])
  func nonsense(_ text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test("every day of eight centuries follows the one before, both ways")
  func everyDay() throws {
    var previous = try #require(Timestamp(year: 1599, month: 12, day: 31)).secondsSince1970
    for year in 1600..<2400 {
      for month in 1...12 {
        for day in 1...31 {
          guard let moment = Timestamp(year: year, month: month, day: day) else { continue }
          #expect(moment.secondsSince1970 == previous + 86_400)
          previous = moment.secondsSince1970
          let date = moment.date
          #expect(date.year == year && date.month == month && date.day == day)
        }
      }
    }
  }

  @Test("a year is 365 days")
  func years() throws {
    let start = try #require(Timestamp("2026-08-17T08:00:00Z"))
    let end = try #require(Timestamp("2027-08-17T08:00:00Z"))
    #expect(end.years(since: start) == 1)
    #expect(start.years(since: end) == -1)
  }
}
