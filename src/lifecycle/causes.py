"""Why customers leave: the sources' lists of causes, coded, and what a house's own customers say.

In: histories whose events tell a ``reason`` (callbacks, complaints, outreach). Out: a :class:`Tally` by reason, by K12's
seven causes of dissatisfaction (with the source's shares beside) and by V2's eight causes seen from the house. The maps
between them are readings, and parameters. A reason that no map names stays visible as ``not coded``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from attrs import field, frozen

from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History, voided_ids
from lifecycle.kinds import FACTS, KINDS
from lifecycle.values import FrozenDict, frozen_dict

__all__ = ["K12", "K12_OF_REASON", "V2", "V2_OF_REASON", "Cause", "Tally", "causes"]


@frozen
class Cause:
    """One cause of a source's list: its code, Chinese name, and share where the source gives one."""

    code: str
    zh: str
    share: float | None = None


#: K12: causes of dissatisfaction with their shares.
K12: Mapping[str, Cause] = FrozenDict(
    {
        "repair_quality": Cause("repair_quality", "维修质量", 0.204),
        "trust": Cause("trust", "信任", 0.154),
        "emotional_bond": Cause("emotional_bond", "情感维系", 0.147),
        "staff": Cause("staff", "人员", 0.145),
        "owner_events": Cause("owner_events", "车主活动", 0.133),
        "convenience": Cause("convenience", "便利", 0.127),
        "comfort": Cause("comfort", "舒适", 0.091),
    }
)
#: V2: eight causes of losing customers, seen from the house; the source gives no shares.
V2: Mapping[str, Cause] = FrozenDict(
    {
        "staff_left": Cause("staff_left", "员工离职带走客户"),
        "competitor": Cause("competitor", "竞争对手夺走"),
        "market": Cause("market", "市场波动"),
        "details": Cause("details", "细节疏忽"),
        "promise": Cause("promise", "诚信问题"),
        "bullying": Cause("bullying", "店大欺客"),
        "small_customers": Cause("small_customers", "忽视小客户"),
        "natural": Cause("natural", "自然流失"),
    }
)
#: V3's answers and W17's, as K12's causes (reading): what no map names is not coded.
K12_OF_REASON: Mapping[str, str] = FrozenDict(
    {
        "quality": "repair_quality",
        "price": "trust",
        "service": "staff",
        "distance": "convenience",
        "waiting": "convenience",
    }
)
#: The same answers as V2's causes (reading): sold or moved is natural loss, other garages are competitors.
V2_OF_REASON: Mapping[str, str] = FrozenDict(
    {
        "transferred": "natural", "other_city": "natural", "never_maintains": "natural", "service": "details",
        "quality": "details", "waiting": "details", "price": "competitor", "distance": "competitor", "insurer": "competitor",
    }
)  # fmt: skip
_NOT_CODED = "not coded"

#: The events whose reason says why a customer is dissatisfied or stays away; that of a lost sale (战败) is another matter.
TOLD_BY = (
    "surveyed",
    "review_posted",
    "complaint_raised",
    "purchase_ruled_out",
    "outreach_reason_told",
    "outreach_declined",
)


@frozen(repr=False)
class Tally:
    """How often each cause was told, with the events; ``code`` names the list that they are coded by."""

    code: str
    told: FrozenDict[str, tuple[Event, ...]] = field(converter=frozen_dict)
    """The events by cause, most frequent first."""

    @property
    def total(self) -> int:
        """All that was told."""
        return sum(len(events) for events in self.told.values())

    @property
    def counts(self) -> dict[str, int]:
        """How often each cause was told."""
        return {cause: len(events) for cause, events in self.told.items()}

    @property
    def shares(self) -> dict[str, float]:
        """The share of each cause; empty where nothing was told."""
        return {cause: len(events) / self.total for cause, events in self.told.items()}

    @property
    def customers(self) -> dict[str, tuple[str, ...]]:
        """Whom each cause was told by, each once."""
        return {cause: tuple(dict.fromkeys(event.customer for event in events)) for cause, events in self.told.items()}

    def coded(self, code: Mapping[str, str], *, name: str) -> Tally:
        """The same, by another list of causes; ``code`` maps the causes of this one to those of that."""
        again: dict[str, list[Event]] = defaultdict(list)
        for cause, events in self.told.items():
            again[code.get(cause, _NOT_CODED)] += events
        return Tally(name, _by_number(again))

    def __repr__(self) -> str:
        lines = [f"<Causes by {self.code}: {self.total} told"]
        for cause, events in self.told.items():
            source = K12[cause].share if self.code == "K12" and cause in K12 else None
            beside = "" if source is None else f" (source {source:.1%})"
            lines.append(f"{cause}: {len(events)}, {len(events) / self.total:.1%}{beside}")
        return "\n".join(lines) + ">"


def _by_number(found: Mapping[str, Iterable[Event]]) -> dict[str, tuple[Event, ...]]:
    rows = {cause: tuple(events) for cause, events in found.items()}
    return dict(sorted(rows.items(), key=lambda row: (-len(row[1]), row[0])))


def causes(
    histories: Iterable[History] | Mapping[str, History],
    *,
    start: date = date.min,
    end: date = date.max,
    told_by: Iterable[str] = TOLD_BY,
    fact: str = "reason",
) -> Tally:
    """What customers gave as their reason from ``start`` (closed) to ``end`` (open), by V3's answers.

    ``fact="where"`` tallies where their cars are maintained now (W17). Voided events are not counted. Code the result by
    ``.coded(K12_OF_REASON, name="K12")``.
    """
    a_day(start)
    a_day(end)
    kinds = frozenset(told_by)
    unknown = [kind for kind in kinds if kind not in KINDS or fact not in KINDS[kind].facts]
    if fact not in FACTS or (unknown and fact == "reason"):
        raise LifecycleError(
            f"{sorted(unknown) or fact} tells no {fact}",
            argument="told_by",
            value=sorted(unknown),
            remedy="as in outreach_reason_told",
        )
    histories = cast("Mapping[str, History]", histories).values() if isinstance(histories, Mapping) else histories
    found: dict[str, list[Event]] = defaultdict(list)
    for history in histories:
        voided = voided_ids(history)
        for event in history:
            if event.kind in kinds and start <= event.day < end and event.id not in voided:
                value = event.get(fact)
                if value is not None:
                    found[str(value)].append(event)
    return Tally(fact, _by_number(found))
