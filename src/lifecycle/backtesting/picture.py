"""The picture of a back-test, drawn without a library: precision, recall and accuracy of the rules, with whiskers.

In: a :class:`~lifecycle.backtesting.result.Backtest`. Out: an SVG text; rules for which the cohort is too young stand on
grey.
"""

from __future__ import annotations

from html import escape

from lifecycle.backtesting.result import Backtest

__all__ = ["picture"]

_LINES = (("precision", "#1b6ca8"), ("recall", "#c0392b"), ("accuracy", "#2e7d32"))
_LEFT, _TOP, _WIDE, _HIGH = 46, 16, 520, 220


def picture(test: Backtest) -> str:
    step = _WIDE / max(len(test.results), 1)

    def x(place: int) -> str:
        return f"{_LEFT + (place + 0.5) * step:.1f}"

    def y(value: float) -> str:
        return f"{_TOP + (1 - value) * _HIGH:.1f}"

    def text(left: object, top: object, told: str, more: str = "") -> str:
        return f'<text x="{left}" y="{top}" {more}>{told}</text>'

    def line(x1: object, y1: object, x2: object, y2: object, colour: str) -> str:
        return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"/>'

    size = f"0 0 {_LEFT + _WIDE + 110} {_TOP + _HIGH + 44}"
    title = f"Back-test of {len(test.results)} rules, cut-off {test.cutoff}, holdout to {test.until}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title)}</title>",
    ]
    for fifth in range(6):
        level = y(fifth / 5)
        parts.append(line(_LEFT, level, _LEFT + _WIDE, level, "#ddd"))
        parts.append(text(_LEFT - 6, level, f"{fifth / 5:.1f}", 'text-anchor="end" dominant-baseline="middle"'))
    for place, result in enumerate(test.results):
        label = str(place + 1) if result.months is None else f"{result.months} m"
        hover = f"<title>{escape(repr(result.rule))}</title>"
        parts.append(text(x(place), _TOP + _HIGH + 16, label + hover, 'text-anchor="middle"'))
        if result.too_young > test.tolerance * result.population:
            left, high = f"{_LEFT + place * step:.1f}", f"{step:.1f}"
            hover = "<title>too young a cohort</title>"
            parts.append(
                f'<rect x="{left}" y="{_TOP}" width="{high}" height="{_HIGH}" fill="#eee" opacity="0.6">{hover}</rect>'
            )
    for row, (name, colour) in enumerate(_LINES):
        values = [(place, one.measures[name], one.intervals.get(name)) for place, one in enumerate(test.results)]
        points = " ".join(f"{x(place)},{y(value)}" for place, value, _ in values if value is not None)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
        for place, value, interval in values:
            if value is not None:
                parts.append(f'<circle cx="{x(place)}" cy="{y(value)}" r="2.5" fill="{colour}"/>')
            if interval is not None:
                parts.append(line(x(place), y(interval[0]), x(place), y(interval[1]), colour))
        parts.append(text(_LEFT + _WIDE + 8, _TOP + 14 + 16 * row, name, f'fill="{colour}"'))
    parts.append(text(_LEFT, _TOP + _HIGH + 36, "months of silence, or number of the rule"))
    return "".join(parts) + "</svg>"
