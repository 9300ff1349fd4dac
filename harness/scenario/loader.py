"""Reads a scenario: text to frozen values, all problems at once, each with file, line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import SCENARIO_BYTES_MAX, SCENARIO_NODES_MAX
from seatrial.harness.kernel.time import START
from seatrial.harness.ports.words import Words
from seatrial.harness.scenario.fleet_file import fleet_of, read_fleet
from seatrial.harness.scenario.library import BUILTIN, Source
from seatrial.harness.scenario.model import API_VERSION, EACH, FleetSpec, Parameter, Promise, Scenario, Step
from seatrial.harness.scenario.params import declared, filled, settings_of
from seatrial.harness.scenario.problems import Problems, nearest
from seatrial.harness.scenario.values import kind_of
from seatrial.harness.scenario.yaml import Document, PathKey, load_text

if TYPE_CHECKING:
    from seatrial.harness.scenario.reading import Reader

__all__ = ["load_scenario"]

# What every scenario demands, whether or not it says so: after the heal the fleet is well, and stays so.
_IMPLIED = ("converged",)


def load_scenario(source: Source, words: Words, sets: Sequence[str] = ()) -> Scenario:
    """The scenario of a text. Raises BadInput with one line for each problem."""
    document = _document(source)
    problems = Problems()
    given = settings_of(sets)
    values, parameters = _parameters(document, given, problems)
    value = filled(document, values, problems)
    # Pydantic costs 0.15 s, which only those pay who read a scenario.
    from seatrial.harness.scenario.reading import Reader  # noqa: PLC0415
    from seatrial.harness.scenario.shapes import ScenarioShape  # noqa: PLC0415
    from seatrial.harness.scenario.storm import read_storm  # noqa: PLC0415

    reader = Reader(document, problems)
    _check_version(value, reader)
    shape = reader.fit(ScenarioShape, value, (), "the scenario", " (`seatrial explain scenario`)")
    # Parts are read even where the whole has problems, so that all are told at once.
    storm = read_storm(value["storm"], words, reader) if isinstance(value.get("storm"), list) else ()
    storm = _chosen(storm, given, parameters, reader)
    promises = _promises(value.get("promises"), words, reader)
    platform = _named(value.get("platform"), "platform", words.standins, "stand-in", reader)
    fleet = _fleet(value.get("fleet"), source, reader)
    problems.raise_any()
    assert shape is not None
    return Scenario(
        name=source.name,
        file=source.file,
        text=source.text,
        why=" ".join(shape.why.split()),
        promises=promises,
        storm=storm,
        fleet=fleet,
        app=tuple(_beside(source, path) for path in shape.app),
        settle=shape.settle,
        calm=shape.calm,
        starts=START if shape.starts is None else shape.starts,
        parameters=parameters,
        platform=platform,
        expect=shape.expect or "",
    )


def _document(source: Source) -> Document:
    if len(source.text.encode()) > SCENARIO_BYTES_MAX:
        raise BadInput(f"{source.file}: more than {SCENARIO_BYTES_MAX:,} bytes are not read")
    documents = load_text(source.text, source.file, aliases=False, unique_keys=True, nodes_max=SCENARIO_NODES_MAX)
    if not documents:
        raise BadInput(f"{source.file}: is empty; `seatrial explain scenario` shows what a scenario says")
    if len(documents) > 1:
        raise BadInput(f"{documents[1].place()}: a scenario is one document; put the second into a file of its own")
    document = documents[0]
    if not isinstance(document.value, dict):
        raise BadInput(f"{document.place()}: a scenario must be a mapping, not {kind_of(document.value)}")
    if "kind" in document.value and "metadata" in document.value:
        raise BadInput(
            f"{document.place()}: this is a manifest ({document.value['kind']}), no scenario; give it to --app"
        )
    return document


def _check_version(value: Any, reader: Reader) -> None:
    given = value.get("apiVersion", API_VERSION)
    if given != API_VERSION:
        reader.wrong(("apiVersion",), f"apiVersion {given!r} cannot be read; this Seatrial reads {API_VERSION}")


def _parameters(
    document: Document, given: Mapping[str, Any], problems: Problems
) -> tuple[Mapping[str, Any], tuple[Parameter, ...]]:
    known = declared(document, problems)
    values = {name: given.get(name, default) for name, (default, _) in known.items()}
    return values, tuple(Parameter(name, values[name], text) for name, (_, text) in known.items())


def _chosen(
    storm: tuple[Step, ...], given: Mapping[str, Any], parameters: tuple[Parameter, ...], reader: Reader
) -> tuple[Step, ...]:
    """`--set zone=a` also chooses where a step says `zone: each` without a parameter: one of the runs alone."""
    known = {parameter.name for parameter in parameters}
    left_open = {setting for step in storm for _, setting in step.each}
    chosen = {name: str(value) for name, value in given.items() if name not in known}
    for name in chosen:
        if name not in left_open:
            names = sorted(known | left_open)
            has = f"it has {', '.join(names)}" if names else "it has none"
            reader.problems.add(
                reader.document.file, f"--set {name}: the scenario has no such parameter{nearest(name, names)} ({has})"
            )
    return tuple(_with_choice(step, chosen) for step in storm) if chosen else storm


def _with_choice(step: Step, chosen: Mapping[str, str]) -> Step:
    taken = {name: setting for name, setting in step.each if setting in chosen}
    if not taken:
        return step
    options = tuple(
        (name, str(value)[: -len(EACH)] + chosen[taken[name]] if name in taken else value)
        for name, value in step.options
    )
    return replace(step, options=options, each=tuple(pair for pair in step.each if pair[0] not in taken))


def _fleet(value: Any, source: Source, reader: Reader) -> FleetSpec | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return fleet_of(value, reader, ("fleet",))
    try:
        return read_fleet(_beside(source, value))
    except BadInput as error:
        reader.wrong(("fleet",), str(error))
        return None


def _beside(source: Source, path: str) -> str:
    """A path in a scenario is relative to the scenario's own folder."""
    if path.startswith(BUILTIN) or path == "-" or not source.folder:
        return path
    return str(Path(source.folder) / path)


