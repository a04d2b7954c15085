import Foundation
import MarginOptimization

/// The frontier of margin against trading cost as an SVG drawing: exact margins, with the bounds below
/// them.
struct FrontierPicture {
  private let points: [(cost: Double, margin: Double, bound: Double)]
  private let caption: String

  init(of frontier: HedgeFrontier, problem: HedgeProblem) {
    points = frontier.points.map {
      ($0.cost, $0.margin, $0.plan.bound.isFinite ? $0.plan.bound : $0.margin)
    }
    caption =
      "\(problem.methodology.name): least \(problem.level.rawValue) margin for each trading cost"
  }

  private let left = 90.0
  private let top = 62.0
  private let width = 560.0
  private let height = 320.0

  var svg: String {
    let costs = Scale(points.map(\.cost), from: left, to: left + width)
    let margins = Scale(points.flatMap { [$0.margin, $0.bound, 0] }, from: top + height, to: top)
    var lines = [SVG.text("margin in USD", x: left, y: top - 12, size: 13)]
    for value in margins.marks {
      lines.append(SVG.line(left, margins[value], left + width, margins[value], "#ddd"))
      lines.append(SVG.text(SVG.short(value), x: left - 6, y: margins[value] + 4, anchor: "end"))
    }
    for value in costs.marks {
      lines.append(SVG.line(costs[value], top, costs[value], top + height, "#eee"))
      lines.append(
        SVG.text(SVG.short(value), x: costs[value], y: top + height + 18, anchor: "middle"))
    }
    lines.append(SVG.polyline(points.map { (costs[$0.cost], margins[$0.bound]) }, "#999"))
    lines.append(SVG.polyline(points.map { (costs[$0.cost], margins[$0.margin]) }, "#06c"))
    lines += points.map { SVG.dot(costs[$0.cost], margins[$0.margin], "#06c") }
    lines += [
      SVG.text("trading cost in USD", x: left + width, y: top + height + 38, anchor: "end"),
      SVG.text("exact margin", x: left, y: top + height + 38, color: "#06c"),
      SVG.text("certified bound", x: left + 110, y: top + height + 38, color: "#999"),
    ]
    return SVG.drawing(width: left + width + 40, height: top + height + 56, caption: caption, lines)
  }

  /// A linear scale that begins and ends at round numbers.
  private struct Scale {
    let marks: [Double]
    private let start: Double
    private let end: Double

    init(_ values: [Double], from start: Double, to end: Double) {
      (self.start, self.end) = (start, end)
      let (least, most) = (values.min() ?? 0, values.max() ?? 1)
      let step = SVG.niceStep(most - least)
      let low = (least / step).rounded(.down) * step
      let high = max((most / step).rounded(.up) * step, low + step)
      marks = Array(stride(from: low, through: high + step / 2, by: step))
    }

    subscript(value: Double) -> Double {
      let (low, high) = (marks[0], marks[marks.count - 1])
      return start + (value - low) / (high - low) * (end - start)
    }
  }
}
