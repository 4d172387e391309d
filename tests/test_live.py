"""LM2: the table, the step and the live `transitions` machine agree, in every cell and on walks; and callbacks fire."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import transitions
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.live import Live
from lifecycle.machine import Machine, Symbol
from lifecycle.machines import ALL, LOYALTY, SALE, SATISFACTION, STAGE

each_machine = pytest.mark.parametrize("machine", ALL.values(), ids=ALL)


@cache
def live_of(machine: Machine) -> Live:
    """One live machine a machine: building it costs more than firing it."""
    return machine.live()


@cache
def examples_of(machine: Machine) -> tuple[Mapping[str, Any], ...]:
    """Facts for each symbol, by its number."""
    return tuple(machine.example(symbol) for symbol in machine.table.symbols)


def told_by_table(machine: Machine, state: str, number: int) -> tuple[str, bool, int | None]:
    """What the compiled table says: the state after it, whether it is accepted, and the row taken."""
    table = machine.table
    here = table.states.index(state)
    after, row = table.next[here][number], table.rows[here][number]
    return state if after < 0 else table.states[after], after >= 0, None if row < 0 else row


# -- LM2 ---------------------------------------------------------------------------------------------------------------


@each_machine
def test_lm2_every_cell_of_table_step_and_live_machine_agrees(machine: Machine) -> None:
    live = live_of(machine)
    for state in machine.table.states:
        for number, symbol in enumerate(machine.table.symbols):
            facts = examples_of(machine)[number]
            after, accepted, row = told_by_table(machine, state, number)
            step = machine.step(state, symbol.event, **facts)
            assert (step.state, step.accepted, step.row) == (after, accepted, row), (state, symbol)
            live.set_state(state, live.subject)
            fired = live.trigger(symbol.event, **facts)
            assert (live.state, fired) == (after, row is not None), (state, symbol)
            assert accepted is (fired or not machine.governing), "who observes refuses nothing, who governs all else"


@given(st.data())
def test_lm2_walks_of_table_step_fold_and_live_machine_agree(data: st.DataObject) -> None:
    machine = data.draw(st.sampled_from([*ALL.values()]))
    numbers = data.draw(st.lists(st.integers(0, len(machine.table.symbols) - 1), max_size=40))
    live = live_of(machine)
    live.set_state(machine.initial, live.subject)
    by_table = by_step = machine.initial
    events = []
    for number in numbers:
        symbol, facts = machine.table.symbols[number], examples_of(machine)[number]
        by_table, _, row = told_by_table(machine, by_table, number)
        by_step = machine.step(by_step, symbol.event, **facts).state
        assert live.trigger(symbol.event, **facts) is (row is not None)
        assert live.state == by_step == by_table
        events.append(SimpleNamespace(kind=symbol.event, facts=facts))
    assert machine.fold(events) == by_table


@each_machine
def test_lm2_the_live_machine_holds_the_rows_and_nothing_else(machine: Machine) -> None:
    live = live_of(machine)
    assert isinstance(live, transitions.Machine)
    assert [*live.states] == [state.name for state in machine.states]
    assert [*live.events] == [*machine.events]
    drawn = sum(len(some) for event in live.events.values() for some in event.transitions.values())
    assert drawn == sum(len(machine.sources(row)) for row in machine.rows)


# -- firing ------------------------------------------------------------------------------------------------------------


def test_a_live_machine_goes_the_way_of_the_rows() -> None:
    live = STAGE.live()
    assert live.state == "need"
    assert live.trigger("need_agreed")
    assert live.state == "trial"
    assert not live.trigger("replacement_declined"), "he owns nothing yet"
    assert live.state == "trial"


def test_why_says_what_would_happen_and_fires_nothing() -> None:
    live = STAGE.live()
    assert live.why("vehicle_delivered").state == "owned"
    assert live.state == "need"
    assert not live.why("replacement_declined").accepted


def test_an_event_of_another_room_is_no_row_and_no_error() -> None:
    live = SATISFACTION.live()
    assert not live.trigger("insurance_renewed", until="2026-01-01")
    assert live.state == "unknown"


@pytest.mark.parametrize(
    ("event", "facts", "words"),
    [
        ("need_agred", {}, "did you mean need_agreed"),
        ("surveyed", {"satisfed": True}, "did you mean satisfied"),
        ("surveyed", {"satisfied": "perhaps"}, "neither yes nor no"),
    ],
)
def test_a_slip_is_an_error_where_transitions_alone_says_false(event: str, facts: dict[str, Any], words: str) -> None:
    live = STAGE.live()
    with pytest.raises(LifecycleError, match=words):
        live.trigger(event, **facts)
    assert live.state == "need"


def test_a_fact_may_have_the_name_of_a_parameter() -> None:
    """`model` and `event` are facts, and are names that `transitions` and `step` use for themselves."""
    heard: list[Mapping[str, Any]] = []
    live = SALE.live(after_enquired=lambda **facts: heard.append(facts))
    assert live.trigger("enquired", sale="S1", model="Qashqai")
    assert heard == [{"sale": "S1", "model": "Qashqai"}]
    assert STAGE.step("service", "event_attended", event="lecture").state == "retention"
    assert STAGE.live().trigger("event_attended", event="lecture")


def test_what_is_refused_is_not_logged_as_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        STAGE.live().trigger("replacement_declined")
        LOYALTY.live().trigger("vehicle_handed_over", charge=0)
    assert caplog.records == []


def test_a_row_that_asks_an_unknown_question_cannot_be_made_live() -> None:
    rows = [evolve(LOYALTY.rows[0], guard="chraged")]
    misspelt = Machine("odd", "怪", LOYALTY.states, rows, "prospect", LOYALTY.questions)
    assert [finding.fault for finding in misspelt.check()].count("unknown guard") == 1
    with pytest.raises(LifecycleError, match=r"no question 'chraged'.*did you mean charged"):
        misspelt.live()


# -- callbacks and models ----------------------------------------------------------------------------------------------


def test_callbacks_fire_in_the_order_of_transitions() -> None:
    heard: list[str] = []

    def hear(name: str) -> Any:
        return lambda **facts: heard.append(f"{name} {facts.get('charge', '')}".strip())

    names = (
        "prepare_event before_state_change before_vehicle_handed_over on_exit_repair on_enter_service "
        "after_vehicle_handed_over after_state_change finalize_event"
    ).split()
    live = STAGE.live(**{name: hear(name) for name in reversed(names)})
    live.trigger("workshop_entered")
    heard.clear()
    live.trigger("vehicle_handed_over", charge=860)
    assert heard == [f"{name} 860" for name in names]


def test_a_state_that_stays_is_left_and_entered_again_as_in_transitions() -> None:
    heard: list[str] = []
    live = STAGE.live(on_enter_need=lambda **_: heard.append("in"), on_exit_need=lambda **_: heard.append("out"))
    live.trigger("enquired")
    assert heard == ["out", "in"]


def test_nothing_fires_where_no_row_is_taken() -> None:
    heard: list[str] = []
    live = LOYALTY.live(
        before_vehicle_handed_over=lambda **_: heard.append("before"),
        on_exit_prospect=lambda **_: heard.append("out"),
        after_state_change=lambda **_: heard.append("after"),
    )
    assert not live.trigger("vehicle_handed_over", charge=0)
    assert not live.trigger("vehicle_recorded", vehicle="V1")
    assert heard == []


def test_a_callback_may_raise_and_an_on_exception_may_take_it() -> None:
    def fail(**facts: Any) -> None:
        raise RuntimeError("the printer is out of paper")

    with pytest.raises(RuntimeError, match="printer"):
        STAGE.live(on_enter_trial=fail).trigger("need_agreed")
    heard: list[str] = []
    live = STAGE.live(on_enter_trial=fail, on_exception=lambda **_: heard.append("taken"))
    live.trigger("need_agreed")
    assert heard == ["taken"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("on_enter_tril", "did you mean on_enter_trial"),
        ("after_need_agred", "did you mean after_need_agreed"),
        ("on_trial", "stage has no callback 'on_trial'"),
        ("before_insurance_renewed", "stage has no callback"),
    ],
)
def test_an_unknown_callback_is_an_error(name: str, words: str) -> None:
    with pytest.raises(LifecycleError, match=words):
        STAGE.live(**{name: print})


class Buyer:
    """An application's own object."""

    def __init__(self, state: str | None = None) -> None:
        self.name = "Anna"
        if state is not None:
            self.state = state


