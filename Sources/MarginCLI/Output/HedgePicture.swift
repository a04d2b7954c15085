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
    var lines: [String] = []
    for (k, panel) in panels.enumerated() {
      lines += draw(panel, left: margin + Double(k) * (width + margin), top: 62)
    }
    lines += [
      SVG.text("before the hedge", x: margin, y: 408, color: "#b33"),
      SVG.text("after the hedge", x: margin + 120, y: 408, color: "#06c"),
    ]
    return SVG.drawing(width: total, height: 420, caption: caption, lines)
  }

  private func draw(_ panel: Panel, left: Double, top: Double) -> [String] {
    let values = panel.before + panel.after + [0]
    let step = SVG.niceStep((values.max() ?? 1) - (values.min() ?? 0))
    let low = ((values.min() ?? 0) / step).rounded(.down) * step
    let high = max(((values.max() ?? 1) / step).rounded(.up) * step, low + step)
    func x(_ move: Double) -> Double { left + (move + 0.4) / 0.8 * width }
    func y(_ value: Double) -> Double { top + (high - value) / (high - low) * height }
    var lines = [
      SVG.text("\(panel.title): P&amp;L in USD over the price move", x: left, y: top - 12, size: 13)
    ]
    for value in stride(from: low, through: high + step / 2, by: step) {
      lines.append(
        SVG.line(x(-0.4), y(value), x(0.4), y(value), abs(value) < step / 2 ? "#888" : "#ddd"))
      lines.append(SVG.text(SVG.short(value), x: left - 6, y: y(value) + 4, anchor: "end"))
    }
    for percent in stride(from: -40, through: 40, by: 20) {
      let at = x(Double(percent) / 100)
      lines.append(SVG.line(at, top, at, top + height, "#eee"))
      lines.append(SVG.text("\(percent) %", x: at, y: top + height + 18, anchor: "middle"))
    }
    for (values, color) in [(panel.before, "#b33"), (panel.after, "#06c")] {
      lines.append(SVG.polyline(zip(Self.moves, values).map { (x($0), y($1)) }, color))
    }
    return lines
  }
}
