"""The machine against its peers in one run: transitions, python-statemachine, automat; and the whole replay of a life.

The same rows (a small ring with one guard) and the same events for everybody. Ratios are what counts.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import automat
import statemachine
import transitions
from timing import best, line

from lifecycle import replay, timeline
from lifecycle.books import WENHUA
from lifecycle.machines import LOYALTY, STAGE

EVENTS = (
    "enquired",
    "need_agreed",
    "model_accepted",
    "contract_signed",
    "vehicle_delivered",
    "workshop_entered",
    "vehicle_handed_over",
)


class Ring(statemachine.StateMachine):
    """The same walk in python-statemachine."""

    a = statemachine.State(initial=True)
    b = statemachine.State()
    c = statemachine.State()
    go = a.to(b) | b.to(c) | c.to(a)


class _Walk:
    pass


def automat_ring() -> object:
    """The same walk in automat's type-safe builder."""
    from typing import Protocol

    class Go(Protocol):
        def go(self) -> None: ...

    builder = automat.TypeMachineBuilder(Go, _Walk)
    a, b, c = builder.state("a"), builder.state("b"), builder.state("c")
    a.upon(Go.go).to(b).returns(None)
    b.upon(Go.go).to(c).returns(None)
    c.upon(Go.go).to(a).returns(None)
    return builder.build()(_Walk())


def main() -> None:
    """Print one line a comparison."""
    plain = transitions.Machine(
        states=["a", "b", "c"],
        initial="a",
        auto_transitions=False,
        transitions=[["go", "a", "b"], ["go", "b", "c"], ["go", "c", "a"]],
    )
    trigger = best(lambda: plain.trigger("go"), number=20_000)
    asked_of = transitions.Machine(
        states=["a", "b"],
        initial="a",
        auto_transitions=False,
        transitions=[
            {"trigger": "go", "source": source, "dest": dest, "conditions": [lambda charge=0, **_: charge > 0]}
            for source, dest in (("a", "b"), ("b", "a"))
        ],
    )
    guarded = best(lambda: asked_of.trigger("go", charge=860), number=20_000)

    step = best(lambda: STAGE.step("need", "need_agreed"), number=50_000)
    asked = best(lambda: LOYALTY.step("prospect", "vehicle_handed_over", charge=860), number=50_000)
    line("machine.step / transitions trigger", step, trigger, limit=0.1)
    line("machine.step with a guard / transitions trigger with one", asked, guarded, limit=0.1)

    ring = Ring()
    line("machine.step / python-statemachine", step, best(ring.go, number=2_000), limit=0.1)
    walk = automat_ring()
    line("machine.step / automat", step, best(walk.go, number=20_000), limit=1.0)  # type: ignore[attr-defined]

    many = timeline("\n".join(f"2024-01-01 {EVENTS[n % 7]}" for n in range(7_000)), customer="C1")
    fold = best(lambda: STAGE.fold(many)) / len(many)
    line("folding states without reasons / transitions trigger", fold, trigger, limit=0.05)

    life = timeline(LIFE, customer="C1")
    assert len(life) == 20
    twenty = 20 * trigger
    whole = best(lambda: replay(life, WENHUA, on=date(2025, 6, 30)), number=200)
    line("replay of a 20-event life / 20 transitions triggers", whole, twenty, limit=2.0)

    def told() -> object:
        lived = replay(life, WENHUA, on=date(2025, 6, 30))
        return lived.customer, lived.steps, lived.refused, lived.statement

    line("the same, with customer, steps, refusals and statement read", best(told, number=200), twenty, limit=2.0)

    def importing(what: str) -> float:
        code = f"import time; t = time.perf_counter(); import {what}; print(time.perf_counter() - t)"
        return min(
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
            for _ in range(9)
        )

    peers = importing("attrs, dateutil.relativedelta")
    line("import lifecycle / import attrs, dateutil.relativedelta", importing("lifecycle"), peers, limit=2.0)
    inner = importing("lifecycle.life, lifecycle.notation, lifecycle.books")
    line("import of the whole inner circle / the same", inner, peers, limit=2.0)


LIFE = """
2022-03-01 enquired
2022-03-02 need_agreed
2022-03-03 model_accepted
2022-03-09 contract_signed vehicle=V1
2022-03-20 vehicle_delivered vehicle=V1 price=128000
2022-03-23 surveyed kind=SSI satisfied=yes
2022-03-25 enrolled
2022-09-02 workshop_entered vehicle=V1
2022-09-02 vehicle_handed_over vehicle=V1 charge=860 id=R1
2022-09-05 surveyed kind=CSI satisfied=yes
2022-09-06 review_posted visit=R1 satisfied=yes
2023-01-14 workshop_entered vehicle=V1
2023-01-15 vehicle_handed_over vehicle=V1 charge=1240.50
2023-04-01 referral_recorded referral=F1
2023-05-20 referral_converted referral=F1
2023-07-02 points_redeemed points=100
2024-04-02 workshop_entered vehicle=V1
2024-04-02 vehicle_handed_over vehicle=V1 charge=430
2024-04-03 complaint_raised complaint=K1
2024-04-05 complaint_closed complaint=K1 satisfied=yes
"""

if __name__ == "__main__":
    main()
