/// Our routine and a peer that does the same work, to be timed against each other.
struct Comparison {
  /// What is computed and how large it is: `Cholesky refactor 500`.
  let name: String

  /// Who the peer is: `dpotrf`.
  let peerName: String

  let ours: () -> Void
  let peer: () -> Void

  /// What else a measurement says, printed below it: values per second, iterations, shares.
  var note: (Measurement) -> String? = { _ in nil }
}

/// The comparisons of one theory. Each suite has its own file in `Suites/` and a place in
/// `RatioSuite.all`.
struct RatioSuite {
  /// The name by which the section is asked for on the command line.
  let section: String

  /// The comparisons, made when the section runs so that no other section pays for its data.
  let comparisons: () throws -> [Comparison]

  static var all: [RatioSuite] {
    [
      .linearAlgebra, .probability, .random, .riskModels, .covariance, .volatility, .pricing,
      .pricingKernels, .simulation, .bookRevaluation, .losses, .solver, .integers, .margin,
      .venue, .simm, .strategies, .hedging,
    ]
  }
}
