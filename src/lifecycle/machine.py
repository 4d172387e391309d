"""A machine is rows; everything else reads them: the step, the table, the checks, the live machine, the paths, the picture.

In: :class:`State`, :class:`Question` and :class:`Row` values, declared once in :mod:`lifecycle.machines`. Out: a
:class:`Machine`, whose :meth:`~Machine.step` is pure and says because. Guards ask the event only, so (event × answers)
is a *symbol* and a machine is a finite table: it can be checked completely (LM1) and compiled (LM2). ``transitions`` is
one more reader of the rows (:meth:`Machine.live`), for applications that want callbacks. Next: :mod:`lifecycle.machines`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from attrs import field, frozen

from lifecycle.errors import LifecycleError, near, shown
from lifecycle.kinds import FACTS, KINDS

if TYPE_CHECKING:
    from lifecycle.live import Live

__all__ = [
    "STAYS",
    "Finding",
    "Machine",
    "Path",
    "Plan",
    "Question",
    "Row",
    "State",
    "Step",
    "Symbol",
    "Table",
    "guard_answers",
]

#: The target of a row that leaves the state as it is.
STAYS = "="
_ANY = "*"
_MANY = 12  # so many names are listed in a sentence


class _Told(Protocol):
    """What a machine asks of an event: its kind and its facts (an Event, or anything like it)."""

    @property
    def kind(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


@frozen
class State:
    """A state: its name, Chinese name, and the public label (several states may share one)."""

    name: str
    zh: str
    label: str = ""
    """The public name; the state's own where empty."""
    final: bool = False
    """Whether a life, or a case, may end here: a dead end must say so."""
    cite: str = ""

    @property
    def public(self) -> str:
        """The name a user sees."""
        return self.label or self.name


@frozen
class Question:
    """What a guard asks of the event: finitely many answers, the first of them given when the event does not tell.

    ``ask`` maps the event's facts to one of ``answers``. ``facts`` names those it reads; those in ``given`` are put on
    the event by replay (how many complaints are still open; how the book reads a rule), and are not facts of a kind.
    """

    name: str
    zh: str
    ask: Callable[[Mapping[str, Any]], str] = field(repr=False)
    answers: tuple[str, ...] = ("no", "yes")
    facts: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@frozen
class Row:
    """One row: on ``event``, in any of the states ``before``, where the ``guard`` holds, to ``after``.

    ``before`` is a blank-separated list of states or ``*``; ``after`` a state or :data:`STAYS`; ``guard`` a list of
    answers joined by ``,``: ``charged``, ``not satisfied``, ``trend=up``, ``reason=price|service``.
    """

    event: str
    before: str
    after: str
    guard: str = ""
    cite: str = ""

    def __str__(self) -> str:
        asked = f" [{self.guard}]" if self.guard else ""
        after = "stays" if self.after == STAYS else self.after
        return f"{self.event}{asked}: {self.before} → {after}"


@frozen
class Step:
    """The answer of one step: the state after it, whether the event was accepted, and why (a sentence at least)."""

    state: str
    accepted: bool
    because: tuple[str, ...]
    row: int | None = None
    """The number of the row that was taken, from 0; None where the event does not concern the machine or was refused."""


@frozen
class Finding:
    """One thing wrong with a machine: which fault, and where."""

    fault: str
    message: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.message}"


class Symbol(NamedTuple):
    """An event with one answer to each question that the machine has for it: a column of the table."""

    event: str
    answers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        told = ", ".join(_answer(question, answer) for question, answer in self.answers)
        return f"{self.event} [{told}]" if told else self.event


def _answer(question: str, answer: str) -> str:
    return {"yes": question, "no": f"not {question}"}.get(answer, f"{question}={answer}")


@frozen
class Table:
    """The machine compiled: ``next[state][symbol]`` is the number of the state after it, −1 where it is refused.

    ``rows`` has the same shape: the number of the row that is taken, −1 where none is (refused, or left as it is).
    """

    states: tuple[str, ...]
    symbols: tuple[Symbol, ...]
    next: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int, ...], ...]


class Path(NamedTuple):
    """A walk from the initial state whose last step takes row ``row``."""

    row: int
    symbols: tuple[Symbol, ...]
    states: tuple[str, ...]
    """The states passed, the initial one first."""