def test_a_model_gets_its_state_and_no_other_attribute() -> None:
    anna = Buyer()
    live = STAGE.live(anna)
    live.trigger("need_agreed")
    assert vars(anna) == {"name": "Anna", "state": "trial"}
    assert [name for name in dir(anna) if not name.startswith("__")] == ["name", "state"]


def test_a_model_that_has_a_state_goes_on_from_there() -> None:
    live = STAGE.live(Buyer("repair"))
    assert live.trigger("vehicle_handed_over", charge=1)
    assert live.state == "service"


def test_a_model_in_a_state_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(LifecycleError, match=r"'repiar' is none of stage.*did you mean repair"):
        STAGE.live(Buyer("repiar"))


def test_two_models_of_one_machine_do_not_disturb_each_other() -> None:
    one, two = STAGE.live(Buyer()), STAGE.live(Buyer())
    one.trigger("need_agreed")
    assert (one.state, two.state) == ("trial", "need")


def test_a_symbol_reads_as_a_guard() -> None:
    assert str(Symbol("surveyed", (("satisfied", "no"),))) == "surveyed [not satisfied]"
    assert str(Symbol("sale_resumed", (("point", "talk"),))) == "sale_resumed [point=talk]"
    assert str(Symbol("enquired")) == "enquired"
