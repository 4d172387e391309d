"""The check digit of a vehicle identification number (GB 16735, ISO 3779): a warning, never a refusal.

In: a vehicle's key as a file has it. Out: what is odd about it, or ``None``. Keys that are no VIN (not 17 characters)
are a house's own affair.
"""

from __future__ import annotations

__all__ = ["vin_oddity"]

_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)], strict=True
    )
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_oddity(vehicle: str) -> str | None:
    """Why a key of 17 characters is no sound VIN; ``None`` where it is one, or is not meant to be."""
    if len(vehicle) != 17:
        return None
    strange = [letter for letter in vehicle if letter not in _VALUES]
    if strange:
        return f"a VIN has no {strange[0]!r} (capital letters without I, O, Q, and digits)"
    digit = "0123456789X"[sum(_VALUES[letter] * weight for letter, weight in zip(vehicle, _WEIGHTS, strict=True)) % 11]
    if vehicle[8] != digit:
        return f"its check digit is {vehicle[8]}, where the others ask for {digit}"
    return None
