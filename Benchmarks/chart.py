"""Draws small line charts as SVG: panels side by side, each with its axes, points, lines and names."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT = 400, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 48
COLOURS = ["#0b6e99", "#d9730d", "#6940a5", "#448361"]


class Series:
    """Points of one thing that was measured; `line` gives the ends of a fitted line, if any."""

    def __init__(self, name, points, line=None, joined=True):
        self.name, self.points, self.line, self.joined = name, sorted(points), line, joined


class Panel:
    """One chart: title, names of the axes with their units, series."""

    def __init__(self, title, x_name, y_name, series):
        self.title, self.x_name, self.y_name, self.series = title, x_name, y_name, series


def ticks(largest):
    """About five round numbers from 0 to at least `largest`."""
    step = 1.0
    while largest / step > 5:
        step *= 10
    while largest / step < 5 and largest / (step / 2) <= 6:
        step /= 2
    while largest / step < 2.5:
        step /= 2
    values = [0.0]
    while values[-1] < largest:
        values.append(values[-1] + step)
    return values


def number(value):
    """A tick's label: thousands as k, no needless decimals."""
    if value >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:g}"


def legend_top(points, height, bottom):
    """Where the names of the series begin: at the top left, or at the bottom where points are there."""
    is_taken = any(x < (LEFT + WIDTH) / 2 and y < TOP + height + 8 for x, y in points)
    return bottom - height - 10 if is_taken else TOP


def panel_svg(panel, offset):
    """The elements of one panel, moved right by `offset`."""
    xs = ticks(max(x for s in panel.series for x, _ in s.points))
    ys = ticks(max(y for s in panel.series for _, y in s.points))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    place = lambda x, y: (LEFT + x / xs[-1] * (right - LEFT), bottom - y / ys[-1] * (bottom - TOP))
    parts = [f'<g transform="translate({offset} 0)">',
             f'<text x="{LEFT}" y="20" class="title">{escape(panel.title)}</text>',
             f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" class="axis">'
             f'{escape(panel.x_name)}</text>',
             f'<text transform="translate(14 {(TOP + bottom) / 2}) rotate(-90)" class="axis">'
             f'{escape(panel.y_name)}</text>']
    for x in xs:
        px, _ = place(x, 0)
        parts.append(f'<line x1="{px:.1f}" y1="{TOP}" x2="{px:.1f}" y2="{bottom}" class="grid"/>'
                     f'<text x="{px:.1f}" y="{bottom + 16}" class="axis">{number(x)}</text>')
    for y in ys:
        _, py = place(0, y)
        parts.append(f'<line x1="{LEFT}" y1="{py:.1f}" x2="{right}" y2="{py:.1f}" class="grid"/>'
                     f'<text x="{LEFT - 6}" y="{py + 4:.1f}" class="tick">{number(y)}</text>')
    legend = legend_top([place(x, y) for s in panel.series for x, y in s.points],
                        16 * len(panel.series), bottom)
    for index, series in enumerate(panel.series):
        colour = COLOURS[index % len(COLOURS)]
        at = [place(x, y) for x, y in series.points]
        if series.line:
            (x1, y1), (x2, y2) = (place(*end) for end in series.line)
            parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                         f'stroke="{colour}" stroke-dasharray="5 3"/>')
        elif series.joined:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at]
        parts.append(f'<circle cx="{LEFT + 12}" cy="{legend + 12 + 16 * index}" r="3.5" '
                     f'fill="{colour}"/><text x="{LEFT + 22}" y="{legend + 16 + 16 * index}">'
                     f'{escape(series.name)}</text>')
    return parts + ["</g>"]


def svg(panels):
    """A whole picture."""
    width = WIDTH * len(panels)
    style = ("text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}"
             ".axis{text-anchor:middle;font-size:11px}.tick{text-anchor:end;font-size:11px}"
             ".grid{stroke:#ddd}")
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
             f'viewBox="0 0 {width} {HEIGHT}" role="img">', f"<style>{style}</style>",
             f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>']
    for index, panel in enumerate(panels):
        parts += panel_svg(panel, index * WIDTH)
    return "\n".join(parts + ["</svg>", ""])
