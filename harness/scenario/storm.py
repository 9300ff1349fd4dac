"""Reads `storm:` into steps: groups are flattened into what each step waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.words import Words
from seatrial.harness.scenario.fields import words_of
from seatrial.harness.scenario.measures import MEASURES, SUBJECTS
from seatrial.harness.scenario.model import EACH, Condition, Step
from seatrial.harness.scenario.problems import nearest
from seatrial.harness.scenario.reading import Reader
from seatrial.harness.scenario.shapes import ConditionShape, GroupShape, step_shape
from seatrial.harness.scenario.values import kind_of, read_share
from seatrial.harness.scenario.yaml import PathKey

__all__ = ["read_storm"]

_GROUPS = ("serial", "parallel")
_SAMPLE = "a"  # stands for what `each` will be, so that a fault can be made and judge its fields

# What a step or group waits for: a time, a condition, or the ends of steps.
Start = tuple[Duration | None, Condition | None, tuple[str, ...]]


def read_storm(items: list[Any], words: Words, reader: Reader) -> tuple[Step, ...]:
    """All steps, in the file's order. Problems go to the reader."""
    storm = _Storm(words, reader)
    storm.row(items, ("storm",), (0, None, ()), top=True)
    storm.check_references()
    return tuple(storm.steps)


