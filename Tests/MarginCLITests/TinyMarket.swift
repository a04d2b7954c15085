/// Three instruments, a book of two and thirteen days of prices: enough to be wrong in every way.
enum TinyMarket {
  static let columns = [
    "snap", "instrument_name", "bid_price", "ask_price", "mark_price", "underlying",
    "implied_volatility", "open_interest", "volume", "index_price", "funding_rate",
  ]

  static let rows = [
    "2026-08-17T08:00:00Z,BTC-PERPETUAL,63400,63405,63402.5,63402.5,,9000,4000,63400,0.0001",
    "2026-08-17T08:00:00Z,BTC-25SEP26-60000-P,0.0270,0.0280,0.0275,63500,0.42,800,90,63400,",
    "2026-08-17T08:00:00Z,BTC-25SEP26-66000-C,0.0230,0.0240,0.0235,63500,0.38,700,80,63400,",
  ]

  static func chain(_ rows: [String] = rows) -> String {
    ([columns.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }

  /// The chain with a field of one row changed.
  static func chain(_ column: String, of row: Int, _ value: String) -> String {
    var rows = rows
    var fields = rows[row].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if let k = columns.firstIndex(of: column) { fields[k] = value }
    rows[row] = fields.joined(separator: ",")
    return chain(rows)
  }

  static func book(_ lines: String...) -> String {
    (["instrument,quantity,unit"] + lines).joined(separator: "\n") + "\n"
  }

  static let dates = (1...13).map { "2026-08-\($0 < 10 ? "0" : "")\($0)" }
  static let levels = [
    64000, 64500, 63200, 62800, 63900, 65100, 64400, 63000, 63700, 62100, 62900, 63800, 63400,
  ]

  static func prices(_ change: (inout [String]) -> Void = { _ in }) -> String {
    var lines = zip(dates, levels).map { "\($0),\($1)" }
    change(&lines)
    return (["date,BTC"] + lines).joined(separator: "\n") + "\n"
  }

  static let files = [
    "chain.csv": chain(),
    "book.csv": book("BTC-25SEP26-60000-P,-10,coin", "BTC-PERPETUAL,5000,usd"),
    "prices.csv": prices(),
  ]

  static let program = """
    NAME tiny
    ROWS
     N cost
     G row
    COLUMNS
     x cost 1 row 1
     y cost 2 row 1
    RHS
     R row 1
    QUADOBJ
     x x 2
    ENDATA

    """

  /// minimize t subject to 3x − 4y + 12z = 26 and t ≥ ‖(x, y, z)‖.
  static let coneProgram = """
    NAME CONE
    ROWS
     N cost
     E plane
    COLUMNS
     t cost 1
     x plane 3
     y plane -4
     z plane 12
    RHS
     RHS plane 26
    BOUNDS
     FR BND x
     FR BND y
     FR BND z
    CSECTION norm 0.0 QUAD
     t
     x
     y
     z
    ENDATA
    """

  /// ½ |h − (3, 2, 1)|² with |hᵢ| ≤ 9 bᵢ and at most one of the binaries bᵢ.
  static let selection = """
    NAME selection
    ROWS
     N cost
     L u1
     L u2
     L u3
     G l1
     G l2
     G l3
     L count
    COLUMNS
     h1 cost -3 u1 1 l1 1
     h2 cost -2 u2 1 l2 1
     h3 cost -1 u3 1 l3 1
     M 'MARKER' 'INTORG'
     b1 u1 -9 l1 9 count 1
     b2 u2 -9 l2 9 count 1
     b3 u3 -9 l3 9 count 1
     M 'MARKER' 'INTEND'
    RHS
     R cost -7 count 1
    BOUNDS
     FR B h1
     FR B h2
     FR B h3
    QUADOBJ
     h1 h1 1
     h2 h2 1
     h3 h3 1
    ENDATA

    """
}
