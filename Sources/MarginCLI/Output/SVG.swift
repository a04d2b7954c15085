import Foundation
import MarginOptimization

/// Elements of SVG drawings, and the steps of their scales.
enum SVG {
  /// The largest of 1, 2, 5 times a power of ten that gives at least four steps.
  static func niceStep(_ span: Double) -> Double {
    let rough = max(span, 1) / 4
    let power = pow(10, log10(rough).rounded(.down))
    return power * (rough / power >= 5 ? 5 : rough / power >= 2 ? 2 : 1)
  }

  static func short(_ value: Double) -> String {
    switch abs(value) {
    case 1e6...: "\(quantity(value / 1e6))M"
    case 1e3...: "\(quantity(value / 1e3))k"
    default: quantity(value)
    }
  }

  static func text(
    _ string: String, x: Double, y: Double, size: Int = 12, color: String = "#222",
    anchor: String = "start"
  ) -> String {
    "<text x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" font-size=\"\(size)\" fill=\"\(color)\" "
      + "text-anchor=\"\(anchor)\">\(string)</text>"
  }

  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String
  ) -> String {
    "<line x1=\"\(fixed(x1, 1))\" y1=\"\(fixed(y1, 1))\" x2=\"\(fixed(x2, 1))\" "
      + "y2=\"\(fixed(y2, 1))\" stroke=\"\(color)\"/>"
  }

  static func polyline(_ points: [(x: Double, y: Double)], _ color: String) -> String {
    "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" points=\""
      + points.map { "\(fixed($0.x, 1)),\(fixed($0.y, 1))" }.joined(separator: " ") + "\"/>"
  }

  static func dot(_ x: Double, _ y: Double, _ color: String) -> String {
    "<circle cx=\"\(fixed(x, 1))\" cy=\"\(fixed(y, 1))\" r=\"3\" fill=\"\(color)\"/>"
  }

  /// A drawing of a size, with a caption.
  static func drawing(width: Double, height: Double, caption: String, _ lines: [String]) -> String {
    let head = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
      text(caption, x: 20, y: 24, size: 14),
    ]
    return (head + lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }
}
