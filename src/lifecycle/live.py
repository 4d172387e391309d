"""A real ``transitions`` machine on a machine's rows, for applications that want callbacks.

In: a :class:`~lifecycle.machine.Machine`, a model, callbacks. Out: :class:`Live`, a ``transitions.Machine`` whose
conditions are the rows' guards. Populations are never stepped here: the table is fifty times faster. ``transitions`` is
imported here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import transitions

from lifecycle.errors import LifecycleError, near
from lifecycle.machine import STAYS, Machine, Row, Step, guard_answers

__all__ = ["Live"]


class _Bare:
    """A model with nothing but its state."""

    __slots__ = ("state",)
    state: str


class Live(transitions.Machine):
    """A machine that fires. ``trigger`` says whether a row was taken; ``why`` says what would happen and because.

    The model is fired through the machine's events and gets no attribute but ``state``.
    """

    def __init__(self, machine: Machine, model: object | None, callbacks: dict[str, Callable[..., object]]) -> None:
        names = [state.name for state in machine.states]
        self.rows = machine
        super().__init__(
            model=None,
            states=[transitions.State(name) for name in names],
            initial=machine.initial,
            auto_transitions=False,
            ignore_invalid_triggers=True,
            **self._whole(callbacks),
        )
        for row in machine.rows:
            self.add_transition(
                row.event,
                list(machine.sources(row)),
                "=" if row.after == STAYS else row.after,
                conditions=self._conditions(row),
            )
        self._hang(callbacks, names)
        self.subject: Any = _Bare() if model is None else model
        if getattr(self.subject, "state", None) in names:
            self.set_state(self.subject.state, self.subject)
        else:
            self.set_state(machine.initial, self.subject)

    @property
    def state(self) -> str:
        """The name of the state that the model is in."""
        return str(self.subject.state)

    def trigger(self, event: str, **facts: Any) -> bool:
        """Fire one event; True where a row was taken. An event that exists nowhere is an error, not a False."""
        self.rows.step(self.state, event, **facts)  # a misspelt event or fact is told, not swallowed
        if event not in self.events:
            return False
        return bool(self.events[event].trigger(self.subject, **facts))

    def why(self, event: str, **facts: Any) -> Step:
        """What :meth:`trigger` would do now, and because; nothing is fired."""
        return self.rows.step(self.state, event, **facts)

    def _conditions(self, row: Row) -> list[Callable[..., bool]]:
        questions = {question.name: question for question in self.rows.questions}

        def condition(name: str, allowed: Iterable[str]) -> Callable[..., bool]:
            ask, answers = questions[name].ask, frozenset(allowed)
            return lambda **facts: ask(facts) in answers

        return [condition(name, allowed) for name, allowed in guard_answers(row.guard)]

    @staticmethod
    def _whole(callbacks: dict[str, Callable[..., object]]) -> dict[str, Callable[..., object]]:
        names = ("before_state_change", "after_state_change", "prepare_event", "finalize_event", "on_exception")
        return {name: callbacks[name] for name in names if name in callbacks}

    def _hang(self, callbacks: dict[str, Callable[..., object]], states: list[str]) -> None:
        hooks: dict[str, Callable[[Callable[..., object]], object]] = {}
        for name in states:
            state = self.get_state(name)
            hooks[f"on_enter_{name}"] = lambda call, state=state: state.add_callback("enter", call)
            hooks[f"on_exit_{name}"] = lambda call, state=state: state.add_callback("exit", call)
        for name, event in self.events.items():
            hooks[f"before_{name}"] = lambda call, event=event: event.add_callback("before", call)
            hooks[f"after_{name}"] = lambda call, event=event: event.add_callback("after", call)
        whole = self._whole(callbacks)
        for name, call in callbacks.items():
            if name in whole:
                continue
            if name not in hooks:
                raise LifecycleError(
                    f"{self.rows.name} has no callback {name!r}", argument=name, value=call, remedy=near(name, hooks)
                )
            hooks[name](call)
