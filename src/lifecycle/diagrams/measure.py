"""How wide a text will be, without a font: the table of a wide sans serif, and one em for every Chinese character.

In: a text, its size, whether it is bold. Out: a width in pixels that the text does not exceed in any of the fonts of
:data:`FONTS` (they are narrower than, or as wide as, the one measured here), so that a box made to it never clips.
Next: :mod:`lifecycle.diagrams.canvas`.
"""

from __future__ import annotations

from unicodedata import combining, east_asian_width

__all__ = ["FONTS", "LEADING", "broken", "width"]

#: Latin first, then the Chinese fonts of the usual systems; the first that has a character draws it.
FONTS = (
    "Helvetica, Arial, 'Liberation Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', "
    "'WenQuanYi Zen Hei', 'Source Han Sans SC', sans-serif"
)
#: The height of a line, in ems: room for the ascenders of Latin and the full square of Chinese.
LEADING = 1.3

# thousandths of an em, of the characters from blank to tilde, in DejaVu Sans: the widest that a fallback will pick
_ASCII = tuple(
    int(number)
    for number in """
    318 401 474 838 636 950 780 278 390 390 500 838 318 361 318 392 636 636 636 636 636 636 636 636 636 636 337 337 838
    838 838 556 1015 684 686 722 770 667 611 778 752 295 535 667 557 863 748 787 667 787 722 667 611 732 684 989 685 667
    685 390 392 390 838 559 606 613 635 550 635 615 352 635 634 278 278 579 284 974 634 612 635 635 411 521 392 634 592
    818 592 592 525 636 337 636 838
    """.split()
)
_BOLD = 1.15  # the widest bold of those fonts against its regular
_OTHER = 700  # Cyrillic, Greek, accented letters


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width in pixels of one line of ``text`` at a font size of ``size`` pixels: an upper bound."""
    latin = wide = 0
    for sign in text:
        code = ord(sign)
        if 32 <= code < 127:
            latin += _ASCII[code - 32]
        elif east_asian_width(sign) in "WFA":  # ambiguous ones (→ … ·) are drawn by a Chinese font as full squares
            wide += 1000
        elif not combining(sign):
            latin += _OTHER
    return (latin * (_BOLD if bold else 1) + wide) * size / 1000


def broken(words: list[str], size: float, limit: float, joint: str = ", ") -> list[str]:
    """``words`` joined by ``joint`` into lines of at most ``limit`` pixels where a single word allows it."""
    lines: list[str] = []
    for number, word in enumerate(words):
        piece = word + (joint.rstrip() if number + 1 < len(words) else "")
        if lines and width(f"{lines[-1]} {piece}", size) <= limit:
            lines[-1] += ("" if joint == joint.rstrip() else " ") + piece
        else:
            lines.append(piece)
    return lines
