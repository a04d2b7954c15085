import Foundation
import MarginOptimization

/// The file of `hedge --venues`: venues, and what may be moved between them.
struct VenuesFile: Codable {
  struct Side: Codable {
    var name: String
    /// As --profile; files are found from the folder of this one.
    var profile: String
    var level: MarginLevel?
    /// A book as of --book, from the folder of this file; or coins by instrument.
    var book: String?
    var positions: [String: Double]?
    var collateral: Double?
    var buffer: Double?
    var collateralCap: Double?
    var collateralShare: Double?
    /// What may be traded there; the most liquid instruments of the command where absent.
    var instruments: [String]?
    var optionFee: Double?
    var futureFee: Double?
    /// As --limit.
    var limits: [String]?
  }

  struct Move: Codable {
    var from: String
    var to: String
    /// All that is held where absent.
    var instruments: [String]?
    var costPerCoin: Double?
  }

  struct CollateralMove: Codable {
    var from: String
    var to: String
    var costRate: Double?
    var limit: Double?
  }

  var venues: [Side]
  var positionTransfers: [Move]?
  var collateralTransfers: [CollateralMove]?

  /// - Throws: `InputError` with file and field.
  init(path: String) throws {
    let json = Data(try readText(path).utf8)
    do { self = try JSONDecoder().decode(Self.self, from: json) } catch let error as DecodingError {
      throw InputError(path, "no file of venues", error)
    }
    if let field = try UnknownField.first(in: json, decodedAs: self) {
      throw InputError("\(path): \(field): is no field of a file of venues")
    }
    if venues.isEmpty { throw InputError("\(path): venues: is empty; name at least one venue") }
  }

  /// The text of the example that `sample` writes beside the sample's chain and book.
  static let sample = """
    {
      "venues": [
        {"name": "deribit", "profile": "deribit", "book": "book.csv", "collateral": 150000,
         "buffer": 0.1},
        {"name": "paradex", "profile": "paradex", "positions": {}, "collateral": 400000,
         "collateralShare": 0.8, "limits": ["BTC.delta=-50..50"]}
      ],
      "positionTransfers": [
        {"from": "deribit", "to": "paradex", "costPerCoin": 2}
      ],
      "collateralTransfers": [
        {"from": "paradex", "to": "deribit", "costRate": 0.0005},
        {"from": "deribit", "to": "paradex", "costRate": 0.0005}
      ]
    }

    """
}
