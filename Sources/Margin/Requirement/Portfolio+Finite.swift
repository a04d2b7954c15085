import Pricing

extension Portfolio {
  /// Refuses a book with a quantity that is not a number: comparisons with NaN are false, so that a
  /// maximum over losses would drop it and call the book safe.
  ///
  /// - Throws: `MarginError.notFinite` with the instrument.
  func requireFiniteQuantities() throws(MarginError) {
    for position in positions where !position.quantity.isFinite {
      throw .notFinite("the quantity of \(position.instrument.name)", value: position.quantity)
    }
  }
}
