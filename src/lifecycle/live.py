"""A real ``transitions`` machine on a machine's rows, for applications that want callbacks.

In: a :class:`~lifecycle.machine.Machine`, a model, callbacks. Out: :class:`Live`, a ``transitions.Machine`` whose
conditions are the rows' guards. Populations are never stepped here: the table is fifty times faster. ``transitions`` is
imported here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import transitions

from lifecycle.errors import LifecycleError, near
from lifecycle.machine import STAYS, Machine, Row, Step, guard_answers

__all__ = ["Live"]

#: The callbacks of a whole machine, by their names in ``transitions``.
_WHOLE = ("before_state_change", "after_state_change", "prepare_event", "finalize_event", "on_exception")


class _Bare:
    """A model with nothing but its state."""

    __slots__ = ("state",)
    state: str


class _Event(transitions.Event):
    """An event of ``transitions`` that can be told any fact, also one called ``model``."""

    def trigger(self, *told: Any, **facts: Any) -> bool:
        """As in the base class, whose ``model`` can be given by name and so cannot be told as a fact."""
        model, *args = told
        data = transitions.EventData(None, self, self.machine, model, args=args, kwargs=facts)
        return bool(self.machine._process(partial(self._trigger, data)))


class Live(transitions.Machine):
    """A machine that fires. ``trigger`` says whether a row was taken; ``why`` says what would happen and because.

    The model is fired through the machine's events and gets no attribute but ``state``.
    """

    event_cls = _Event

    def __init__(self, machine: Machine, model: object | None, callbacks: Mapping[str, Callable[..., object]]) -> None:
        names = [state.name for state in machine.states]
        self.rows = machine
        super().__init__(
            model=None,
            states=[transitions.State(name) for name in names],
            initial=machine.initial,
            auto_transitions=False,
            ignore_invalid_triggers=True,
        )
        for row in machine.rows:
            self.add_transition(
                row.event,
                list(machine.sources(row)),
                self.wildcard_same if row.after == STAYS else row.after,
                conditions=self._conditions(row),
            )
        self._hang(callbacks, names)
        self.subject: Any = _Bare() if model is None else model
        told = getattr(model, "state", None)
        if told is not None and told not in names:
            raise LifecycleError(
                f"the model's state {told!r} is none of {machine.name}",
                argument="model",
                value=told,
                remedy=near(str(told), names),
            )
        self.set_state(machine.initial if told is None else told, self.subject)

    @property
    def state(self) -> str:
        """The name of the state that the model is in."""
        return str(self.subject.state)

    def trigger(self, event: str, /, **facts: Any) -> bool:
        """Fire one event; True where a row was taken. An event that exists nowhere is an error, not a False."""
        self.rows.step(self.state, event, **facts)  # a misspelt event or fact is told, not swallowed
        fired = self.events.get(event)
        if fired is None or self.state not in fired.transitions:  # transitions would log a warning and do nothing
            return False
        return fired.trigger(self.subject, **facts)

    def why(self, event: str, /, **facts: Any) -> Step:
        """What :meth:`trigger` would do now, and because; nothing is fired."""
        return self.rows.step(self.state, event, **facts)

    def _conditions(self, row: Row) -> Any:
        questions = {question.name: question for question in self.rows.questions}

        def condition(name: str, allowed: tuple[str, ...]) -> Callable[..., bool]:
            if name not in questions:
                raise LifecycleError(
                    f"{self.rows.name} has no question {name!r}, which row {row} asks",
                    argument="guard",
                    value=name,
                    remedy=near(name, questions),
                )
            ask = questions[name].ask

            def holds(**facts: Any) -> bool:
                return ask(facts) in allowed

            return holds

        return [condition(name, allowed) for name, allowed in guard_answers(row.guard)]

    def _hang(self, callbacks: Mapping[str, Any], states: list[str]) -> None:
        hooks: dict[str, Callable[[Any], object]] = {name: partial(setattr, self, name) for name in _WHOLE}
        for name in states:
            for moment in ("enter", "exit"):
                hooks[f"on_{moment}_{name}"] = partial(self.get_state(name).add_callback, moment)
        for name, event in self.events.items():
            for moment in ("before", "after"):
                hooks[f"{moment}_{name}"] = partial(event.add_callback, moment)
        for name, call in callbacks.items():
            if name not in hooks:
                raise LifecycleError(
                    f"{self.rows.name} has no callback {name!r}", argument=name, value=call, remedy=near(name, hooks)
                )
            hooks[name](call)
