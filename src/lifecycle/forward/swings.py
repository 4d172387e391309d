"""How far a figure moves with what it rests on: one assumption at a time, or all of them at once.

In: ranges of assumptions, a figure as a function of them. Out: :class:`Swing` (one at a time: a row of the table, a bar of
a tornado), :class:`Screened` (Morris) and :class:`Parted` (Sobol), both by SALib, of the extra ``fit``. Every run has the
same luck, so what moves is the assumption. Next room: :mod:`lifecycle.forward.forecast`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.errors import LifecycleError, optional

__all__ = ["METHODS", "Parted", "Screened", "Swing", "screened", "swung"]

#: How assumptions are moved: one at a time; all together, screened (Morris) or the variance parted (Sobol).
METHODS = ("one", "morris", "sobol")
Floats = npt.NDArray[np.float64]
#: The figure at these assumptions, with whether its interval by chance contains zero.
Figure = Callable[[Mapping[str, float]], tuple[float, bool]]


def signed(value: float) -> str:
    """A number with its sign and a minus as people print it."""
    shown = f"{value:+,.0f}"
    return "0" if shown in ("+0", "-0") else shown.replace("-", "−")


class Swing(NamedTuple):
    """How far a figure moves when one assumption goes from the low to the high end of its range; money in yuan."""

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    now: float
    doubtful: bool = False
    """Whether at one of the ends the figure's interval contains zero: there chance alone could have made it."""

    @property
    def swing(self) -> float:
        """From the lowest to the highest of the three."""
        return max(self.at_low, self.at_high, self.now) - min(self.at_low, self.at_high, self.now)

    @property
    def turns(self) -> bool:
        """Whether the figure is above zero at one end and below it at the other."""
        return min(self.at_low, self.at_high, self.now) < 0 < max(self.at_low, self.at_high, self.now)

    def __str__(self) -> str:
        said = f"{self.name} {self.low:g} to {self.high:g}: {signed(self.at_low)} to {signed(self.at_high)}"
        said += "; its sign turns" if self.turns else ""
        return said + ("; an interval contains zero" if self.doubtful else "")


class Screened(NamedTuple):
    """Morris: what one assumption does to a figure, asked at many places of the ranges of all; money in yuan.

    An effect is the change of the figure, scaled to the whole range of the assumption.
    """

    name: str
    low: float
    high: float
    effect: float
    """Mean effect (μ): its sign says which way."""
    size: float
    """Mean size of the effects, whatever their sign (μ*)."""
    reach: float
    """Half of the 95 % interval of ``size``, by drawing the paths anew."""
    spread: float
    """Standard deviation of the effects (σ): large where it depends on the other assumptions, or bends."""

    @property
    def holds_zero(self) -> bool:
        """Whether the interval of ``size`` contains zero: then it may not matter at all."""
        return self.size <= self.reach

    def __str__(self) -> str:
        zero = "; the interval contains zero" if self.holds_zero else ""
        return (
            f"{self.name} {self.low:g} to {self.high:g}: {signed(self.effect)}, size {self.size:,.0f} ± "
            f"{self.reach:,.0f}, spread {self.spread:,.0f}{zero}"
        )


class Parted(NamedTuple):
    """Sobol: the share of a figure's variance that comes of one assumption, over the ranges of all."""

    name: str
    low: float
    high: float
    first: float
    """By itself (S1)."""
    first_reach: float
    total: float
    """With all that it does together with others (ST); without it so much would be gone."""
    total_reach: float
    """Half of the 95 % interval."""

    @property
    def holds_zero(self) -> bool:
        """Whether the interval of ``total`` contains zero: then it may not matter at all."""
        return self.total <= self.total_reach

    def __str__(self) -> str:
        zero = "; the interval contains zero" if self.holds_zero else ""
        return (
            f"{self.name} {self.low:g} to {self.high:g}: {self.first:.2f} ± {self.first_reach:.2f} by itself, "
            f"{self.total:.2f} ± {self.total_reach:.2f} in all{zero}"
        )


def swung(ranges: Mapping[str, tuple[float, float, float]], figure: Figure) -> list[Swing]:
    """One assumption at a time; ``ranges`` are (low, value, high). The widest swing first."""
    now, doubtful = figure({})
    found: list[Swing] = []
    for name, (low, value, high) in ranges.items():
        ends = [(now, doubtful) if end == value else figure({name: end}) for end in (low, high)]
        found.append(Swing(name, low, high, ends[0][0], ends[1][0], now, ends[0][1] or ends[1][1]))
    return sorted(found, key=lambda one: -one.swing)


def screened(
    ranges: Mapping[str, tuple[float, float, float]], figure: Figure, method: str, draws: int, seed: int
) -> list[Screened] | list[Parted]:
    """All assumptions together, by ``morris`` (``draws`` paths) or ``sobol`` (``draws`` points, a power of two).

    Morris asks draws × (assumptions + 1) times for the figure, Sobol draws × (assumptions + 2) times. The one that
    matters most comes first.
    """
    sampled, analysed = _salib("sample", method), _salib("analyze", method)
    moving = {name: (low, high) for name, (low, _, high) in ranges.items() if low < high}
    names = list(moving)
    if type(draws) is not int or draws < 2 or (method == "sobol" and draws & (draws - 1)):
        raise LifecycleError(
            f"draws={draws!r} will not do", argument="draws", value=draws,
            remedy="a power of two, as in 64" if method == "sobol" else "a whole number from 2, as in 10",
        )  # fmt: skip
    if not names:
        return []
    problem: dict[str, Any] = {"num_vars": len(names), "names": names, "bounds": [list(moving[name]) for name in names]}
    if method == "morris":
        points: Floats = sampled.sample(problem, draws, num_levels=4, seed=seed)
    else:
        points = sampled.sample(problem, draws, calc_second_order=False, seed=seed)
    told: Floats = np.array([figure(dict(zip(names, map(float, row), strict=True)))[0] for row in points], np.float64)
    if method == "morris":
        with np.errstate(all="ignore"):
            said: dict[str, Any] = analysed.analyze(problem, points, told, num_levels=4, seed=seed)
        effects = [
            Screened(name, *moving[name], *numbers)
            for name, *numbers in zip(names, *_columns(said, "mu", "mu_star", "mu_star_conf", "sigma"), strict=True)
        ]
        return sorted(effects, key=lambda one: -one.size)
    if not np.ptp(told):  # nothing moves it
        return [Parted(name, *moving[name], 0.0, 0.0, 0.0, 0.0) for name in names]
    said = analysed.analyze(problem, told, calc_second_order=False, seed=seed)
    parts = [
        Parted(name, *moving[name], *numbers)
        for name, *numbers in zip(names, *_columns(said, "S1", "S1_conf", "ST", "ST_conf"), strict=True)
    ]
    return sorted(parts, key=lambda one: -one.total)


def _columns(said: dict[str, Any], *names: str) -> list[list[float]]:
    return [[float(value) for value in said[name]] for name in names]


def _salib(part: str, method: str) -> Any:
    return optional(f"SALib.{part}.{method}", f'sensitivity(method="{method}")', "fit")
