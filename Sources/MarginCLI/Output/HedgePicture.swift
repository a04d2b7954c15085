import Foundation
import MarginOptimization

/// The profit and loss of the book over price moves, before and after the hedge, one panel for each
/// underlying, as an SVG drawing.
struct HedgePicture {
  private struct Panel {
    var title: String
    var before: [Double]
    var after: [Double]
  }

  private static let moves = (0...80).map { -0.4 + 0.01 * Double($0) }
  private let panels: [Panel]
  private let caption: String

  init(of plan: HedgePlan, problem: HedgeProblem) throws {
    let after = problem.portfolio.adding(
      plan.trades.map { Position($0.quantity, $0.instrument) })
    let shocks = Self.moves.map { MarketShock(priceMove: $0) }
    func curve(_ book: Portfolio, _ underlying: String) throws -> [Double] {
      let held = book.positions.filter { $0.instrument.underlying == underlying }
      let values = try Revaluation.profitAndLoss(
        of: held.map(\.instrument), under: shocks, in: problem.market)
      return values * held.map(\.quantity)
    }
    let underlyings = Set(after.positions.map(\.instrument.underlying)).sorted()
    panels = try underlyings.map {
      Panel(title: $0, before: try curve(problem.portfolio, $0), after: try curve(after, $0))
    }
    caption =
      "\(problem.methodology.name): \(problem.level.rawValue) margin "
      + "\(money(plan.margin.before.amount)) → \(money(plan.margin.after.amount)) USD, "
      + "cost \(money(plan.cost)) USD"
  }

  private let width = 430.0
  private let height = 300.0
  private let margin = 62.0

  var svg: String {
    let total = Double(panels.count) * (width + margin) + 30
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(total)) 420\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
      text(caption, x: 20, y: 24, size: 14),
    ]
    for (k, panel) in panels.enumerated() {
      lines += draw(panel, left: margin + Double(k) * (width + margin), top: 62)
    }
    lines += [
      text("before the hedge", x: margin, y: 408, color: "#b33"),
      text("after the hedge", x: margin + 120, y: 408, color: "#06c"), "</svg>",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func draw(_ panel: Panel, left: Double, top: Double) -> [String] {
    let values = panel.before + panel.after + [0]
    let step = Self.niceStep((values.max() ?? 1) - (values.min() ?? 0))
    let low = ((values.min() ?? 0) / step).rounded(.down) * step
    let high = max(((values.max() ?? 1) / step).rounded(.up) * step, low + step)
    func x(_ move: Double) -> Double { left + (move + 0.4) / 0.8 * width }
    func y(_ value: Double) -> Double { top + (high - value) / (high - low) * height }
    var lines = [
      text("\(panel.title): P&amp;L in USD over the price move", x: left, y: top - 12, size: 13)
    ]
    for value in stride(from: low, through: high + step / 2, by: step) {
      lines.append(
        line(x(-0.4), y(value), x(0.4), y(value), abs(value) < step / 2 ? "#888" : "#ddd"))
      lines.append(text(Self.short(value), x: left - 6, y: y(value) + 4, anchor: "end"))
    }
    for percent in stride(from: -40, through: 40, by: 20) {
      let at = x(Double(percent) / 100)
      lines.append(line(at, top, at, top + height, "#eee"))
      lines.append(text("\(percent) %", x: at, y: top + height + 18, anchor: "middle"))
    }
    for (values, color) in [(panel.before, "#b33"), (panel.after, "#06c")] {
      let points = zip(Self.moves, values).map { "\(fixed(x($0), 1)),\(fixed(y($1), 1))" }
      lines.append(
        "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" points=\""
          + points.joined(separator: " ") + "\"/>")
    }
    return lines
  }

  /// The largest of 1, 2, 5 times a power of ten that gives at least four steps.
  private static func niceStep(_ span: Double) -> Double {
    let rough = max(span, 1) / 4
    let power = pow(10, log10(rough).rounded(.down))
    return power * (rough / power >= 5 ? 5 : rough / power >= 2 ? 2 : 1)
  }

  private static func short(_ value: Double) -> String {
    switch abs(value) {
    case 1e6...: "\(quantity(value / 1e6))M"
    case 1e3...: "\(quantity(value / 1e3))k"
    default: quantity(value)
    }
  }

  private func text(
    _ string: String, x: Double, y: Double, size: Int = 12, color: String = "#222",
    anchor: String = "start"
  ) -> String {
    "<text x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" font-size=\"\(size)\" fill=\"\(color)\" "
      + "text-anchor=\"\(anchor)\">\(string)</text>"
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String
  ) -> String {
    "<line x1=\"\(fixed(x1, 1))\" y1=\"\(fixed(y1, 1))\" x2=\"\(fixed(x2, 1))\" "
      + "y2=\"\(fixed(y2, 1))\" stroke=\"\(color)\"/>"
  }
}
