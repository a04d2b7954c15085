internal import Foundation
internal import RiskModels

extension ReturnHistory {
  /// The logarithmic returns of the factor of a name, oldest first.
  func logarithmicReturns(of name: String) throws(SimulationError) -> [Double] {
    guard let column = factors.firstIndex(of: name) else { throw .unknownFactor(name) }
    let returns = returns.column(column)
    if kind == .logarithmic { return returns }
    if let bad = returns.firstIndex(where: { $0 <= -1 }) {
      throw .moveBelowMinusOne("return of \(name) on date", at: bad, value: returns[bad])
    }
    return returns.map { log1p($0) }
  }
}
