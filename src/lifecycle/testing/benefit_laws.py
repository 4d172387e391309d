"""The laws of benefits, as checks on a policy of one's own: what discounts take off, whoever comes and whatever he pays.

In: :class:`~lifecycle.tiers.Benefits`. Out: nothing, or AssertionError with the case that breaks a law.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lifecycle.dates import add_days
from lifecycle.money import yuan
from lifecycle.testing.ledgers import amounts
from lifecycle.tiers import CARDS, ORDINARY, SHARES, Benefits

__all__ = ["check_benefits"]

_BIRTHDAYS = (date(1988, 2, 29), date(1990, 6, 15), date(1975, 12, 31))
_ABOUT = st.sampled_from([-32, -31, -7, -1, 0, 0, 1, 7, 31, 32, 182])


def check_benefits(benefits: Benefits, *, max_examples: int = 100) -> None:
    """Raise AssertionError where a law breaks: a price lies between nothing and the amount, whole in fen; an invoice comes
    to the sum of its lines, whatever stands beside them; each line says because; of none, nothing is taken off."""
    tiers = sorted({ORDINARY, *benefits.tiers})
    bills = st.lists(st.tuples(st.sampled_from(SHARES), amounts() | st.just(Decimal("0.01"))), max_size=4)

    @settings(
        max_examples=max_examples, deadline=None, derandomize=True, database=None, report_multiple_bugs=False,
        suppress_health_check=(HealthCheck.too_slow,), phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(
        bill=bills,
        tier=st.sampled_from(tiers),
        cards=st.lists(st.sampled_from(list(CARDS)), unique=True),
        birthday=st.sampled_from([None, *_BIRTHDAYS]),
        away=_ABOUT,
        year=st.sampled_from([2023, 2024]),
    )
    def laws(
        bill: list[tuple[str, Decimal]], tier: str, cards: list[str], birthday: date | None, away: int, year: int
    ) -> None:
        around = birthday or _BIRTHDAYS[1]
        on = add_days(date(year, around.month, min(around.day, 28)), away)

        def priced(lines: list[tuple[str, Decimal]]) -> list[Decimal]:
            quote = benefits.quote(lines, on=on, tier=tier, cards=cards, birthday=birthday)
            assert all(line.because for line in quote.lines), f"W6: a line of {lines} gives no reason"
            total = sum(amount for _, amount in lines)
            assert quote.total + quote.saved == total, f"W6: {lines} come to {quote.total}, {quote.saved} saved"
            return [line.price for line in quote.lines]

        prices = priced(bill)
        for (of, amount), price in zip(bill, prices, strict=True):
            assert 0 <= price <= amount, f"W6: {amount} yuan of {of} cost {price}"
            assert price * 100 == int(price * 100), f"W6: {price} has fractions of a fen"
            assert priced([(of, amount)]) == [price], f"W6: {amount} yuan of {of} cost otherwise beside {bill}"
            assert priced([(of, yuan(0))]) == [0], f"W6: nothing of {of} costs something"

    try:
        laws()
    except AssertionError as error:
        raise AssertionError(f"{benefits!r} breaks {error}") from error
