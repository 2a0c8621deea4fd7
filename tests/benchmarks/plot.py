"""A plot of cost against size, as SVG: the CPU of a plan, and of a bare script that only reads."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 400, 60, 50, 40, 140
COLOURS = ("#0b6e99", "#b5520d", "#4d7c0f")
Points = Sequence[tuple[float, float]]


def svg(title: str, lines: Mapping[str, Points]) -> str:
    """Lines by their names; sizes go to the right, seconds up."""
    right = max(x for points in lines.values() for x, _ in points)
    top = max(y for points in lines.values() for _, y in points) * 1.1

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + across * x / right, HEIGHT - BOTTOM - up * y / top

    parts = [f'<text x="{LEFT}" y="24" font-weight="bold">{escape(title)}</text>', *_axes(place, right, top)]
    for colour, (name, points) in zip(COLOURS, lines.items(), strict=False):
        found = [place(x, y) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in found)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in found]
        x, y = found[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>", ""])


def _axes(place, right: float, top: float) -> list[str]:  # type: ignore[no-untyped-def]  # the function above
    (x0, y0), (x1, _), (_, y1) = place(0, 0), place(right, 0), place(0, top)
    found = [f'<path d="M{x0:.1f},{y1:.1f} V{y0:.1f} H{x1:.1f}" fill="none" stroke="#555"/>']
    for share in (0.25, 0.5, 0.75, 1.0):
        x, y = place(right * share, top * share)
        found.append(f'<text x="{x:.1f}" y="{y0 + 18:.1f}" text-anchor="middle">{right * share:,.0f}</text>')
        found.append(f'<text x="{x0 - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{top * share:.1f} s</text>')
    found.append(f'<text x="{(x0 + x1) / 2:.1f}" y="{y0 + 38:.1f}" text-anchor="middle">users</text>')
    return found
