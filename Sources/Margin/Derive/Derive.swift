/// What is known of Derive's risk rules as a whole.
public enum Derive {
  /// The layouts of reference cases of Derive's rules that can be read.
  public static let referenceMethods: [any ReferenceMethod] = [
    DerivePMRM1Reference(), DerivePMRM2Reference(), DeriveStandardManagerReference(),
    DeriveDutchAuctionReference(),
  ]
}
