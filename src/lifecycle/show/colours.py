"""The colours of pages and pictures, by what they mean: one table for light paper, one for dark.

In: nothing. Out: :func:`ink`, a colour that follows the page it stands on (a CSS variable, with the light colour where the
page declares none), and :func:`variables`, the declarations themselves. Next room: :mod:`lifecycle.show.picture`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["DARK", "LIGHT", "ink", "variables"]

#: Tones are pairs: NAME is the strong colour, NAME-soft the ground on which words stand.
LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#ffffff", "ground": "#f4f6fa", "text": "#17202e", "quiet": "#566277", "line": "#d8deea", "accent": "#2f62b5",
        "good": "#1f8a5a", "good-soft": "#d6f0e2", "back": "#2d6fc4", "back-soft": "#dbe8fb", "warn": "#b7740c", "warn-soft": "#fdeccb",
        "bad": "#c23b3b", "bad-soft": "#fbdcdc", "away": "#6b7688", "away-soft": "#e3e7ee", "none": "#98a2b3", "none-soft": "#eef1f5",
        "sale": "#3f72bd", "sale-soft": "#e0ebfb", "shop": "#0d7f88", "shop-soft": "#d6eff1",
    }
)  # fmt: skip

DARK: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#161c26", "ground": "#0e131b", "text": "#e7ecf5", "quiet": "#a3afc2", "line": "#2c3645", "accent": "#8ab4f8",
        "good": "#4cc38a", "good-soft": "#143726", "back": "#7db0f5", "back-soft": "#182f50", "warn": "#eab04a", "warn-soft": "#43300d",
        "bad": "#f08080", "bad-soft": "#4a1e20", "away": "#a0abbd", "away-soft": "#2a323f", "none": "#7c889b", "none-soft": "#222a36",
        "sale": "#86aef0", "sale-soft": "#1a2d4b", "shop": "#53c2cb", "shop-soft": "#11363a",
    }
)  # fmt: skip


def ink(name: str) -> str:
    """The colour of that name as a value of CSS, for a ``style``."""
    return f"var(--lc-{name},{LIGHT[name]})"


def variables(colours: Mapping[str, str]) -> str:
    """The colours as declarations of CSS."""
    return "".join(f"--lc-{name}:{value};" for name, value in colours.items())
