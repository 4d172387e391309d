"""The simulation against the drawing of its random numbers, and against the same model in SimPy, in one run.

The large run is a process of its own, so that its peak memory is known. The draws alone are those that the run made:
the same number of columns, of the same lengths. In SimPy every customer is a process that wakes up once a month; it takes
the same steps, with the same draws, and comes to the same figures; told beside it: its time with draws from the standard library.
Times are seconds of the processor, not of the clock, so that neighbours on the machine weigh less.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time

import numpy as np
import simpy
from timing import best, line

from lifecycle import InactiveFor, all_visits, simulate
from lifecycle.books import WENHUA
from lifecycle.chance import Chance
from lifecycle.forward.alone import Life
from lifecycle.forward.bulk import BLOCK
from lifecycle.forward.luck import Draws, Luck
from lifecycle.forward.measures import AT_END, COUNTED

CUSTOMERS, YEARS = 1_000_000, 5
FEW, FEW_YEARS = 1_500, 2


def large() -> None:
    """One book, a million customers, sixty months; prints seconds, seconds of the draws alone, peak memory."""
    sizes: list[int] = []
    bits = Luck.bits

    def noted(self: Luck, roots: Draws, purpose: str, step: int, out: Draws) -> Draws:
        sizes.append(roots.size)
        return bits(self, roots, purpose, step, out)

    Luck.bits = noted  # type: ignore[method-assign]
    seconds = float("inf")
    for _ in range(2):
        sizes.clear()
        start = time.process_time()
        forecast = simulate([WENHUA], customers=CUSTOMERS, years=YEARS, seed=7)
        seconds = min(seconds, time.process_time() - start)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    Luck.bits = bits  # type: ignore[method-assign]
    # the same columns again, over the roots of a block with those it brought, one after the other as in the run
    luck = Luck(7, np.arange(BLOCK + BLOCK // 4, dtype=np.uint64))
    rounds: list[float] = []
    for _ in range(2):
        place = 0
        start = time.process_time()
        for size in sizes:
            if place + size > luck.roots.size:
                place = 0
            luck.between(place, place + size, "visit", 3)
            place += size
        rounds.append(time.process_time() - start)
    draws = min(rounds)

    print(json.dumps({
        "seconds": seconds, "draws": draws, "gigabytes": gigabytes,
        "draws_a_customer_month": sum(sizes) / CUSTOMERS / (12 * YEARS), "visits": int(forecast.totals("visits").value),
    }))  # fmt: skip


class ByLibrary(Life):
    """The same steps with draws of the standard library, which nobody can draw again."""

    def draw(self, purpose: str, step: int = 0) -> int:
        return random.getrandbits(32)


def in_simpy(kind: type[Life], plan: object) -> dict[str, int]:
    """The few customers in SimPy, each a process."""
    environment = simpy.Environment()
    totals = dict.fromkeys((one.name for one in (*COUNTED, *AT_END)), 0)

    def process(number: int, born: int | None, generation: int):  # type: ignore[no-untyped-def]
        life = kind(plan, Chance(7, number), number, generation, totals, [])  # type: ignore[arg-type]
        for month in life.run(born):
            yield environment.timeout(month + 1 - environment.now)
            while life.brought:
                child, when = life.brought.pop()
                environment.process(process(child, when, generation + 1))

    for number in range(FEW):
        environment.process(process(number, None, 0))
    environment.run()
    return totals


def main() -> None:
    if sys.argv[1:] == ["large"]:
        large()
        return
    done = subprocess.run([sys.executable, __file__, "large"], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    line(
        "simulate 1 M customers x 60 months, against its draws alone", told["seconds"], told["draws"], limit=4,
        gigabytes=round(told["gigabytes"], 2), gigabytes_limit=1.5,
        draws_a_customer_month=round(told["draws_a_customer_month"], 2),
    )  # fmt: skip
    each = told["seconds"] / CUSTOMERS / (12 * YEARS)

    forecast = simulate([WENHUA], customers=FEW, years=FEW_YEARS, seed=7)
    plan, months = forecast.plans[0], FEW * 12 * FEW_YEARS
    start = time.process_time()
    totals = in_simpy(Life, plan)
    peer = (time.process_time() - start) / months
    assert totals == {name: int(forecast.per_customer(name).sum()) for name in totals}, (
        "SimPy comes to the same figures"
    )
    start = time.process_time()
    in_simpy(ByLibrary, plan)
    library = (time.process_time() - start) / months
    line(
        "simulate a customer-month, against the same model in SimPy", each, peer, limit=0.01,
        peer_us_with_the_librarys_draws=round(library * 1e6, 3),
    )  # fmt: skip

    nine = WENHUA.amend("nine months", **{"churn.lost": InactiveFor(months=9).counting(all_visits)})
    slider = best(lambda: simulate([WENHUA, nine], customers=10_000, years=3, seed=7).differences, rounds=5)
    line("two books, 10,000 customers, 3 years, every difference; against 300 ms", slider, 0.3, limit=1)


if __name__ == "__main__":
    main()
