/// Calendar dates of the proleptic Gregorian calendar and ISO 8601 text.
extension Timestamp {
  /// The moment of a calendar date and time of day in coordinated universal time.
  ///
  /// - Returns: nil when there is no such day (30 February) or time of day.
  public init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Double = 0
  ) {
    guard (1...12).contains(month), (-999_999...999_999).contains(year),
      (1...Self.daysInMonth(month, of: year)).contains(day),
      (0..<24).contains(hour), (0..<60).contains(minute), second >= 0, second < 60
    else { return nil }
    let days = Self.daysSince1970(year: year, month: month, day: day)
    self.init(
      secondsSince1970: Double(days * 86_400 + hour * 3600 + minute * 60) + second)
  }

  /// A moment written as in ISO 8601: `2026-08-17T03:58:01Z`.
  ///
  /// The time of day may have a fraction of a second, no seconds, or be missing (midnight); a space
  /// may stand for the T; the zone is `Z`, an offset as `+02:00`, or missing, which means `Z`.
  ///
  /// - Returns: nil when the text is not such a moment.
  public init?(_ text: String) {
    let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == "T" || $0 == " "
    }
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    guard date.count == 3, date[0].utf8.count == 4,
      let year = Self.digits(date[0]), let month = Self.digits(date[1], 2),
      let day = Self.digits(date[2], 2)
    else { return nil }
    guard halves.count == 2 else {
      self.init(year: year, month: month, day: day)
      return
    }
    guard let (clock, offset) = Self.zone(halves[1]) else { return nil }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let hour = Self.digits(parts[0], 2),
      let minute = Self.digits(parts[1], 2),
      let second = parts.count == 2 ? 0 : Self.seconds(parts[2]),
      let moment = Timestamp(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else { return nil }
    self.init(secondsSince1970: moment.secondsSince1970 - Double(offset * 60))
  }

  /// Splits a time of day from its zone; the offset is in minutes east.
  private static func zone(_ text: Substring) -> (clock: Substring, offset: Int)? {
    if text.hasSuffix("Z") { return (text.dropLast(), 0) }
    guard let mark = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return (text, 0) }
    let parts = text[text.index(after: mark)...].split(
      separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let hours = digits(parts[0], 2), let minutes = digits(parts[1], 2),
      hours < 24, minutes < 60
    else { return nil }
    return (text[..<mark], (text[mark] == "-" ? -1 : 1) * (60 * hours + minutes))
  }

  private static func digits(_ text: Substring, _ count: Int? = nil) -> Int? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), count == nil || text.utf8.count == count
    else { return nil }
    return Int(text)
  }

  private static func seconds(_ text: Substring) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, digits(parts[0], 2) != nil,
      parts.count == 1 || (!parts[1].isEmpty && digits(parts[1]) != nil)
    else { return nil }
    return Double(text)
  }

  /// Midnight at the beginning of the day of this moment.
  public var startOfDay: Timestamp {
    Timestamp(secondsSince1970: (secondsSince1970 / 86_400).rounded(.down) * 86_400)
  }

  /// The calendar date in coordinated universal time.
  public var date: (year: Int, month: Int, day: Int) {
    Self.date(daysSince1970: Int((secondsSince1970 / 86_400).rounded(.down)))
  }

  /// Days from 1970-01-01, with years that begin in March so that a leap day ends its year, and
  /// eras of 400 years = 146,097 days.
  private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let y = month > 2 ? year : year - 1
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The inverse of ``daysSince1970(year:month:day:)``.
  private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }

  static func daysInMonth(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Timestamp: CustomStringConvertible {
  /// The moment as in ISO 8601, `2026-08-17T03:58:01Z`, to the millisecond where it is not a whole
  /// second. A moment that is not finite or beyond the year 9999 is given in seconds since 1970.
  public var description: String {
    guard abs(secondsSince1970) < 2.5e11 else { return "\(secondsSince1970) s since 1970" }
    let total = Int((secondsSince1970 * 1000).rounded())
    let day = Timestamp(secondsSince1970: Double(total) / 1000)
    let milliseconds = total - Int(day.startOfDay.secondsSince1970) * 1000
    let (year, month, dayOfMonth) = day.date
    func pad(_ n: Int, _ width: Int) -> String {
      let text = String(n)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let seconds = milliseconds / 1000
    let fraction = milliseconds % 1000
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))T"
      + "\(pad(seconds / 3600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2))"
      + (fraction == 0 ? "Z" : ".\(pad(fraction, 3))Z")
  }
}