class _Storm:
    def __init__(self, words: Words, reader: Reader) -> None:
        self.words = words
        self.reader = reader
        self.steps: list[Step] = []
        self.paths: dict[str, PathKey] = {}
        self.counts: dict[str, int] = {}

    def row(self, items: list[Any], path: PathKey, start: Start, *, top: bool) -> tuple[str, ...]:
        """Steps one after the other; returns whose ends are the end of the row."""
        ends: tuple[str, ...] = ()
        for index, item in enumerate(items):
            before: Start = start if index == 0 else (None, None, ends)
            ends = self.item(item, (*path, index), before, top=top) or ends
        return ends

    def item(self, item: Any, path: PathKey, start: Start, *, top: bool) -> tuple[str, ...]:
        """One step or group; returns whose ends are its end."""
        if not isinstance(item, dict):
            self.reader.wrong(path, f"a step must be a mapping, not {kind_of(item)}")
            return ()
        kinds = [word for word in ("inject", "do", *_GROUPS) if word in item]
        if len(kinds) != 1:
            found = f"has {' and '.join(kinds)}" if kinds else "has none"
            self.reader.wrong(path, f"a step must say one of inject, do, serial, parallel; this one {found}")
            return ()
        if not top and ("at" in item or "when" in item):
            word = "at" if "at" in item else "when"
            self.reader.wrong((*path, word), f"inside a group the order tells; move {word!r} to the group", key=True)
        if "at" in item and "when" in item:
            self.reader.wrong((*path, "when"), "a step begins at a time or on a condition, not both", key=True)
        return (
            self.group(item, kinds[0], path, start) if kinds[0] in _GROUPS else self.step(item, kinds[0], path, start)
        )

    def group(self, item: dict[str, Any], kind: str, path: PathKey, start: Start) -> tuple[str, ...]:
        shape = self.reader.fit(GroupShape, item, path, f"a {kind} group")
        inner = item[kind]
        if shape is None or not isinstance(inner, list) or not inner:
            if shape is not None:
                self.reader.wrong((*path, kind), f"{kind} must be a list of steps")
            return ()
        start = self.start_of(shape.step_at, shape.step_when, (*path, "when"), start)
        if kind == "serial":
            return self.row(inner, (*path, kind), start, top=False)
        ends: list[str] = []
        for index, one in enumerate(inner):
            ends += self.item(one, (*path, kind, index), start, top=False)
        return tuple(ends)

    def start_of(self, at: Duration | None, when: ConditionShape | None, path: PathKey, start: Start) -> Start:
        if when is not None:
            return None, self.condition(when, path), ()
        return (at, None, ()) if at is not None else start

    def step(self, item: dict[str, Any], kind: str, path: PathKey, start: Start) -> tuple[str, ...]:
        cls = self.find(kind, item[kind], (*path, kind))
        if cls is None:
            return ()
        name = str(item[kind])
        momentary = getattr(cls, "momentary", False)
        if momentary and ("for" in item or "while" in item):
            word = "for" if "for" in item else "while"
            self.reader.wrong((*path, word), f"{name} is over as soon as it has happened; take {word!r} out", key=True)
            return ()
        shape = self.reader.fit(step_shape(kind, name, cls), item, path, name, f" (`seatrial explain {name}`)")
        if shape is None:
            return ()
        given = shape.__dict__
        identity = self.name(given["step_id"], name, path)
        lasts = 0 if momentary else given["step_for"]
        held = given.get("step_while")
        if held is not None and lasts is not None:
            self.reader.wrong((*path, "for"), "a step lasts for a time or while a condition holds, not both", key=True)
        if held is not None and (given["step_at"] is not None or given["step_when"] is not None):
            self.reader.wrong((*path, "while"), "`while` tells the beginning too; take `at` or `when` out", key=True)
        at, when, after = self.start_of(given["step_at"], given["step_when"], (*path, "when"), start)
        while_ = self.condition(held, (*path, "while")) if held is not None else None
        if while_ is not None:
            at, when, after = None, None, ()
        self.refuse_endless(after, path)
        options = {word.name: _tuples(given[f"f_{word.name}"]) for word in words_of(cls)}
        step = Step(
            id=identity,
            kind=kind,
            word=name,
            options=tuple(options.items()),
            at=at,
            when=when,
            while_=while_,
            after=after,
            lasts=lasts,
            each=_each(cls, options),
            place=self.reader.place(path),
        )
        self.try_out(step, cls, path)
        self.steps.append(step)
        self.paths[identity] = path
        return (identity,)

    def find(self, kind: str, name: Any, path: PathKey) -> type[Any] | None:
        known: Mapping[str, type[Any]] = self.words.faults if kind == "inject" else self.words.actions
        what = "fault" if kind == "inject" else "action"
        if not isinstance(name, str):
            self.reader.wrong(path, f"{kind} must name a{'n' if kind == 'do' else ''} {what}, not {kind_of(name)}")
            return None
        if name not in known:
            other = self.words.actions if kind == "inject" else self.words.faults
            if name in other:
                hint = f"; it is {'an action: write do' if kind == 'inject' else 'a fault: write inject'}: {name}"
            else:
                hint = nearest(name, known)
            self.reader.wrong(path, f"unknown {what} {name!r}{hint} (`seatrial list {what}s` shows all)")
            return None
        return known[name]

    def name(self, given: str | None, word: str, path: PathKey) -> str:
        if given is None:
            count = self.counts[word] = self.counts.get(word, 0) + 1
            given = word if count == 1 else f"{word}-{count}"
        if given in self.paths:
            self.reader.wrong(path, f"two steps are called {given!r}; give this one another `id:`")
        return given

    def refuse_endless(self, after: tuple[str, ...], path: PathKey) -> None:
        for step in self.steps:
            if step.id in after and step.lasts is None and step.while_ is None:
                self.reader.wrong(
                    path,
                    f"this step waits for {step.id} to end, which lasts to the storm's end; "
                    f"give {step.id} a `for:`, or this step an `at:`",
                )

    def try_out(self, step: Step, cls: type[Any], path: PathKey) -> None:
        """Make the fault once: it may know more about its fields than their types say."""
        try:
            step.bind(cls, {setting: _SAMPLE for _, setting in step.each})
        except (BadInput, ValueError) as error:
            self.reader.wrong(path, str(error))

    def condition(self, shape: ConditionShape, path: PathKey) -> Condition:
        """One condition; what is wrong with it is told and something is handed back all the same."""
        wrong = self.reader.wrong
        given = [subject for subject in SUBJECTS if getattr(shape, subject) is not None]
        if len(given) != 1:
            wrong(
                path,
                f"a condition is about one of {', '.join(SUBJECTS)}; this one names {' and '.join(given) or 'none'}",
            )
            return Condition("ready", "app")
        subject = given[0]
        name = "" if shape.app is True else str(getattr(shape, subject))
        kind = shape.measure or ("in-force" if subject == "step" else "")
        measure = MEASURES.get(kind)
        if measure is None or subject not in measure.subjects:
            fitting = [word for word, one in MEASURES.items() if subject in one.subjects]
            what = (
                f"unknown measure {kind!r}"
                if kind and measure is None
                else f"{kind!r} cannot be measured of a {subject}"
            )
            wrong((*path, "measure"), f"{what if kind else 'what is measured?'}; of a {subject}: {', '.join(fitting)}")
            return Condition("ready", "app")
        least = self.bound(shape.at_least, measure.share, (*path, "at-least"))
        most = self.bound(shape.at_most, measure.share, (*path, "at-most"))
        if least is None and most is None:
            if kind == "in-force":
                least = 1
            else:
                wrong(path, "a condition needs at-least or at-most")
        return Condition(kind, subject, name, least, most, shape.held, self.reader.place(path))

    def bound(self, given: str | int | None, share: bool, path: PathKey) -> int | None:
        if given is None:
            return None
        try:
            if share:
                return read_share(given)
        except BadInput as error:
            self.reader.wrong(path, f"{path[-1]}: {error}")
            return None
        if not isinstance(given, int) or given < 0:
            self.reader.wrong(path, f"{path[-1]}: must be a whole number, not {kind_of(given)}")
            return None
        return given

    def check_references(self) -> None:
        """Conditions may name steps; only now are all of them known."""
        for step in self.steps:
            for condition in (step.when, step.while_):
                if condition is not None and condition.subject == "step" and condition.name not in self.paths:
                    hint = nearest(condition.name, self.paths) or f"; there are {', '.join(self.paths)}"
                    self.reader.problems.add(condition.place, f"there is no step {condition.name!r}{hint}")
                elif condition is not None and condition.name == step.id and condition.subject == "step":
                    self.reader.problems.add(condition.place, "a step cannot wait for itself")


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _each(cls: type[Any], options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Fields whose value is left open, with the setting that fills them: `zone: each`, `source: zone/each`."""
    found = []
    for word in words_of(cls):
        value = options[word.name]
        if not isinstance(value, str) or word.marker not in ("target", "place"):
            continue
        kind, slash, last = value.rpartition("/")
        if last == EACH:
            found.append((word.name, kind if slash else word.word))
    return tuple(found)
