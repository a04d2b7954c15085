/// SIMM of a book as tables: what is left to do once it is known which sensitivities there are.
///
/// A *factor* is a weighted sum of sensitivities, w = Σ RW s, before concentration. Factors make up *names*
/// W = Σ w within which they share the concentration risk factor CR; names make up *buckets*. With c = CR²,
/// WS = √c w and f_kl = min(CR_k, CR_l)/max(CR_k, CR_l), the rule's form of a bucket,
///
///     K² = Σ ρ_kl f_kl WS_k WS_l = Σ ρ_kl min(c_k, c_l) w_k w_l,
///
/// is smooth in w and c. Where ρ has few distinct values it is sums over names of
///
///     M = Σ min(c_k, c_l) W_k W_l = (Σ W)² + Σᵢ (cᵢ − cᵢ₊₁) (W₁ + … + Wᵢ)²,
///
/// the names with c > 1 in descending order of c, and 1 after the last: O(n + m log m) for n names of which
/// m are concentrated, where the double sum takes n².
struct SIMMKernel: Sendable {
  /// The terms of factor f are `termStart[f]..<termStart[f + 1]`.
  var termStart = [0]
  var termInput: [Int] = []
  /// RW, with the volatility and the historical ratio for vega; SF σ for curvature.
  var termWeight: [Double] = []
  /// What the sensitivity counts for in the concentration.
  var termExposure: [Double] = []
  var factorName: [Int] = []
  /// 1 less the correlation that the sums over names give a factor with itself.
  var factorOwn: [Double] = []
  /// The tenor of a rate's factor, and the sub-curve.
  var factorTenor: [Int] = []
  var factorCurve: [Int] = []
  var nameRisk: [Int] = []
  /// Dollars up to which a concentration risk factor is 1.
  var riskThreshold: [Double] = []
  var buckets: [Bucket] = []
  var margins: [Margin] = []
  var productClasses: [ProductClass] = []
  /// ρ between tenors, row by row, and its squares.
  var tenorCorrelations: [Double] = []
  var squaredTenorCorrelations: [Double] = []
  var inputCount = 0

  var factorCount: Int { factorName.count }

  /// Factors that are aggregated to K.
  struct Bucket: Sendable {
    var name: String
    var factors: Range<Int>
    var names: Range<Int>
    var form: Form
  }

  enum Form: Sendable {
    /// K² = Σ own c w² + within Σ c W² + Σ weight M(group) + across M.
    case names(within: Double, groups: [Group], across: Double)
    case rates(Rates)
  }

  /// Names with a correlation of their own: `weight` is what it has above the one with all others.
  struct Group: Sendable {
    var names: Range<Int>
    var weight: Double
  }

  /// Rates of one currency by tenor and sub-curve, inflation, and the cross-currency basis, which has no
  /// concentration. All but the basis are one name.
  struct Rates: Sendable {
    var curves: Int
    /// The number of factors of curves; inflation and basis follow.
    var curveFactors: Range<Int>
    var inflation: Int?
    var basis: Int?
    var subCurveCorrelation: Double
    var inflationCorrelation: Double
    var basisCorrelation: Double
    var isSquared: Bool
  }

  /// One margin of one risk class.
  struct Margin: Sendable {
    var riskClass: SIMMRiskClass
    var type: SIMMMarginType
    /// Buckets that are aggregated; one that stands alone follows where `hasResidual`.
    var buckets: Range<Int>
    var hasResidual: Bool
    /// γ between them, row by row; squared for curvature.
    var correlations: [Double]
    /// Whether γ is times min(CR_b, CR_c)/max(CR_b, CR_c), as for rates.
    var usesRatio: Bool
    /// What a curvature margin is multiplied by.
    var scale = 1.0
  }

  struct ProductClass: Sendable {
    var productClass: SIMMProductClass
    var multiplier: Double
    /// Margins by risk class; a risk class's are contiguous.
    var margins: Range<Int>
    var riskClasses: [SIMMRiskClass]
    /// Position in `riskClasses` of each margin's.
    var riskClassOfMargin: [Int]
    /// ψ with ones on the diagonal, row by row.
    var correlations: [Double]
  }

  /// λ(θ) = (Φ⁻¹(99.5 %)² − 1)(1 + θ) − θ
  static let curvatureScale = 2.5758293035489004 * 2.5758293035489004 - 1
}

