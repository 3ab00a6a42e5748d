import Foundation

/// A drawing of lines or dots over two axes, as SVG.
struct Chart {
  /// One line or one cloud of dots.
  struct Series {
    var name: String
    var points: [Point]
  }

  /// A place in a chart, with what is shown when the pointer rests on it.
  struct Point {
    var x: Double
    var y: Double
    var label: String?
  }

  /// How points are shown.
  enum Style {
    case lines
    case dots
  }

  var title: String
  var horizontalName: String
  var series: [Series]
  var style = Style.lines

  private static let size = (width: 640.0, height: 260.0)
  private static let margin = (left: 56.0, right: 16.0, top: 12.0, bottom: 36.0)

  /// Whether there is anything to draw.
  var isEmpty: Bool { series.allSatisfy { drawable($0).isEmpty } }

  /// The chart as a figure with a legend.
  var html: String {
    let points = series.flatMap(drawable)
    guard let horizontal = Axis(points.map(\.x)), let vertical = Axis(points.map(\.y)) else {
      return ""
    }
    let area = Self.size.width - Self.margin.left - Self.margin.right
    let height = Self.size.height - Self.margin.top - Self.margin.bottom
    func place(_ point: Point) -> (x: Double, y: Double) {
      (
        Self.margin.left + area * horizontal.share(of: point.x),
        Self.margin.top + height * (1 - vertical.share(of: point.y))
      )
    }
    var svg =
      "<svg viewBox=\"0 0 \(Int(Self.size.width)) \(Int(Self.size.height))\" role=\"img\" aria-label=\"\(HTML.escape(title))\">"
    for tick in vertical.ticks {
      let y = place(Point(x: horizontal.low, y: tick)).y
      svg +=
        "<line class=\"grid\" x1=\"\(Self.margin.left)\" x2=\"\(Self.size.width - Self.margin.right)\" y1=\"\(pixels(y))\" y2=\"\(pixels(y))\"/>"
      svg +=
        "<text class=\"tick\" text-anchor=\"end\" x=\"\(Self.margin.left - 6)\" y=\"\(pixels(y + 4))\">\(AdviceText.number(tick))</text>"
    }
    for tick in horizontal.ticks {
      let x = place(Point(x: tick, y: vertical.low)).x
      svg +=
        "<text class=\"tick\" text-anchor=\"middle\" x=\"\(pixels(x))\" y=\"\(Self.size.height - 18)\">\(AdviceText.number(tick))</text>"
    }
    svg +=
      "<text class=\"tick\" text-anchor=\"middle\" x=\"\(Self.margin.left + area / 2)\" y=\"\(Self.size.height - 3)\">\(HTML.escape(horizontalName))</text>"
    for (number, series) in series.enumerated() {
      svg += draw(series, number: number, place)
    }
    svg += "</svg>"
    return
      "<figure><figcaption>\(HTML.escape(title))\(legend)</figcaption>\(svg)</figure>"
  }

  private var legend: String {
    series.enumerated().map { number, series in
      "<span class=\"key s\(number)\">\(HTML.escape(series.name))</span>"
    }.joined()
  }

  private func drawable(_ series: Series) -> [Point] {
    series.points.filter { $0.x.isFinite && $0.y.isFinite }
  }

  private func draw(
    _ series: Series, number: Int, _ place: (Point) -> (x: Double, y: Double)
  ) -> String {
    let points = drawable(series)
    var svg = ""
    if style == .lines {
      let path = points.map { point in
        let (x, y) = place(point)
        return "\(pixels(x)),\(pixels(y))"
      }.joined(separator: " ")
      svg += "<polyline class=\"line s\(number)\" points=\"\(path)\"/>"
    }
    // Dots of long lines would hide them.
    guard style == .dots || points.count <= 60 else { return svg }
    for point in points {
      let (x, y) = place(point)
      let text =
        point.label
        ?? "\(series.name) \(AdviceText.number(point.y)) at \(AdviceText.number(point.x))"
      svg +=
        "<circle class=\"dot s\(number)\" cx=\"\(pixels(x))\" cy=\"\(pixels(y))\" r=\"\(style == .dots ? 5 : 2.5)\"><title>\(HTML.escape(text))</title></circle>"
    }
    return svg
  }

  private func pixels(_ value: Double) -> String { String(format: "%.1f", value) }

  /// A range of numbers with round marks.
  struct Axis {
    let low: Double
    let high: Double
    let ticks: [Double]

    init?(_ values: [Double]) {
      guard var low = values.min(), var high = values.max() else { return nil }
      if low == high {
        low -= abs(low) * 0.1 + 0.5
        high += abs(high) * 0.1 + 0.5
      }
      let rough = (high - low) / 4
      let power = pow(10, floor(log10(rough)))
      let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
      self.low = floor(low / step) * step
      self.high = ceil(high / step) * step
      let count = Int(((self.high - self.low) / step).rounded())
      let start = self.low
      ticks = (0...count).map { start + Double($0) * step }
    }

    func share(of value: Double) -> Double { (value - low) / (high - low) }
  }
}

/// Helps to write HTML.
enum HTML {
  /// A text with the characters replaced that mean something in HTML.
  static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
