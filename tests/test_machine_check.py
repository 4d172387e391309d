"""LM1: every shipped machine is sound, and each kind of fault planted in one is found and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import transitions
from attrs import evolve

from lifecycle.kinds import KINDS
from lifecycle.machine import STAYS, Machine, Question, Row, State
from lifecycle.machines import ALL
from lifecycle.machines.questions import SATISFIED

each_machine = pytest.mark.parametrize("machine", ALL.values(), ids=ALL)

SMALL = Machine(
    "small",
    "小",
    [State("open", "受理"), State("contacted", "已联系"), State("closed", "已结案", final=True)],
    [
        Row("complaint_contacted", "open", "contacted", cite="S4"),
        Row("complaint_contacted", "contacted", STAYS, cite="S4"),
        Row("complaint_closed", "contacted", "closed", "satisfied", cite="W15"),
        Row("complaint_closed", "contacted", "open", "not satisfied", cite="W15"),
    ],
    initial="open",
    questions=[SATISFIED],
)


def strange(machine: Machine, number: int = 0) -> str:
    """A kind of event that the machine does not know."""
    return [kind for kind in KINDS if kind not in machine.events][number]


def another(machine: Machine, *states: str) -> str:
    """A state of the machine that is none of these."""
    return next(state.name for state in machine.states if state.name not in states)


def with_row(machine: Machine, row: Row, *states: State) -> Machine:
    """The machine with one row more, and new states that its other rows do not leave (so `*` is spelt out)."""
    rows = [evolve(old, before=" ".join(machine.sources(old))) for old in machine.rows] if states else machine.rows
    return evolve(machine, rows=[*rows, row], states=[*machine.states, *states])


def changed(machine: Machine, **change: str) -> Machine:
    """The machine with its last row changed."""
    return evolve(machine, rows=[*machine.rows[:-1], evolve(machine.rows[-1], **change)])


def unknown_source(machine: Machine) -> Machine:
    return with_row(machine, Row(strange(machine), "nowhere", machine.initial))


def unknown_target(machine: Machine) -> Machine:
    return with_row(machine, Row(strange(machine), machine.initial, "nowhere"))


def unknown_guard(machine: Machine) -> Machine:
    return changed(machine, guard="unheard_of")


def unreachable_state(machine: Machine) -> Machine:
    return with_row(machine, Row(strange(machine), "island", machine.initial), State("island", "孤岛"))


def trap(machine: Machine) -> Machine:
    """Two states that lead to each other and nowhere else."""
    into = with_row(machine, Row(strange(machine), machine.initial, "in_here"), State("in_here", "陷阱"))
    round_ = with_row(into, Row(strange(machine, 1), "in_here", "in_there"), State("in_there", "陷阱"))
    return with_row(round_, Row(strange(machine, 1), "in_there", "in_here"))


def ambiguous_rows(machine: Machine) -> Machine:
    row = machine.rows[-1]
    target = another(machine, row.after) if row.after != STAYS else another(machine, *machine.sources(row))
    return with_row(machine, evolve(row, after=target))


def duplicate_rows(machine: Machine) -> Machine:
    return with_row(machine, machine.rows[-1])


def dead_end(machine: Machine) -> Machine:
    return with_row(machine, Row(strange(machine), machine.initial, "cul_de_sac"), State("cul_de_sac", "死胡同"))


def unknown_event(machine: Machine) -> Machine:
    return with_row(machine, Row("complaint_rised", machine.initial, STAYS))


def unreachable_row(machine: Machine) -> Machine:
    """A row whose guard contradicts itself."""
    rows = [*machine.rows, Row("complaint_closed", machine.initial, STAYS, "told, not told")]
    told = Question("told", "已告知", lambda facts: "yes" if facts.get("satisfied") else "no", facts=("satisfied",))
    return evolve(machine, rows=rows, questions=[*machine.questions, told])


def unused_question(machine: Machine) -> Machine:
    return evolve(machine, questions=[*machine.questions, Question("idle", "闲置", lambda facts: "no")])


def unknown_initial(machine: Machine) -> Machine:
    return evolve(machine, initial="nowhere")


def duplicate_state(machine: Machine) -> Machine:
    return evolve(machine, states=[*machine.states, machine.states[0]])


#: The faults that ``transitions`` lets pass when a machine is defined.
SEVEN = (unknown_source, unknown_target, unknown_guard, unreachable_state, trap, ambiguous_rows, duplicate_rows)
MORE = (dead_end, unknown_event, unreachable_row, unused_question, unknown_initial, duplicate_state)
each_fault = pytest.mark.parametrize("plant", SEVEN + MORE, ids=lambda plant: plant.__name__)


@each_machine
def test_lm1_every_shipped_machine_is_sound(machine: Machine) -> None:
    assert machine.check() == ()


@each_fault
def test_lm1_a_planted_fault_is_found(plant: Callable[[Machine], Machine]) -> None:
    assert SMALL.check() == ()
    assert plant.__name__.replace("_", " ") in {finding.fault for finding in plant(SMALL).check()}


@each_fault
@each_machine
def test_lm1_a_fault_planted_in_a_shipped_machine_is_found(
    machine: Machine, plant: Callable[[Machine], Machine]
) -> None:
    assert plant.__name__.replace("_", " ") in {finding.fault for finding in plant(machine).check()}


@pytest.mark.parametrize("plant", SEVEN, ids=lambda plant: plant.__name__)
def test_transitions_accepts_each_of_the_seven_when_the_machine_is_defined(
    plant: Callable[[Machine], Machine],
) -> None:
    """None of the seven raises or warns in `transitions` 0.9.3; some fail later, when fired, and some never."""
    planted = plant(SMALL)
    peer = transitions.Machine(
        model=None, states=[state.name for state in planted.states], initial=planted.initial, auto_transitions=False
    )
    for row in planted.rows:
        asks: list[Any] = [word for word in row.guard.split(",") if word]
        conditions = [word for word in asks if not word.startswith("not ")]
        unless = [word.removeprefix("not ") for word in asks if word.startswith("not ")]
        after = peer.wildcard_same if row.after == STAYS else row.after
        peer.add_transition(row.event, list(planted.sources(row)), after, conditions=conditions, unless=unless)
    assert planted.check() != ()


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        (unknown_source(SMALL), ["'nowhere' is not a state"]),
        (unknown_target(SMALL), ["'nowhere' is not a state"]),
        (changed(SMALL, guard="satisfed"), ["no question 'satisfed'", "did you mean satisfied?"]),
        (changed(SMALL, guard="satisfied=perhaps"), ["satisfied is never 'perhaps'", "known: no, yes"]),
        (changed(SMALL, event="complaint_contacted"), ["complaint_contacted never tells 'satisfied'"]),
        (unknown_event(SMALL), ["complaint_rised", "did you mean complaint_raised"]),
        (unreachable_state(SMALL), ["island is never entered from open"]),
        (trap(SMALL), ["from in_here no final state can be reached"]),
        (dead_end(SMALL), ["cul_de_sac has no way out and is not declared final"]),
        (ambiguous_rows(SMALL), ["in contacted on complaint_closed [not satisfied]", " / "]),
        (changed(SMALL, before=" "), ["leaves no state"]),
        (evolve(SMALL, initial="opne"), ["did you mean open?"]),
    ],
    ids=lambda value: value[0].replace("/", " ") if isinstance(value, list) else "",
)
def test_a_finding_names_the_place_and_the_remedy(planted: Machine, words: list[str]) -> None:
    said = " | ".join(map(str, planted.check()))
    assert all(word in said for word in words), said


def test_a_question_that_reads_an_unknown_fact_is_found() -> None:
    misspelt = Question("satisfied", "满意", SATISFIED.ask, facts=("satisfed",))
    assert "reads a fact 'satisfed'" in str(evolve(SMALL, questions=[misspelt]).check()[0])


def test_a_life_without_an_end_goes_round_in_one_round_only() -> None:
    """A machine that declares no final state is sound as a ring, and not with a second ring that is never left."""
    begun = State("begun", "开始")
    ring = evolve(SMALL, states=[begun, *(evolve(state, final=False) for state in SMALL.states)], initial="begun")
    ring = with_row(
        with_row(ring, Row("complaint_raised", "begun", "open")), Row("complaint_reopened", "closed", "open")
    )
    assert ring.check() == ()
    assert [finding.fault for finding in trap(ring).check()] == ["trap"]


def test_overlapping_guards_are_found_in_the_state_where_they_overlap() -> None:
    overlap = with_row(SMALL, Row("complaint_closed", "contacted", "open"))
    found = [str(finding) for finding in overlap.check()]
    assert any("in contacted on complaint_closed [satisfied]" in line for line in found)
    apart = with_row(SMALL, Row("complaint_closed", "open", "closed", "satisfied"))
    assert apart.check() == ()


@each_machine
def test_every_answer_can_be_given(machine: Machine) -> None:
    """No symbol is idle: some facts give each combination of answers."""
    for number, symbol in enumerate(machine.table.symbols):
        assert machine.symbol(symbol.event, machine.example(symbol)) == number, symbol


@each_machine
def test_every_state_has_a_chinese_name_and_every_row_a_source(machine: Machine) -> None:
    assert [state.name for state in machine.states if not state.zh] == []
    assert [str(row) for row in machine.rows if not row.cite] == []
    assert machine.zh
    assert machine.cite
    assert machine.doc
    assert len({state.zh for state in machine.states}) == len(machine.states)


@each_machine
def test_parts_share_out_the_states(machine: Machine) -> None:
    told = [state for _, _, states in machine.parts for state in states.split()]
    assert not told or sorted(told) == sorted(state.name for state in machine.states)
