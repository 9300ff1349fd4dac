"""`seatrial list` and `seatrial explain`: every word that a scenario may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

import typer

from seatrial.harness.cli.options import OutputOption, PluginOption
from seatrial.harness.cli.talk import Output, data, document, say, table
from seatrial.harness.kernel.errors import BadInput

__all__ = ["explain", "list_words"]

KINDS = ("scenarios", "apps", "faults", "promises", "actions", "stand-ins", "measures", "instances")


class Entry(NamedTuple):
    """One word, what kind it is, one sentence."""

    kind: str
    name: str
    summary: str


def list_words(
    what: Annotated[str, typer.Argument(metavar="[WHAT]", help=f"One of {', '.join(KINDS)}.")] = "scenarios",
    plugin: PluginOption = [],  # noqa: B006 - typer's
    output: OutputOption = Output.TEXT,
) -> None:
    """What there is: scenarios (the default), apps, faults, promises, actions, stand-ins, measures, instances."""
    if what not in KINDS:
        from seatrial.harness.scenario.problems import nearest  # noqa: PLC0415

        raise BadInput(f"there is no list of {what!r}{nearest(what, KINDS)} (there are: {', '.join(KINDS)})")
    entries = list(_entries(what, plugin))
    if output is Output.JSON:
        document([entry._asdict() for entry in entries])
        return
    table([(entry.name, entry.summary) for entry in entries])
    if not entries:
        say(f"there are no {what} yet")
    elif what == "scenarios":
        say(f"`seatrial explain NAME` tells more; `seatrial list WHAT` lists {', '.join(KINDS[1:])}")


def explain(
    name: Annotated[str, typer.Argument(help="A scenario, app, fault, promise, measure; or scenario, fleet, step.")],
    plugin: PluginOption = [],  # noqa: B006 - typer's
    output: OutputOption = Output.TEXT,
) -> None:
    """What a word means, and which options it takes."""
    facts = _facts(name, plugin)
    if output is Output.JSON:
        document(facts)
        return
    data(f"{facts['name']}: {facts['kind']}")
    if facts["summary"]:
        data(facts["summary"])
    options = facts.get("options", ())
    if options:
        data("")
        table([_row(option) for option in options], "  ")
    for word in ("parameters", "storm", "promises", "objects"):
        if facts.get(word):
            data(f"\n{word}:")
            for line in facts[word]:
                data(f"  {line}")
    if facts.get("example"):
        data(f"\n{facts['example']}")


def _row(option: Mapping[str, Any]) -> tuple[str, str, str, str]:
    default = "required" if option["required"] else f"default {option['default']}" if option["default"] != "" else ""
    return option["word"], option["type"], default, option["help"]


def _entries(what: str, plugins: list[str]) -> Iterator[Entry]:
    if what == "scenarios":
        yield from _scenarios()
    elif what == "apps":
        from seatrial.harness.scenario.library import builtin_app, builtin_apps  # noqa: PLC0415

        for name in builtin_apps():
            yield Entry("app", name, _comment(builtin_app(name)[0].text))
    elif what == "measures":
        from seatrial.harness.scenario.measures import MEASURES  # noqa: PLC0415

        for name, measure in MEASURES.items():
            yield Entry("measure", name, f"{measure.help} (of: {', '.join(measure.subjects)})")
    elif what == "instances":
        from seatrial.harness.scenario.instances import TYPES, allocatable  # noqa: PLC0415

        for name in TYPES:
            room = allocatable(name)
            yield Entry("instance", name, f"{room['cpu']} CPU, {room['memory']}, {room['pods']} pods for pods")
    else:
        from seatrial.harness.scenario.fields import summary_of  # noqa: PLC0415

        for name, cls in sorted(_words(what, plugins).items()):
            yield Entry(what.removesuffix("s"), name, summary_of(cls))


def _words(what: str, plugins: list[str]) -> Mapping[str, type[Any]]:
    from seatrial.harness.runner.words import words  # noqa: PLC0415

    known = words(plugins)
    return {
        "faults": known.faults,
        "promises": known.checkers,
        "actions": known.actions,
        "stand-ins": known.standins,
    }[what]


def _scenarios() -> Iterator[Entry]:
    from seatrial.harness.scenario.library import find_scenario, scenario_names  # noqa: PLC0415
    from seatrial.harness.scenario.yaml import load_text  # noqa: PLC0415

    for name in scenario_names():
        source = find_scenario(name)
        why = str(load_text(source.text, source.file, places_depth=0)[0].value.get("why", ""))
        yield Entry("scenario", name, " ".join(why.split()).partition(". ")[0].rstrip(".") + ".")


def _comment(text: str) -> str:
    return text.partition("\n")[0].removeprefix("#").strip() if text.startswith("#") else ""


def _facts(name: str, plugins: list[str]) -> dict[str, Any]:
    for what, kind in (("faults", "fault"), ("promises", "promise"), ("actions", "action"), ("stand-ins", "stand-in")):
        found = _words(what, plugins)
        if name in found:
            return _class_facts(name, kind, found[name])
    if name in ("scenario", "fleet", "step"):
        return _shape_facts(name)
    for what in ("measures", "instances", "apps"):
        for entry in _entries(what, plugins):
            if entry.name == name:
                return _app_facts(entry) if what == "apps" else {**entry._asdict(), "options": []}
    from seatrial.harness.scenario.library import find_scenario, scenario_names  # noqa: PLC0415

    try:
        source = find_scenario(name)
    except BadInput as error:
        from seatrial.harness.scenario.problems import nearest  # noqa: PLC0415

        known = [
            *scenario_names(),
            *_words("faults", plugins),
            *_words("promises", plugins),
            "scenario",
            "fleet",
            "step",
        ]
        raise BadInput(f"nothing is called {name!r}{nearest(name, known)} (`seatrial list WHAT` lists all)") from error
    return _scenario_facts(source, plugins)


def _class_facts(name: str, kind: str, cls: type[Any]) -> dict[str, Any]:
    from seatrial.harness.scenario.fields import summary_of, words_of  # noqa: PLC0415
    from seatrial.harness.scenario.values import value_text  # noqa: PLC0415

    options = [
        {
            "word": word.word,
            "type": _type_text(word.hint, word.marker),
            "required": word.required,
            "default": "" if word.required or word.default is None else value_text(word.default, word.marker),
            "help": word.help,
        }
        for word in words_of(cls)
    ]
    for option in options:
        if isinstance(option["default"], bool):
            option["default"] = str(option["default"]).lower()
    wanted = "".join(f", {option['word']}: ..." for option in options if option["required"])
    lasts = "" if getattr(cls, "momentary", False) else ", for: 10m"
    example = {
        "fault": f"storm:\n  - {{at: 0s, inject: {name}{wanted}{lasts}}}",
        "action": f"storm:\n  - {{at: 0s, do: {name}{wanted}}}",
        "promise": f"promises:\n  - {name}" + (f": {{{wanted.removeprefix(', ')}}}" if wanted else ""),
    }.get(kind, "")
    return {"name": name, "kind": kind, "summary": summary_of(cls), "options": options, "example": example}


def _type_text(hint: Any, marker: str) -> str:
    if marker:
        return marker
    values = getattr(hint, "__args__", ())
    if values and all(isinstance(value, str) for value in values):
        return "|".join(values)
    return str(getattr(hint, "__name__", hint))


def _shape_facts(name: str) -> dict[str, Any]:
    """The words of the scenario, of its fleet, of each step."""
    from seatrial.harness.scenario.schema import shape_words  # noqa: PLC0415 - pydantic costs 0.15 s

    summary, options = shape_words(name)
    return {"name": name, "kind": "words of the file", "summary": summary, "options": options}


def _app_facts(entry: Entry) -> dict[str, Any]:
    from seatrial.harness.scenario.manifests.app import load_app  # noqa: PLC0415
    from seatrial.harness.scenario.manifests.kinds import title_of  # noqa: PLC0415

    return {**entry._asdict(), "objects": [title_of(obj) for obj in load_app([entry.name]).objects]}


def _scenario_facts(source: Any, plugins: list[str]) -> dict[str, Any]:
    from seatrial.harness.runner.words import words  # noqa: PLC0415
    from seatrial.harness.scenario.loader import load_scenario  # noqa: PLC0415

    scenario = load_scenario(source, words(plugins))
    parameters = [f"--set {one.name}={one.value}{f'  ({one.help})' if one.help else ''}" for one in scenario.parameters]
    return {
        "name": scenario.name,
        "kind": "scenario",
        "summary": scenario.why,
        "options": [],
        "parameters": parameters,
        "storm": [f"{step.id} ({step.place})" for step in scenario.storm],
        "promises": [promise.name + (" (implied)" if promise.implied else "") for promise in scenario.promises],
        "example": f"seatrial run {source.file if source.folder else source.name} --app PATH",
    }
