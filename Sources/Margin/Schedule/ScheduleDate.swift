/// A day of the Gregorian calendar.
struct ScheduleDate: Comparable {
  let year: Int
  let month: Int
  let day: Int

  /// Reads `2022-08-23`, `20220823` or `23/08/2022`; nil for what is none of them.
  init?(_ text: String) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "/" }
    var numbers = parts.compactMap { Int($0) }
    if parts.count == 1, text.utf8.count == 8, let whole = numbers.first, whole > 0 {
      numbers = [whole / 10000, whole / 100 % 100, whole % 100]
    } else if numbers.count != 3 || parts.count != 3 {
      return nil
    } else if parts[2].count == 4 {
      numbers.reverse()
    }
    (year, month, day) = (numbers[0], numbers[1], numbers[2])
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.daysOfMonth(month, year)
    else { return nil }
  }

  static func < (a: Self, b: Self) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }

  /// Actual/Actual (ISDA): days in leap years over 366, others over 365.
  func years(to end: ScheduleDate) -> Double {
    if end < self { return -end.years(to: self) }
    if year == end.year { return (end.dayOfYear - dayOfYear) / Self.daysOfYear(year) }
    return (Self.daysOfYear(year) - dayOfYear) / Self.daysOfYear(year)
      + Double(end.year - year - 1) + end.dayOfYear / Self.daysOfYear(end.year)
  }

  /// Days since the first of January.
  private var dayOfYear: Double {
    Double((1..<month).reduce(day - 1) { $0 + Self.daysOfMonth($1, year) })
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func daysOfYear(_ year: Int) -> Double { isLeap(year) ? 366 : 365 }

  private static func daysOfMonth(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
