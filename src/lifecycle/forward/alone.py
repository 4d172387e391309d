"""One customer alone, in plain Python, month by month: the reading of a plan that explains.

In: a plan, a seed, the number of a customer. Out: :class:`Alone`, what he and those he brought come to, and what happened
when. It is the same model as :mod:`lifecycle.forward.bulk`, written to be read; a property holds them together, exactly.

A month goes: cars are given up and replaced; customers stop coming; visits, with bill, points and mood; word of mouth;
points lapse and are reminded of; the rule's labels; calls and offers. Each step has draws of its own
(:class:`~lifecycle.chance.Chance`: seed, customer, purpose, month), so that one more draw changes no other. Who is
brought gets his number from the one who brought him and the month. Where a house has editions, each month goes by the plan
of its first day; what a customer has and has done is as recorded, and what the new plan says of it holds from then on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from lifecycle.chance import Chance
from lifecycle.forward.measures import AT_END, PRICED, counted, reckoned
from lifecycle.forward.plan import Ladder, Plan

__all__ = ["Alone", "Happening", "Life", "replay_alone"]


class Happening(NamedTuple):
    """Something that happened to a customer in a month (from 0)."""

    month: int
    customer: int
    what: str

    def __str__(self) -> str:
        return f"month {self.month}, customer {self.customer}: {self.what}"


class Alone(NamedTuple):
    """One customer and those he brought: what they come to, by measure (money in fen), and what happened."""

    customer: int
    totals: dict[str, int]
    happened: tuple[Happening, ...]

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import alone_html

        return alone_html(self)


def replay_alone(plan: Plan, *, seed: int, customer: int) -> Alone:
    """The life of one customer under a plan, and of those he brought, from the first month to the last."""
    totals = dict.fromkeys((one.name for one in (*counted(plan), *AT_END)), 0)
    happened: list[Happening] = []
    waiting: list[tuple[int, int | None, int]] = [(customer, None, 0)]
    while waiting:
        number, born, generation = waiting.pop(0)
        life = Life(plan, Chance(seed, number), number, generation, totals, happened)
        for _ in life.run(born):
            pass
        waiting += [(child, month, generation + 1) for child, month in life.brought]
    totals.update(reckoned(totals, plan))
    for one in PRICED:
        totals.pop(one.name, None)
    happened.sort(key=lambda one: one.month)
    return Alone(customer, totals, tuple(happened))


_LONG_AGO = -32768


class Rungs:
    """Where a member stands on a ladder of tiers, month by month: as :class:`~lifecycle.tiers.TierFold`, by months."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self.month = -1
        self.level = self.basis = 0
        self.below: int | None = None  # since which month the basis no longer gives the tier
        self.amounts: dict[int, int] = {}  # by month

    @property
    def tier(self) -> str:
        """By its name."""
        return self.ladder.names[self.level]

    def advance(self, month: int) -> None:
        """Let a month begin: what no longer counts goes; a grace that is over lets the tier fall."""
        ladder, self.month = self.ladder, month
        if not ladder.steps:
            return
        if ladder.january == month % 12:
            self.basis = 0
        elif ladder.window:
            self.basis -= self.amounts.get(month - ladder.window, 0)
        self._weigh()
        if self.below is not None and ladder.downgrade != "never" and self.below + ladder.grace <= month:
            reached = bisect_right(ladder.steps, self.basis)
            self.level = self.level - 1 if ladder.downgrade == "one_step" else reached
            self.below = month if reached < self.level else None

    def count(self, amount: int) -> None:
        """Add what somebody has done in the month."""
        self.amounts[self.month] = self.amounts.get(self.month, 0) + amount
        self.basis += amount
        self._weigh()

    def _weigh(self) -> None:
        reached = bisect_right(self.ladder.steps, self.basis)
        if reached >= self.level:
            self.level, self.below = reached, None
        elif self.below is None:
            self.below = self.month


