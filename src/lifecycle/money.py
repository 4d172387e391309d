"""Money inside: whole fen; money at the door: yuan as ``Decimal``. No float comes past here (LP4).

In: what a user wrote, or a fact of an event. Out: whole fen, exact whatever the decimal context of the caller says, and
back. Next: :mod:`lifecycle.kinds`.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction

from lifecycle.errors import LifecycleError

__all__ = ["Yuan", "exact_fen", "exact_number", "fen", "shown", "whole_or_decimal", "yuan"]


# a context of one's own: the caller's may round, or trap
_hundred_times = Context(prec=60).scaleb


def fen(amount: Decimal) -> int:
    """A fact's amount of yuan (exact to the fen) as whole fen."""
    return int(_hundred_times(amount, 2))


def yuan(amount: int) -> Decimal:
    """Whole fen as yuan with two decimals."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 100)
    return Decimal(f"{sign}{whole}.{rest:02}")


class Yuan(int):
    """Whole fen that print as yuan: made where a sentence is kept, formatted only when somebody reads it."""

    __slots__ = ()

    def __str__(self) -> str:
        return "-%d.%02d" % divmod(-self, 100) if self < 0 else "%d.%02d" % divmod(self, 100)  # noqa: UP031 - three times as fast

    def __format__(self, spec: str) -> str:
        return format(self.__str__(), spec) if spec else self.__str__()


def whole_or_decimal(value: object, argument: str) -> int | Decimal:
    """A number written by a user (whole, ``Decimal``, or its text) as an exact one, whole where it is; a float is refused."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise LifecycleError(
            f"{argument}={value!r} is not an exact number", argument=argument, value=value,
            remedy='write a whole number, a Decimal, or its text, as in "12.50"',
        )  # fmt: skip
    if isinstance(value, int):
        return int(value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise LifecycleError(f"{argument}={value!r} is not a number", argument=argument, value=value) from None
    if not number.is_finite():
        raise LifecycleError(f"{argument}={value!r} is not a number", argument=argument, value=value)
    numerator, denominator = number.as_integer_ratio()
    return numerator if denominator == 1 else number


def exact_fen(value: object, argument: str) -> int:
    """An amount of yuan written by a user as whole fen; fractions of a fen are refused."""
    number = whole_or_decimal(value, argument)
    numerator, denominator = number.as_integer_ratio()
    if numerator * 100 % denominator:
        raise LifecycleError(
            f"{argument}={value} has fractions of a fen",
            argument=argument,
            value=value,
            remedy='two decimals at most, as in "0.01"',
        )
    return numerator * 100 // denominator


def exact_number(value: object, argument: str) -> int | Fraction:
    """A rate or a factor written by a user: whole, a ``Fraction``, a ``Decimal``, or a text as ``"1.5"`` or ``"1/3"``."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value
    if isinstance(value, str) and "/" in value:
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise LifecycleError(f"{argument}={value!r} is not a number", argument=argument, value=value) from None
    exact = whole_or_decimal(value, argument)
    return exact if isinstance(exact, int) else Fraction(exact)


def shown(value: int | Fraction) -> str:
    """An exact number as one would type it: ``2``, ``"1.5"``, ``"1/3"``."""
    if value.denominator == 1:
        return str(int(value))
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f'"{value}"'
    digits = 1
    while (value * 10**digits).denominator != 1:
        digits += 1
    return f'"{Decimal(f"{int(value * 10**digits)}e-{digits}"):f}"'
