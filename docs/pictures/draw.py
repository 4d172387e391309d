"""The pictures of README and docs, drawn from the machines: `make pictures` after a machine changed."""

from __future__ import annotations

from pathlib import Path

from lifecycle import machines

HERE = Path(__file__).parent


def pictures() -> dict[str, str]:
    """File name → SVG."""
    drawn = {"relationship": machines.RELATIONSHIP, "stage": machines.STAGE}
    languages = {"": False, ".zh": True}
    return {
        f"{name}{tail}.svg": machine.svg(zh=zh) for name, machine in drawn.items() for tail, zh in languages.items()
    }


if __name__ == "__main__":
    for name, svg in pictures().items():
        (HERE / name).write_text(svg, encoding="utf-8")
