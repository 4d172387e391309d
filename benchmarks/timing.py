"""What the benchmarks share: the best of several rounds, and one JSON line a comparison."""

from __future__ import annotations

import json
import time
from collections.abc import Callable


def best(run: Callable[[], object], *, rounds: int = 7, number: int = 1) -> float:
    """Seconds of one run, the best of ``rounds`` (each of ``number`` runs): what the machine can do, not what disturbed it."""
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(number):
            run()
        times.append((time.perf_counter() - start) / number)
    return min(times)


def line(name: str, ours: float, peer: float, *, limit: float, **more: object) -> None:
    """Print ``{"name", "ratio", "limit", "ours_us", "peer_us", …}``; ratio = ours / peer."""
    told = {
        "name": name,
        "ratio": round(ours / peer, 4),
        "limit": limit,
        "ours_us": round(ours * 1e6, 3),
        "peer_us": round(peer * 1e6, 3),
        **more,
    }
    print(json.dumps(told, ensure_ascii=False), flush=True)
