internal import Foundation

/// A drawing in SVG, made of text: marks are added in order, styles are the page's classes.
///
/// Colours are classes of the systems' names, so that light and dark pages colour them alike.
struct Plot {
    let width: Double
    let height: Double
    /// What the plot shows, for those who cannot see it.
    let title: String
    private(set) var body = ""

    init(_ title: String, width: Double = 560, height: Double = 360) {
        self.title = title
        self.width = width
        self.height = height
    }

    var svg: String {
        let (w, h) = (Markup.coordinate(width), Markup.coordinate(height))
        return "<svg viewBox=\"0 0 \(w) \(h)\" role=\"img\" aria-label=\"\(Markup.escaped(title))\">"
            + "<title>\(Markup.escaped(title))</title>\(body)</svg>\n"
    }

    mutating func line(_ points: [(x: Double, y: Double)], _ style: String) {
        guard points.count > 1 else { return }
        let list = points.map { "\(Markup.coordinate($0.x)),\(Markup.coordinate($0.y))" }.joined(separator: " ")
        body += "<polyline class=\"\(style)\" points=\"\(list)\"/>"
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, _ style: String, tip: String = "") {
        body +=
            "<circle class=\"\(style)\" cx=\"\(Markup.coordinate(x))\" cy=\"\(Markup.coordinate(y))\" "
            + "r=\"\(Markup.coordinate(radius))\"" + Self.tipped("circle", tip)
    }

    /// A square standing on its corner: another shape than a circle for those who do not see colours.
    mutating func diamond(_ x: Double, _ y: Double, radius: Double, _ style: String, tip: String = "") {
        let corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
        let list = corners.map { "\(Markup.coordinate($0.0)),\(Markup.coordinate($0.1))" }.joined(separator: " ")
        body += "<polygon class=\"\(style)\" points=\"\(list)\"" + Self.tipped("polygon", tip)
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, opacity: Double = 1,
        tip: String = ""
    ) {
        body +=
            "<rect class=\"\(style)\" x=\"\(Markup.coordinate(x))\" y=\"\(Markup.coordinate(y))\" "
            + "width=\"\(Markup.coordinate(max(0, width)))\" height=\"\(Markup.coordinate(max(0, height)))\""
            + (opacity < 1 ? " fill-opacity=\"\(Markup.coordinate(opacity))\"" : "") + Self.tipped("rect", tip)
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    mutating func text(
        _ x: Double, _ y: Double, _ text: String, _ style: String = "label", anchor: String = "start",
        isVertical: Bool = false
    ) {
        let (x, y) = (Markup.coordinate(x), Markup.coordinate(y))
        body +=
            "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\""
            + (isVertical ? " transform=\"rotate(-90 \(x) \(y))\"" : "") + ">\(Markup.escaped(text))</text>"
    }

    private static func tipped(_ element: String, _ tip: String) -> String {
        tip.isEmpty ? "/>" : "><title>\(Markup.escaped(tip))</title></\(element)>"
    }
}

/// The part of a plot between two axes: turns values into places.
struct PlotFrame {
    let x: PlotAxis
    let y: PlotAxis
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    /// Draws grid, ticks and titles.
    init(_ plot: inout Plot, x: PlotAxis, y: PlotAxis, left: Double = 62, top: Double = 12, showsY: Bool = true) {
        (self.x, self.y, self.left, self.top) = (x, y, left, top)
        right = plot.width - 16
        bottom = plot.height - 46
        for tick in x.ticks {
            let place = at(tick, y.low).x
            plot.line([(place, top), (place, bottom)], "grid")
            plot.text(place, bottom + 17, x.label(tick), "tick", anchor: "middle")
        }
        for tick in showsY ? y.ticks : [] {
            let place = at(x.low, tick).y
            plot.line([(left, place), (right, place)], "grid")
            plot.text(left - 8, place + 4, y.label(tick), "tick", anchor: "end")
        }
        plot.line([(left, top), (left, bottom), (right, bottom)], "axis")
        plot.text((left + right) / 2, plot.height - 8, x.title, "label", anchor: "middle")
        if showsY { plot.text(15, (top + bottom) / 2, y.title, "label", anchor: "middle", isVertical: true) }
    }

    func at(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (left + self.x.share(x) * (right - left), bottom - self.y.share(y) * (bottom - top))
    }
}
