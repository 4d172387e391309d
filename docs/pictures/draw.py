"""The pictures of README and docs, drawn from the machines and from what was measured: `make pictures` after either changed."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path
from typing import Any

from lifecycle import machines

HERE = Path(__file__).parent
#: What `python benchmarks/bench_replay.py --growth` measured.
FIGURES = HERE.parents[1] / "benchmarks" / "growth.json"
WIDE, HIGH, LEFT, TOP, BOTTOM = 560, 300, 60, 30, 40


def pictures() -> dict[str, str]:
    """File name → SVG."""
    drawn = {"relationship": machines.RELATIONSHIP, "stage": machines.STAGE}
    languages = {"": False, ".zh": True}
    found = {
        f"{name}{tail}.svg": machine.svg(zh=zh) for name, machine in drawn.items() for tail, zh in languages.items()
    }
    return {**found, "replay-growth.svg": growth(json.loads(FIGURES.read_text(encoding="utf-8")))}


def growth(figures: list[dict[str, Any]]) -> str:
    """Seconds by events, both by powers of ten; peak memory as words beside the points."""
    xs = [log10(one["events"]) for one in figures]
    low_x, high_x = min(xs), max(xs)
    seconds = [one[name] for one in figures for name in ("seconds", "sort_s") if one[name]]
    low_y, high_y = int(log10(min(seconds)) - 1), int(log10(max(seconds)) + 1)

    def x(events: float) -> float:
        return round(LEFT + (log10(events) - low_x) / (high_x - low_x) * (WIDE - LEFT - 90), 1)

    def y(value: float) -> float:
        return round(HIGH - BOTTOM - (log10(value) - low_y) / (high_y - low_y) * (HIGH - TOP - BOTTOM), 1)

    told = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="16" font-size="13">Replay over columns: seconds by events, two cores</text>',
    ]
    for power in range(low_y, high_y + 1):
        line = y(10**power)
        told.append(f'<line x1="{LEFT}" x2="{WIDE - 90}" y1="{line}" y2="{line}" stroke="#dddddd"/>')
        told.append(f'<text x="{LEFT - 6}" y="{line + 4}" text-anchor="end">{10.0**power:g} s</text>')
    for one in figures:
        at = x(one["events"])
        told.append(f'<text x="{at}" y="{HIGH - 22}" text-anchor="middle">{one["events"]:,}</text>')
        told.append(f'<text x="{at}" y="{y(one["seconds"]) - 9}" text-anchor="middle">{one["peak_gb"]:.2f} GB</text>')
    for name, colour, word in (("seconds", "#1f6feb", "states and facts"), ("sort_s", "#8a6d3b", "polars: the sort")):
        points = [(x(one["events"]), y(one[name])) for one in figures if one[name]]
        told.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{a},{b}" for a, b in points)}"/>'
        )
        told += [f'<circle cx="{a}" cy="{b}" r="3" fill="{colour}"/>' for a, b in points]
        told.append(f'<text x="{points[-1][0] + 8}" y="{points[-1][1] + 4}" fill="{colour}">{word}</text>')
    told.append(f'<text x="{(WIDE - 90 + LEFT) / 2}" y="{HIGH - 6}" text-anchor="middle">events</text>')
    return "\n".join([*told, "</svg>\n"])


if __name__ == "__main__":
    for name, svg in pictures().items():
        (HERE / name).write_text(svg, encoding="utf-8")