extension SIMMKernel {
  /// ρ between two factors of a bucket.
  func correlation(_ f: Int, _ g: Int, in bucket: Bucket) -> Double {
    switch bucket.form {
    case .rates(let rates):
      if f == g { return 1 }
      if f == rates.basis || g == rates.basis { return rates.basisCorrelation }
      if f == rates.inflation || g == rates.inflation { return rates.inflationCorrelation }
      let ρ = rates.isSquared ? squaredTenorCorrelations : tenorCorrelations
      return (factorCurve[f] == factorCurve[g] ? 1 : rates.subCurveCorrelation)
        * ρ[factorTenor[f] * SIMMTenor.allCases.count + factorTenor[g]]
    case .names(let within, let groups, let across):
      let (m, n) = (factorName[f], factorName[g])
      return (f == g ? factorOwn[f] : 0) + (m == n ? within : 0) + across
        + groups.reduce(0) {
          $0 + ($1.names.contains(m) && $1.names.contains(n) ? $1.weight : 0)
        }
    }
  }
}

/// The numbers of an evaluation, by the positions of ``SIMMKernel``'s tables.
struct SIMMWorkspace: Sendable {
  /// w, and dSIMM/dw.
  var factors: [Double]
  var factorSlopes: [Double]
  /// W, and the halves of dK²/dW and dK²/dc that come from sums over names.
  var names: [Double]
  var nameSlopes: [Double]
  var nameConcentrationSlopes: [Double]
  /// Σ of what counts for the concentration, c = CR², and dSIMM/dc.
  var exposures: [Double]
  var concentrations: [Double]
  var concentrationSlopes: [Double]
  var states: [BucketState]
  var margins: [MarginState]
  /// IM by product class, and by risk class of each.
  var productMargins: [Double]
  var riskMargins: [[Double]]
  /// Names with c > 1, and sums of W up to each.
  var order: [Int] = []
  var prefix: [Double] = []
  /// Tenors of sub-curves and of their sum, times ρ too.
  var curves: [Double]
  var curveProducts: [Double]

  /// Of a bucket: K, Σ WS, Σ |WS|, c for rates; and the derivatives of SIMM by them.
  struct BucketState: Sendable {
    var k = 0.0
    var sum = 0.0
    var absoluteSum = 0.0
    var concentration = 1.0
    /// Σ W over names, and whether one has c > 1.
    var nameSum = 0.0
    var isConcentrated = false
    var kSlope = 0.0
    var sumSlope = 0.0
    var absoluteSlope = 0.0
    var concentrationSlope = 0.0

    /// S = Σ WS, held between −K and K.
    var clamped: Double { max(min(sum, k), -k) }
  }

  /// Of a margin: the amount; of its aggregated buckets: √(ΣK² + ΣγSS), and for curvature Σ WS, Σ |WS|.
  struct MarginState: Sendable {
    var amount = 0.0
    var root = 0.0
    var sum = 0.0
    var absoluteSum = 0.0
    var residual = 0.0

    static func θ(sum: Double, absoluteSum: Double) -> Double {
      absoluteSum > 0 ? min(sum / absoluteSum, 0) : 0
    }

    static func λ(θ: Double) -> Double { SIMMKernel.curvatureScale * (1 + θ) - θ }
  }

  init(_ kernel: SIMMKernel) {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    factors = zeros(kernel.factorCount)
    factorSlopes = factors
    names = zeros(kernel.nameRisk.count)
    nameSlopes = names
    nameConcentrationSlopes = names
    exposures = zeros(kernel.riskThreshold.count)
    concentrations = exposures
    concentrationSlopes = exposures
    states = [BucketState](repeating: BucketState(), count: kernel.buckets.count)
    margins = [MarginState](repeating: MarginState(), count: kernel.margins.count)
    productMargins = zeros(kernel.productClasses.count)
    riskMargins = kernel.productClasses.map { zeros($0.riskClasses.count) }
    order.reserveCapacity(names.count)
    prefix.reserveCapacity(names.count)
    let mostCurves = kernel.buckets.reduce(0) {
      if case .rates(let rates) = $1.form { max($0, rates.curves) } else { $0 }
    }
    curves = zeros((mostCurves + 1) * SIMMTenor.allCases.count)
    curveProducts = curves
  }
}