def _promises(value: Any, words: Words, reader: Reader) -> tuple[Promise, ...]:
    promises = _named(value, "promises", words.checkers, "promise", reader)
    said = {promise.name for promise in promises}
    implied = tuple(Promise(name, implied=True) for name in _IMPLIED if name in words.checkers and name not in said)
    return promises + implied


def _named(value: Any, word: str, known: Mapping[str, type[Any]], what: str, reader: Reader) -> tuple[Promise, ...]:
    """A list of names, or of `{name: options}`."""
    if not isinstance(value, list):
        return ()  # missing or of a wrong type: the scenario's shape tells
    found: list[Promise] = []
    for index, item in enumerate(value):
        path: PathKey = (word, index)
        name, options = item, None
        if isinstance(item, dict):
            if len(item) != 1:
                reader.wrong(path, f"a {what} is a name or NAME: {{OPTIONS}}, not {len(item)} words at once")
                continue
            name, options = next(iter(item.items()))
            path = (*path, name)
        if not isinstance(name, str):
            reader.wrong(path, f"a {what} must be a name, not {kind_of(name)}")
            continue
        if name not in known:
            reader.wrong(
                path, f"unknown {what} {name!r}{nearest(name, known)} (`seatrial list {what}s` shows all)", key=True
            )
            continue
        promise = _promise(name, {} if options is None else options, known[name], path, reader)
        if promise is not None and any(promise[:2] == (one.name, one.options) for one in found):
            reader.wrong(path, f"the {what} {name} stands there twice with the same options")
        elif promise is not None:
            found.append(Promise(*promise[:2], place=promise[2]))
    return tuple(found)


def _promise(
    name: str, options: Any, cls: type[Any], path: PathKey, reader: Reader
) -> tuple[str, tuple[tuple[str, Any], ...], str] | None:
    from seatrial.harness.scenario.fields import words_of  # noqa: PLC0415 - beside pydantic's users
    from seatrial.harness.scenario.shapes import options_shape  # noqa: PLC0415

    shape = reader.fit(options_shape(cls), options, path, name, f" (`seatrial explain {name}`)")
    if shape is None:
        return None
    given = shape.__dict__
    # Only what was written: the defaults are the checker's own.
    values = tuple(
        (word.name, tuple(value) if isinstance(value := given[f"f_{word.name}"], list) else value)
        for word in words_of(cls)
        if f"f_{word.name}" in shape.model_fields_set
    )
    try:
        cls(**dict(values))
    except (BadInput, ValueError) as error:
        reader.wrong(path, f"{name}: {error}")
        return None
    return name, values, reader.place(path)