class Plan(NamedTuple):
    """How an event of one kind is stepped: which questions, and the cells by their answers."""

    asks: tuple[tuple[Callable[[Mapping[str, Any]], str], dict[str, int]], ...]
    first: int
    facts: frozenset[str]


def _states(states: Iterable[State]) -> tuple[State, ...]:
    return tuple(states)


def _rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(rows)


def _questions(questions: Iterable[Question]) -> tuple[Question, ...]:
    return tuple(questions)


class Drawn:
    """What can be drawn: labels in Chinese with ``zh=True``."""

    def mermaid(self: Any, *, zh: bool = False) -> str:
        """States and moves as a Mermaid state diagram."""
        from lifecycle import diagrams

        return diagrams.mermaid(self, zh=zh)

    def dot(self: Any, *, zh: bool = False) -> str:
        """The same as a Graphviz graph."""
        from lifecycle import diagrams

        return diagrams.dot(self, zh=zh)

    def svg(self: Any, *, zh: bool = False) -> str:
        """The same as a picture that needs no program and no network."""
        from lifecycle import diagrams

        return diagrams.svg(self, zh=zh)

    def _repr_html_(self: Any) -> str:
        return str(self.svg())


@frozen(eq=False, slots=False)
class Machine(Drawn):
    """A state machine as rows. ``governing``: an event of its own without a row here is refused, with the reason;
    otherwise it *observes*, and what has no row leaves the state as it is.

    Construction never raises: :meth:`check` finds what is wrong (LM1). Equality is identity; the repr names it.
    """

    name: str
    zh: str
    states: tuple[State, ...] = field(converter=_states, repr=False)
    rows: tuple[Row, ...] = field(converter=_rows, repr=False)
    initial: str
    questions: tuple[Question, ...] = field(converter=_questions, default=(), repr=False)
    governing: bool = True
    key: str | None = None
    """The fact that names the instance, for a case; None for a region."""
    cite: str = ""
    doc: str = field(default="", repr=False)
    parts: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)
    """Parts of a long machine for the picture: (name, Chinese name, blank-separated states)."""

    # -- reading the rows ---------------------------------------------------------------------------------------------

    @cached_property
    def events(self) -> tuple[str, ...]:
        """The kinds of events that concern this machine, in the order of its rows."""
        return tuple(dict.fromkeys(row.event for row in self.rows))

    @cached_property
    def zh_of(self) -> Mapping[str, str]:
        """Chinese names of states and labels."""
        names = {state.name: state.zh for state in self.states}
        for state in self.states:
            names.setdefault(state.public, state.zh)
        return names

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The public name of each state."""
        return {state.name: state.public for state in self.states}

    def label(self, state: str) -> str:
        """The public name of a state."""
        try:
            return self.labels[state]
        except KeyError:
            raise self._no_state(state) from None

    def is_final(self, state: str) -> bool:
        """Whether a life, or a case, may end in this state."""
        return any(one.final for one in self.states if one.name == state)

    def sources(self, row: Row) -> tuple[str, ...]:
        """The states that a row leaves, one by one."""
        if row.before.strip() == _ANY:
            return tuple(state.name for state in self.states)
        return tuple(row.before.split())

    def asked(self, event: str) -> tuple[Question, ...]:
        """The questions that the machine's rows ask of an event, in the order of declaration."""
        names = {name for row in self.rows if row.event == event for name, _ in guard_answers(row.guard)}
        return tuple(question for question in self.questions if question.name in names)

    def symbols_of(self, event: str) -> tuple[Symbol, ...]:
        """Every symbol of an event: one a combination of answers."""
        asked = self.asked(event)
        return tuple(
            Symbol(event, tuple(zip((question.name for question in asked), answers, strict=True)))
            for answers in product(*(question.answers for question in asked))
        )

    def enabled(self, state: str, symbol: Symbol) -> tuple[int, ...]:
        """The numbers of all rows that a symbol enables in a state (one at most in a sound machine)."""
        rows = self._rows_at.get((symbol.event, state), ())
        answers = dict(symbol.answers)
        return tuple(
            number
            for number in rows
            if all(answers.get(name) in allowed for name, allowed in guard_answers(self.rows[number].guard))
        )

    @cached_property
    def _rows_at(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """The numbers of the rows by (event, state): a long machine is looked up, not searched."""
        found: dict[tuple[str, str], list[int]] = {}
        for number, row in enumerate(self.rows):
            for state in dict.fromkeys(self.sources(row)):
                found.setdefault((row.event, state), []).append(number)
        return {place: tuple(numbers) for place, numbers in found.items()}

    @cached_property
    def table(self) -> Table:
        """The compiled table (LM2)."""
        names = tuple(state.name for state in self.states)
        number = {name: index for index, name in enumerate(names)}
        symbols = tuple(symbol for event in self.events for symbol in self.symbols_of(event))
        after: list[tuple[int, ...]] = []
        taken: list[tuple[int, ...]] = []
        for name in names:
            after_here: list[int] = []
            taken_here: list[int] = []
            for symbol in symbols:
                rows = self.enabled(name, symbol)
                if rows:
                    target = self.rows[rows[0]].after
                    after_here.append(number[name] if target == STAYS else number.get(target, -1))
                    taken_here.append(rows[0])
                else:
                    after_here.append(-1 if self.governing else number[name])
                    taken_here.append(-1)
            after.append(tuple(after_here))
            taken.append(tuple(taken_here))
        return Table(names, symbols, tuple(after), tuple(taken))

    # -- stepping -----------------------------------------------------------------------------------------------------

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """How each event is turned into a symbol number; see :meth:`symbol`."""
        plans: dict[str, Plan] = {}
        first = 0
        for event in self.events:
            asked = self.asked(event)
            size = 1
            asks: list[tuple[Callable[[Mapping[str, Any]], str], dict[str, int]]] = []
            for question in reversed(asked):
                asks.append((question.ask, {answer: place * size for place, answer in enumerate(question.answers)}))
                size *= len(question.answers)
            kind = KINDS.get(event)
            facts = {
                *(kind.facts if kind else ()),
                *(name for question in asked for name in question.given + question.facts),
            }
            plans[event] = Plan(tuple(asks), first, frozenset(facts))
            first += size
        return plans

    def symbol(self, event: str, facts: Mapping[str, Any]) -> int | None:
        """The number of the symbol of an event with these facts; None where the event does not concern the machine."""
        plan = self.plans.get(event)
        if plan is None:
            return None
        number = plan.first
        for ask, offset in plan.asks:
            number += offset[ask(facts)]
        return number

    @cached_property
    def cells(self) -> Mapping[str, tuple[Step, ...]]:
        """Every answer the machine can give: the Step of each state (by name) and symbol (by number)."""
        table = self.table
        cells: dict[str, tuple[Step, ...]] = {}
        for here, name in enumerate(table.states):
            steps: list[Step] = []
            for column, symbol in enumerate(table.symbols):
                after, row = table.next[here][column], table.rows[here][column]
                if after < 0:
                    steps.append(Step(name, False, self._refusal(name, symbol)))
                elif row < 0:
                    steps.append(Step(name, True, (f"{symbol} leaves {self.name} as it is: {name}",)))
                else:
                    target = table.states[after]
                    taken = self.rows[row]
                    told = f"{taken.event} [{taken.guard}]" if taken.guard else taken.event
                    moved = f"{name} stays" if target == name else f"{name} → {target}"
                    cite = f" ({taken.cite or self.cite})" if taken.cite or self.cite else ""
                    steps.append(Step(target, True, (f"{told}: {moved}{cite}",), row))
            cells[name] = tuple(steps)
        return cells

    def _refusal(self, state: str, symbol: Symbol) -> tuple[str, ...]:
        here = self._rows_at.get((symbol.event, state), ())
        if here:
            wanted = " or ".join(dict.fromkeys(f"[{self.rows[number].guard}]" for number in here))
            told = ", ".join(_answer(*answer) for answer in symbol.answers)
            why = f"{symbol.event} in {state} asks for {wanted}, and the event says [{told}]"
        else:
            why = f"{symbol.event} is not expected in {state}, only in {self._where[symbol.event]}"
        return f"{self.name} refuses: {why}", self._accepted[state]

    @cached_property
    def _where(self) -> Mapping[str, str]:
        """In which states each event is expected, as words; a long list is cut."""
        states: dict[str, dict[str, None]] = {event: {} for event in self.events}
        for event, state in self._rows_at:
            states[event][state] = None
        words: dict[str, str] = {}
        for event, names in states.items():
            more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
            words[event] = ", ".join([*names][:_MANY]) + more
        return words

    @cached_property
    def _accepted(self) -> Mapping[str, str]:
        """What each state accepts, as the second sentence of its refusals."""
        return {
            state.name: f"accepted in {state.name}: {', '.join(self.accepts(state.name)) or 'nothing, it is final'}"
            for state in self.states
        }

    def accepts(self, state: str) -> tuple[str, ...]:
        """The events that have a row in a state, with the guards they ask for, in the order of rows."""
        words: dict[str, None] = {}
        for row in self.rows:
            if state in self.sources(row):
                words[f"{row.event} [{row.guard}]" if row.guard else row.event] = None
        return tuple(words)

    def step(self, state: str, event: str, /, **facts: Any) -> Step:
        """The machine's answer to one event in one state; pure.

        An event of another room's concern is accepted and changes nothing; one that exists nowhere, an unknown state,
        a fact that the event does not have or a value that the fact cannot take raises :class:`LifecycleError`.
        """
        try:
            plan = self.plans.get(event)
        except TypeError:  # no name at all: a list, say
            plan = None
        if plan is None:
            return self._not_concerned(state, event)
        number = plan.first
        if facts and not plan.facts.issuperset(facts):
            wrong = next(name for name in facts if name not in plan.facts)
            raise LifecycleError(
                f"{event} has no fact {wrong!r}", argument=wrong, value=facts[wrong], remedy=near(wrong, plan.facts)
            )
        try:
            for ask, offset in plan.asks:
                number += offset[ask(facts)]
        except LifecycleError:
            raise
        except (TypeError, ValueError, KeyError, ArithmeticError) as error:
            raise self._odd(event, facts) from error
        try:
            return self.cells[state][number]
        except (KeyError, TypeError):  # none of its own, or no name at all
            raise self._no_state(state) from None

    def fold(self, events: Iterable[_Told], state: str | None = None) -> str:
        """The state after all these events, without reasons; a refused event changes nothing."""
        cells, plans = self.cells, self.plans
        now = self.initial if state is None else state
        if now not in cells:
            raise self._no_state(now)
        for event in events:
            plan = plans.get(event.kind)
            if plan is not None:
                number = plan.first
                if plan.asks:
                    facts = event.facts
                    for ask, offset in plan.asks:
                        number += offset[ask(facts)]
                now = cells[now][number].state
        return now

    def _not_concerned(self, state: object, event: object) -> Step:
        if not isinstance(state, str) or state not in self.cells:
            raise self._no_state(state)
        if not isinstance(event, str) or event not in KINDS:
            raise LifecycleError(
                f"unknown event {shown(event)}",
                argument="event",
                value=event,
                remedy=near(event, {*KINDS, *self.events}),
            )
        return Step(state, True, (f"{event} does not concern {self.name}: {state} stays",))

    def _odd(self, event: str, facts: Mapping[str, Any]) -> LifecycleError:
        """What to say when a question cannot be answered from these facts: which of them is to blame."""
        asked = [name for question in self.asked(event) for name in question.facts + question.given if name in facts]
        for name in asked:
            if name in FACTS:
                try:
                    FACTS[name].read(facts[name])
                except LifecycleError as error:
                    return error
        told = ", ".join(f"{name}={facts[name]!r}" for name in asked)
        return LifecycleError(
            f"{self.name} cannot read {event} with {told}", argument=asked[0] if asked else None, value=facts
        )

    def _no_state(self, state: object) -> LifecycleError:
        names = [one.name for one in self.states]
        return LifecycleError(
            f"{self.name} has no state {shown(state)}", argument="state", value=state, remedy=near(state, names)
        )

    # -- checking -----------------------------------------------------------------------------------------------------

    def check(self) -> tuple[Finding, ...]:
        """Everything wrong with the machine (LM1); empty for a sound one.

        Faults: ``unknown initial``, ``duplicate state``, ``unknown event``, ``unknown source``, ``unknown target``,
        ``unknown guard``, ``unused question``, ``duplicate rows``, ``ambiguous rows`` (two enabled at once),
        ``unreachable state``, ``unreachable row``, ``dead end`` (no way out, not declared final) and ``trap`` (no way to
        any final state; where a machine has none, a second round that is never left). Final says that a life may end
        there, not that it must.
        """
        return tuple(self._findings())

    def _findings(self) -> list[Finding]:
        found: list[Finding] = []
        names = [state.name for state in self.states]
        known = set(names)

        def say(fault: str, message: str) -> None:
            found.append(Finding(fault, message))

        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            say("duplicate state", f"{name} is declared {names.count(name)} times")
        if self.initial not in known:
            say("unknown initial", f"{self.initial!r} is not a state; {near(self.initial, known)}")
        questions = {question.name: question for question in self.questions}
        used: set[str] = set()
        for row in self.rows:
            if row.event not in KINDS:
                say("unknown event", f"row {row}: no such kind; {near(row.event, KINDS)}")
            for source in self.sources(row):
                if source not in known:
                    say("unknown source", f"row {row}: {source!r} is not a state; {near(source, known)}")
            if not self.sources(row):
                say("unknown source", f"row {row}: leaves no state")
            if row.after != STAYS and row.after not in known:
                say("unknown target", f"row {row}: {row.after!r} is not a state; {near(row.after, known)}")
            for name, allowed in guard_answers(row.guard):
                used.add(name)
                if name not in questions:
                    say("unknown guard", f"row {row}: no question {name!r}; {near(name, questions)}")
                    continue
                for answer in allowed:
                    if answer not in questions[name].answers:
                        say(
                            "unknown guard",
                            f"row {row}: {name} is never {answer!r}; {near(answer, questions[name].answers)}",
                        )
                kind = KINDS.get(row.event)
                for fact in questions[name].facts:
                    if fact not in FACTS:
                        say("unknown guard", f"question {name} reads a fact {fact!r} that does not exist")
                    elif kind is not None and fact not in kind.facts:
                        say("unknown guard", f"row {row}: {row.event} never tells {fact!r}, which [{name}] asks for")
        for name in questions:
            if name not in used:
                say("unused question", f"no row asks {name}")
        taken: set[int] = set()
        ways: dict[str, set[str]] = {name: set() for name in names}
        doubled: set[tuple[int, ...]] = set()
        enabled_by: dict[str, list[int]] = {name: [] for name in names}
        for event in self.events:
            for symbol in self.symbols_of(event):
                for name in names:
                    rows = self.enabled(name, symbol)
                    if len(rows) > 1 and rows not in doubled:
                        doubled.add(rows)
                        same = (
                            len({self.rows[row].after for row in rows}) == 1
                            and len({_key(self.rows[row].guard) for row in rows}) == 1
                        )
                        told = " / ".join(str(self.rows[row]) for row in rows)
                        say("duplicate rows" if same else "ambiguous rows", f"in {name} on {symbol}: {told}")
                    for number in rows:
                        enabled_by[name].append(number)
                        target = self.rows[number].after
                        ways[name].add(name if target == STAYS else target)
        reached = _reach(self.initial, ways)
        for name in names:
            if name in reached:
                taken.update(enabled_by[name])
            else:
                say("unreachable state", f"{name} is never entered from {self.initial}")
        for number, row in enumerate(self.rows):
            if number not in taken:
                say("unreachable row", f"row {row} is never taken")
        finals = {state.name for state in self.states if state.final}
        for name in dict.fromkeys(names):
            out = {way for way in ways[name] if way != name}
            if name in finals:
                continue
            if not out:
                say("dead end", f"{name} has no way out and is not declared final")
            elif finals and not finals & _reach(name, ways):
                say("trap", f"from {name} no final state can be reached")
        if not finals:
            # a life without an end may go round, but only in one round: where there are two, one of them is a trap
            rounds: set[frozenset[str]] = set()
            for name in names:
                reach = frozenset(_reach(name, ways))
                if len(reach) > 1 and all(name in _reach(after, ways) for after in reach):
                    rounds.add(reach)
            for smaller in sorted(rounds, key=lambda round_: (len(round_), sorted(round_)))[:-1]:
                say(
                    "trap",
                    f"from {', '.join(sorted(smaller))} no other state can be reached, and the machine has no final one",
                )
        return found

    # -- the other readers --------------------------------------------------------------------------------------------

    def paths(self) -> tuple[Path, ...]:
        """For every row a shortest walk that ends by taking it, in the order of rows (for tests of applications).

        Rows that no walk can take (see :meth:`check`) have none.
        """
        table = self.table
        start = table.states.index(self.initial)
        walks: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {start: ((), (start,))}
        queue = deque([start])
        found: dict[int, Path] = {}
        while queue:
            here = queue.popleft()
            symbols, states = walks[here]
            for column, after in enumerate(table.next[here]):
                row = table.rows[here][column]
                if after < 0 or row < 0:
                    continue
                if row not in found:
                    found[row] = Path(
                        row,
                        tuple(table.symbols[number] for number in (*symbols, column)),
                        tuple(table.states[number] for number in (*states, after)),
                    )
                if after not in walks:
                    walks[after] = ((*symbols, column), (*states, after))
                    queue.append(after)
        return tuple(found[row] for row in sorted(found))

    def example(self, symbol: Symbol) -> Mapping[str, Any]:
        """Facts that make an event this symbol, as few as can be (for :meth:`paths`, and for tests of applications).

        Facts that the kind requires but no question reads are not among them. LookupError where nothing that the facts
        can be gives these answers.
        """
        return self._examples(symbol.event)[symbol.answers]

    def _examples(self, event: str) -> Mapping[tuple[tuple[str, str], ...], Mapping[str, Any]]:
        asked = self.asked(event)
        names = [*dict.fromkeys(name for question in asked for name in question.facts + question.given)]
        told = {name for question in asked for name in question.facts}

        def cost(facts: Mapping[str, Any]) -> tuple[int, int]:
            return sum(name not in told for name in facts), len(facts)  # rather what is told than what replay gives

        found: dict[tuple[tuple[str, str], ...], Mapping[str, Any]] = {}
        for values in product(*((None, *_like(name)) for name in names)):
            facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            answers = _answered(asked, facts)
            if answers is not None and (answers not in found or cost(facts) < cost(found[answers])):
                found[answers] = facts
        return found

    def live(self, model: object | None = None, **callbacks: Callable[..., object]) -> Live:
        """A real ``transitions`` machine on these rows, for applications that want callbacks.

        ``live.trigger("surveyed", satisfied=True)`` fires and says whether a row was taken; ``live.state`` is the state.
        With ``model=`` the state lives on that object (``model.state``). Callbacks by the names of ``transitions``:
        ``on_enter_STATE``, ``on_exit_STATE``, ``before_EVENT``, ``after_EVENT``, ``before_state_change``,
        ``after_state_change``, ``finalize_event``; an unknown name is an error.
        """
        from lifecycle.live import Live

        return Live(self, model, callbacks)


def guard_answers(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """``charged, not satisfied, trend=up|level`` as ((question, allowed answers), …)."""
    found = _guards.get(text)
    if found is None:
        asked: list[tuple[str, tuple[str, ...]]] = []
        for part in text.split(","):
            word = part.strip()
            if not word:
                continue
            if "=" in word:
                name, _, answers = word.partition("=")
                asked.append((name.strip(), tuple(answer.strip() for answer in answers.split("|"))))
            elif word.startswith("not "):
                asked.append((word[4:].strip(), ("no",)))
            else:
                asked.append((word, ("yes",)))
        found = _guards[text] = tuple(asked)
    return found


_guards: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}


def _answered(asked: Iterable[Question], facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """What the questions answer to these facts; None where one of them cannot read them."""
    try:
        return tuple((question.name, question.ask(facts)) for question in asked)
    except (TypeError, ValueError, KeyError, ArithmeticError):
        return None


def _like(fact: str) -> tuple[Any, ...]:
    """Values that a fact can take, enough to answer a question either way; of a given one nothing is known."""
    known = FACTS.get(fact)
    if known is None:
        return (True, "A")
    if known.choices:
        return known.choices
    return _LIKE[known.type]


_LIKE: Mapping[str, tuple[Any, ...]] = {
    "text": ("A", "B"),
    "count": (1, 99),
    "points": (1, 1000),
    "money": (Decimal(1), Decimal(5_000), Decimal(10_000_000)),
    "yesno": (True, False),
    "day": (date(2024, 2, 29),),
}


def _key(guard: str) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset(guard_answers(guard))


def _reach(start: str, ways: Mapping[str, set[str]]) -> set[str]:
    reached = {start}
    queue = [start]
    while queue:
        for after in ways.get(queue.pop(), ()):
            if after not in reached:
                reached.add(after)
                queue.append(after)
    return reached
