"""The relationship as one picture: prospect → repeat → advocate, the ways out of it, and back.

In: nothing. Out: :data:`RELATIONSHIP`, the moves between the public words for where a customer stands (K9, C7), as data
with the readers of a machine's picture. It is no machine: what is read off three regions at once remembers less than
they do, so one event leads from one word to several. A test explores the product of the regions and holds every move
here to be possible, and every possible move to be here. Next: :func:`lifecycle.customer.standing_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from attrs import field, frozen

from lifecycle.errors import LifecycleError, near
from lifecycle.machine import Drawn, Question, State
from lifecycle.machines.journey import ACTIVITY, LOYALTY, SATISFACTION

__all__ = ["RELATIONSHIP", "Edge", "Group", "Move", "Relationship"]


@frozen
class Group:
    """Standings drawn in one frame; ``members`` are standings, or groups within it, separated by blanks."""

    name: str
    zh: str
    members: str


@frozen
class Move:
    """On ``event``, where the ``guard`` holds: from any of ``before`` to ``after``, each a list of standings or groups.

    Where ``after`` has several, the customer's regions say which: the standing that loyalty and satisfaction gave him.
    ``given`` says in words what they must remember, ``given_zh`` in Chinese.
    """

    event: str
    before: str
    after: str
    guard: str = ""
    cite: str = ""
    given: str = ""
    given_zh: str = ""


class Edge(NamedTuple):
    """One move between two standings."""

    before: str
    after: str
    event: str
    guard: str
    cite: str


def _states(states: Iterable[State]) -> tuple[State, ...]:
    return tuple(states)


def _groups(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(groups)


def _moves(moves: Iterable[Move]) -> tuple[Move, ...]:
    return tuple(moves)


@frozen(eq=False, slots=False)
class Relationship(Drawn):
    """Standings and the moves between them, to be read as text or as a picture."""

    name: str
    zh: str
    states: tuple[State, ...] = field(converter=_states, repr=False)
    groups: tuple[Group, ...] = field(converter=_groups, repr=False)
    moves: tuple[Move, ...] = field(converter=_moves, repr=False)
    initial: str
    cite: str = ""
    doc: str = field(default="", repr=False)

    def members(self, names: str) -> tuple[str, ...]:
        """The standings that a list of standings and groups stands for, in order, each once."""
        groups = {group.name: group for group in self.groups}
        known = {state.name for state in self.states}
        found: dict[str, None] = {}
        for name in names.split():
            if name in groups:
                found.update(dict.fromkeys(self.members(groups[name].members)))
            elif name in known:
                found[name] = None
            else:
                raise LifecycleError(
                    f"{self.name} has no standing or group {name!r}",
                    argument="names",
                    value=names,
                    remedy=near(name, {*known, *groups}),
                )
        return tuple(found)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every move, one standing to one other."""
        return tuple(
            Edge(before, after, move.event, move.guard, move.cite)
            for move in self.moves
            for before in self.members(move.before)
            for after in self.members(move.after)
            if before != after
        )

    @cached_property
    def zh_of(self) -> Mapping[str, str]:
        """Chinese names of standings and groups."""
        return {one.name: one.zh for one in self.groups} | {one.name: one.zh for one in self.states}

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the guards ask: the questions of the regions that standing is read off."""
        asked = (question for region in (LOYALTY, SATISFACTION, ACTIVITY) for question in region.questions)
        return tuple({question.name: question for question in asked}.values())


RELATIONSHIP = Relationship(
    "relationship",
    "客户关系",
    [
        State("prospect", "潜在客户", cite="K9"),
        State("first_time", "首次惠顾", cite="K9, R1"),
        State("repeat", "续购", cite="K9, R1"),
        State("advocate", "大力提倡", cite="K9"),
        State("core_advocate", "核心口碑", cite="K9"),
        State("dissatisfied", "不满意", cite="K9"),
        State("never_again", "永不复购", cite="K9"),
        State("detractor", "负面口碑", cite="K9"),
        State("third_party", "第三方投诉", cite="K9"),
        State("lost", "流失", cite="V1a"),
        State("gone", "离开", cite="W17"),
    ],
    [
        Group("path", "忠诚之路", "prospect first_time repeat advocate core_advocate"),
        Group("unhappy", "不满之路", "dissatisfied never_again detractor third_party"),
        Group("present", "往来客户", "path unhappy"),
    ],
    [
        Move("vehicle_handed_over", "prospect", "first_time", "charged", cite="K9"),
        Move("vehicle_delivered", "prospect", "first_time", cite="K9, R1"),
        Move("vehicle_delivered", "prospect", "advocate", cite="K9", given="after a referral", given_zh="曾转介绍"),
        Move("vehicle_delivered", "first_time", "repeat", cite="R1", given="a second car", given_zh="再次购车"),
        Move("vehicle_handed_over", "first_time", "repeat", "charged, service_repeats", cite="R1"),
        Move("referral_recorded", "first_time repeat", "advocate", cite="K9"),
        Move("referral_converted", "first_time repeat advocate", "core_advocate", cite="K9, W4"),
        Move("surveyed", "path", "dissatisfied", "not satisfied", cite="W13, W14"),
        Move("complaint_raised", "path", "dissatisfied", cite="W16"),
        Move("review_posted", "path", "dissatisfied", "not satisfied", cite="W14"),
        Move("purchase_ruled_out", "path dissatisfied", "never_again", cite="K9"),
        Move("bad_word_reported", "path dissatisfied never_again", "detractor", cite="K9"),
        Move("third_party_complained", "path dissatisfied never_again detractor", "third_party", cite="K9"),
        Move("surveyed", "dissatisfied", "path", "satisfied", cite="W13, W14"),
        Move("surveyed", "never_again detractor", "path", "satisfied, may_recover", cite="K9"),
        Move("complaint_closed", "dissatisfied never_again detractor", "path", "satisfied, none_open", cite="K9, W16"),
        Move("complaint_closed", "third_party", "path", "satisfied, none_open, may_recover_fully", cite="K9"),
        Move("vehicle_delivered", "never_again", "first_time repeat advocate core_advocate", cite="K9"),
        Move("lost_due", "present", "lost", cite="V1a"),
        Move("trade_in_done", "present lost", "gone", cite="K3"),
        Move("vehicle_transferred", "present lost", "gone", cite="W17"),
        Move("moved_away", "present lost", "gone", cite="W17"),
        Move("seen_again", "lost gone", "present", cite="V1b"),
    ],
    initial="prospect",
    cite="K9, V1",
    doc=(
        "Where a customer stands, in the words of the trade. Lost and gone come before dissatisfaction, and that before "
        "loyalty, which goes on being counted behind them: who comes back stands where he stood. Read for one vehicle; of "
        "several, the last one decides. Gone counts while no sale is under way: one who shops for his next car stands "
        "where he stood."
    ),
)
