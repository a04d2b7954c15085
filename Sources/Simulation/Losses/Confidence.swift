/// Refuses a confidence that is none.
func requireConfidence(_ confidence: Double) {
  precondition(
    confidence > 0 && confidence < 1,
    "A confidence must lie strictly between 0 and 1, as in 0.99; it is \(confidence).")
}