class Life:
    """One customer, month by month; whom he brings is noted in ``brought`` (number, month), for others to tell."""

    def __init__(
        self,
        plan: Plan,
        chance: Chance,
        number: int,
        generation: int,
        totals: dict[str, int],
        happened: list[Happening],
    ) -> None:
        self.plan, self.chance, self.number, self.generation = plan, chance, number, generation
        self.totals, self.happened = totals, happened
        self.brought: list[tuple[int, int]] = []
        self.month = 0
        self.owns = self.coming = True
        self.glad = self.draw("glad") < plan.satisfied
        self.rhythm = bisect_right(plan.rhythm, self.draw("rhythm"))
        self.first = self.now = bisect_right(plan.breadth, self.draw("breadth"))
        self.age = self.idle = self.paid = 0
        self.visited = self.charged_on = 0  # the months of the last visit, and of the last charged one
        self.earned_on = _LONG_AGO  # the month of the first earning since points last lapsed
        self.booked = ""
        self.points = 0
        self.fresh = True  # nothing earned since points last lapsed
        self.earned: list[int] = []  # points earned in all, month by month
        self.issued = 0
        self.gone = 0  # points that are no longer there: redeemed or lapsed
        self.at_start = 0
        self.tiers = Rungs(plan.tiers)
        self.done: list[tuple[int, dict[str, int]]] = []  # what counts for tiers, month by month
        self.phase = 0  # 0: not at risk; else the place in the series of calls
        self.was_at_risk = self.was_lost = False

    def draw(self, purpose: str, step: int = 0) -> int:
        """32 bits."""
        return self.chance.bits(purpose, step) >> 32

    def happens(self, threshold: int, purpose: str) -> bool:
        return self.draw(purpose, self.month) < threshold

    def count(self, measure: str, amount: int = 1) -> None:
        self.totals[measure] += amount

    def tell(self, what: str) -> None:
        self.happened.append(Happening(self.month, self.number, what))

    # -- the start ----------------------------------------------------------------------------------------------------

    def run(self, born: int | None) -> Iterator[int]:
        """From the month in which he comes in (``born``: brought by another) to the last; stops after each month."""
        plan = self.plan
        prospect = self.draw("prospect") < plan.prospect
        start = born if born is not None else self.draw("arrives") * plan.months >> 32 if prospect else -1
        self.visited = self.charged_on = start
        if start < 0:
            self._open()
        for month in range(max(start, 0), plan.months):
            self._turn(plan.in_force(month) if plan.later else plan, month)
            if month == start:
                self._arrive(born is not None)
            else:
                self.age, self.idle, self.paid = self.age + 1, self.idle + 1, self.paid + 1
            self._step()
            yield month
        self.count("owners", self.owns)
        self.count("coming", self.coming)
        self.count("lost_at_end", self.was_lost)
        self.count("points_left", self.issued - self.gone)

    def _turn(self, plan: Plan, month: int) -> None:
        """The month and its plan; where another edition has other tiers, they are reckoned of all that was done."""
        self.month, self.plan = month, plan
        tier = self.tiers.tier
        if plan.tiers != self.tiers.ladder:
            self.tiers = Rungs(plan.tiers)
            for when, done in self.done:
                for between in range(self.tiers.month + 1, when + 1):
                    self.tiers.advance(between)
                self.tiers.count(done.get(plan.tiers.by, 0))
            for between in range(self.tiers.month + 1, month):
                self.tiers.advance(between)
        self.tiers.advance(month)
        self._moved(tier)

    def _moved(self, before: str) -> None:
        if self.tiers.tier != before:
            self.tell(f"is {self.tiers.tier} now")

    def _does(self, **amounts: int) -> None:
        """What counts for the tier: money in fen, visits, points."""
        ladder, tier = self.plan.tiers, self.tiers.tier
        self.done.append((self.month, amounts))
        if ladder.by in amounts:
            self.tiers.count(amounts[ladder.by])
            self._moved(tier)

    def _open(self) -> None:
        """An owner of the house as it stands before the first month."""
        plan = self.plan
        if plan.states:
            self._stand()
        else:
            self._settle()
        self.visited, self.charged_on = -1 - self.idle, -1 - self.paid
        if self.idle < plan.opening_idle:
            self.issued = self.draw("points") * (plan.opening + 1) >> 32
            self.at_start = self.issued
            self.fresh = not self.issued
            self.count("points_at_start", self.issued)
        self.was_at_risk = plan.was_at_risk.holds(self.idle, self.paid)
        self.was_lost = plan.was_lost.holds(self.idle, self.paid)
        self.phase = self.idle % plan.every if self.was_at_risk else 0

    def _stand(self) -> None:
        """As one of a real house's cars stands."""
        state = self.plan.states[bisect_right(self.plan.standing, self.draw("standing"))]
        self.age, self.idle, self.paid, self.rhythm, coming = state
        self.coming = self.draw("stopped") < coming

    def _settle(self) -> None:
        """As drawn from the population's figures."""
        plan = self.plan
        gap = bisect_right(plan.gap[self.rhythm], self.draw("gap"))
        if not plan.cohort:
            year = bisect_right(plan.years, self.draw("year"))
            self.age = 12 * year + (self.draw("month") * 12 >> 32)
            stops = bisect_right(
                plan.stopped[3 * self.rhythm + self.first], self.draw("stopped")
            )  # the age at which he stops
            self.coming = stops > self.age
            self.idle = min(gap, self.age) if self.coming else min(self.age - stops + gap, self.age)
        warm = self.age < plan.warranty
        paid_for = self.draw("charged before") < plan.charged[not warm]
        self.paid = self.idle if paid_for else min(self.idle + 5, self.age)

    def _arrive(self, brought: bool) -> None:
        if not brought and not self.draw("buys") < self.plan.buys:
            self.owns = self.coming = False
            self.tell("a prospect who buys elsewhere")
            return
        self.glad = True
        self.count("sales")
        self.tell("buys, brought by a customer" if brought else "buys")

    # -- a month ------------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        plan = self.plan
        if self.owns and self.happens(plan.part[self.age], "part"):
            self._part()
        row = (9 * self.rhythm + 3 * self.first + self.now) * 2 + self.glad
        if self.coming and self.happens(plan.loss[row][self.age], "loss"):
            self.coming = False
            self.count("stopped")
            self.tell("stops coming")
        if self.coming and (self.booked or self.happens(plan.visit[self.rhythm][self.idle], "visit")):
            self._visit()
        self.booked = ""
        if self.coming and self.glad and self.generation < plan.generations:
            self._speak()
        self._points()
        self._labels()

    def _part(self) -> None:
        plan = self.plan
        self.count("parted")
        if self.happens(plan.again if self.coming else plan.back, "again"):
            self.age = self.idle = self.paid = 0
            self.coming = self.glad = True
            self.booked = ""
            self.count("sales")
            self.tell("replaces the car here")
        else:
            self.owns = self.coming = False
            self.tell("gives up the car and buys elsewhere")

    def _visit(self) -> None:
        plan = self.plan
        charged = self.happens(plan.charged[self.age >= plan.warranty], "charged")
        self.count("visits")
        self.idle, self.visited = 0, self.month
        if charged:
            self.paid, self.charged_on = 0, self.month
            self.count("charged")
            bucket = self.draw("bill", self.month) >> 24
            offer = self.booked == "offer"
            bill, discount = plan.bill[bucket], plan.discount[bucket] if offer else 0
            self.count("billed", bill)
            self.count("discounts", discount)
            self.tell(f"comes, and pays {bill - discount} fen")
            self._redeem(bill - discount)
            if plan.tiers.including:
                self._does(visits=1, charged=1, spend=bill - discount)
            self._earn((plan.earned_off if offer else plan.earned)[self.tiers.level][bucket])
            if not plan.tiers.including:
                self._does(visits=1, charged=1, spend=bill - discount)
        else:
            self.tell("comes without a charge")
            self._does(visits=1)
        if self.happens(plan.review, "review"):
            self._earn(plan.review_points[self.tiers.level])
        self.glad = self.happens(plan.satisfied, "satisfied")
        if self.now < 2 and self.happens(plan.adds, "adds"):
            self.now += 1

    def _redeem(self, bill: int) -> None:
        plan, balance = self.plan, self.issued - self.gone
        if balance < plan.redeems_from or not self.happens(plan.redeems, "redeems"):
            return
        numerator, denominator = plan.worth
        if numerator:
            balance = min(balance, bill * plan.share // 100 * denominator // numerator)
        points = balance // plan.unit * plan.unit
        if points >= plan.redeems_from:
            self.gone += points
            self.count("redeemed", points)
            if plan.priced:
                self.count("redeemed_worth", points * numerator // denominator)
            self.tell(f"redeems {points} points")

    def _earn(self, points: int) -> None:
        if points:
            self.issued += points
            self.count("issued", points)
            if self.fresh:
                self.fresh = False
                self.earned_on = self.month
            self._does(points=points)

    def _speak(self) -> None:
        plan = self.plan
        draw = self.draw("refers", self.month)
        if draw < plan.lead:
            self.count("leads")
        if draw < plan.buyer:
            self.count("referred")
            self.tell("brings a new customer")
            self._earn(plan.referral_points[self.tiers.level])
            if self.month + 1 < plan.months:
                self.brought.append((self.chance.bits("child", self.month), self.month + 1))

    def _points(self) -> None:
        plan = self.plan
        lapsed = 0
        begins = self.month == plan.since  # what is past when an edition begins falls due on its first day (LP18)
        if plan.lapse == "idle":
            clock = self.month - max(self.charged_on if plan.lapse_paid else self.visited, self.earned_on)
            if clock == plan.lapse_months or (begins and clock > plan.lapse_months):
                lapsed = self.issued - self.gone
                self.fresh = True
            if self.owns and plan.remind and clock == plan.remind and self.issued - self.gone > lapsed:
                self._remind()
        elif plan.lapse == "aged":
            lapsed = max(self._issued_by(self.month - plan.lapse_months) - self.gone, 0)
        elif plan.lapse == "yearly":
            last = self.month - (self.month - plan.yearly) % 12
            if last == self.month or (begins and last >= 0):
                lapsed = max(self._issued_by(last - plan.lapse_months) - self.gone, 0)
        self.earned.append(self.issued)
        if lapsed:
            self.gone += lapsed
            self.count("lapsed", lapsed)
            if plan.priced:
                self.count("lapsed_worth", lapsed * plan.worth[0] // plan.worth[1])
            self.tell(f"{lapsed} points lapse")

    def _issued_by(self, month: int) -> int:
        """Points issued by the end of a month; what was there at the start was earned in the month before the first."""
        back = self.month - month
        if back == 0:
            return self.issued
        if back <= len(self.earned):
            return self.earned[-back]
        return self.at_start if month == -1 else 0

    def _remind(self) -> None:
        plan = self.plan
        self.count("reminders")
        self.tell("is reminded of his points")
        if self.happens(plan.remind_brings if self.coming else plan.remind_back, "reminded"):
            self._comes_again("reminder")

    def _comes_again(self, why: str) -> None:
        if not self.coming:
            self.coming = True
            self.count("won_back")
            self.tell(f"is won back by a {why}")
        self.booked = why

    def _labels(self) -> None:
        plan = self.plan
        at_risk = self.owns and plan.at_risk.holds(self.idle, self.paid)
        lost = self.owns and plan.lost.holds(self.idle, self.paid)
        self.phase = self.phase + 1 if at_risk else 0
        if at_risk and not self.was_at_risk:
            self.count("at_risk")
        if lost and not self.was_lost:
            self.count("lost")
            self.count("offers")
            self.tell("is lost by the rule, and gets an offer")
            if self.happens(plan.offer_brings if self.coming else plan.offer_back, "offered"):
                self._comes_again("offer")
        elif at_risk and not lost and self.phase == 1:
            self.count("calls")
            self.tell("is at risk, and called")
            if self.happens(plan.call_brings if self.coming else plan.call_back, "called"):
                self._comes_again("call")
        if self.phase >= plan.every:
            self.phase = 0
        self.was_at_risk, self.was_lost = at_risk, lost
