"""JSON Schemas of scenario and fleet files, with the known words plugged in, for editors and for other programs.

2020-12 is pydantic's; draft-07 is what yaml-language-server reads. `$name` of a parameter may stand for any single
value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from seatrial.harness.ports.words import Words
from seatrial.harness.scenario.model import API_VERSION
from seatrial.harness.scenario.shapes import (
    FleetShape,
    GroupShape,
    ParameterShape,
    ScenarioShape,
    options_shape,
    step_shape,
)

__all__ = ["DRAFTS", "fleet_schema", "scenario_schema", "shape_words"]

Schema = dict[str, Any]
DRAFTS = {
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft-07": "http://json-schema.org/draft-07/schema#",
}
_PARAMETER: Schema = {"type": "string", "pattern": "\\$(\\{[a-z][a-z0-9-]*\\}|[a-z][a-z0-9-]*)"}


def scenario_schema(words: Words, draft: str = "2020-12") -> Schema:
    """The schema of a scenario file."""
    defs: Schema = {}
    schema = _of(ScenarioShape, defs)
    schema["properties"]["apiVersion"] = {"const": API_VERSION}
    steps = [_add(defs, f"inject-{name}", step_shape("inject", name, words.faults[name])) for name in words.faults]
    steps += [_add(defs, f"do-{name}", step_shape("do", name, words.actions[name])) for name in words.actions]
    group = _of(GroupShape, defs)
    for word in ("serial", "parallel"):
        group["properties"][word] = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}
    defs["group"] = {**group, "oneOf": [{"required": ["serial"]}, {"required": ["parallel"]}]}
    defs["step"] = {"oneOf": [*steps, {"$ref": "#/$defs/group"}]}
    promises = {name: _add(defs, f"promise-{name}", options_shape(words.checkers[name])) for name in words.checkers}
    standins = {name: _add(defs, f"stand-in-{name}", options_shape(words.standins[name])) for name in words.standins}
    fleet = _add(defs, "fleet", FleetShape)
    properties = schema["properties"]
    properties["storm"] |= {"items": {"$ref": "#/$defs/step"}}
    properties["promises"] |= {"items": _named(promises)}
    properties["platform"] |= {"items": _named(standins)}
    properties["fleet"] = {"anyOf": [fleet, {"type": "string", "description": "A fleet file."}]}
    single = {"type": ["string", "number", "integer", "boolean", "null"]}
    properties["params"]["additionalProperties"] = {"anyOf": [single, _of(ParameterShape, defs)]}
    for word, inner in properties.items():
        if word not in ("apiVersion", "why", "params"):
            properties[word] = _open(inner)
    schema["$defs"] = {name: _open(inner) for name, inner in defs.items()}
    return _drafted(schema, draft, "scenario")


def fleet_schema(draft: str = "2020-12") -> Schema:
    """The schema of a fleet file."""
    defs: Schema = {}
    schema = _of(FleetShape, defs)
    schema["properties"] = {"apiVersion": {"const": API_VERSION}, **schema["properties"]}
    schema["$defs"] = defs
    return _drafted(schema, draft, "fleet")


def _of(shape: type[BaseModel], defs: Schema) -> Schema:
    schema: Schema = _plain(shape.model_json_schema(by_alias=True))
    defs |= schema.pop("$defs", {})
    return schema


def _add(defs: Schema, name: str, shape: type[BaseModel]) -> Schema:
    defs[name] = _of(shape, defs)
    return {"$ref": f"#/$defs/{name}"}


def _named(options: dict[str, Schema]) -> Schema:
    """A name, or `{name: options}`."""
    properties = {name: {"anyOf": [found, {"type": "null"}]} for name, found in options.items()}
    return {
        "anyOf": [
            {"enum": sorted(options)},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
                "properties": properties,
            },
        ]
    }


def _plain(value: Any) -> Any:
    """Without pydantic's titles and null defaults; `X | None` is X, since a word may be left out."""
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {
        key: {name: _plain(one) for name, one in inner.items()} if key in ("properties", "$defs") else _plain(inner)
        for key, inner in value.items()
        if not (key == "title" and isinstance(inner, str)) and not (key == "default" and inner in (None, ""))
    }
    if made.pop("x-one-or-more", False):
        outer = {key: made.pop(key) for key in ("description", "default") if key in made}
        return {"anyOf": [made["items"], made], **outer}
    if isinstance(made.get("anyOf"), list):
        branches = [branch for branch in made["anyOf"] if branch != {"type": "null"}]
        made["anyOf"] = branches
        if len(branches) == 1:
            del made["anyOf"]
            made = {**branches[0], **made}
    return made


def _open(value: Any) -> Any:
    """Let `$name` stand wherever a single value with a narrow form may stand."""
    if not isinstance(value, dict):
        return value
    made = dict(value)
    if "properties" in made:
        made["properties"] = {
            key: inner if key in ("inject", "do") else _open(inner) for key, inner in made["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _open(made[key])
    for key in ("anyOf", "oneOf"):
        if key in made:
            made[key] = [_open(inner) for inner in made[key]]
    narrow = "pattern" in made or "enum" in made or made.get("type") in ("integer", "boolean")
    if narrow and made.get("type") != "object":
        outer = {key: made.pop(key) for key in ("description", "default") if key in made}
        return {"anyOf": [made, _PARAMETER], **outer}
    return made


def _drafted(schema: Schema, draft: str, name: str) -> Schema:
    made = {"$schema": DRAFTS[draft], "$id": f"https://seatrial.dev/schema/v1alpha1/{name}.json", **schema}
    if draft == "draft-07":
        text = json.dumps(made).replace('"#/$defs/', '"#/definitions/').replace('"$defs":', '"definitions":')
        made = json.loads(text)
    return made


def shape_words(name: str) -> tuple[str, list[dict[str, Any]]]:
    """What `scenario`, `fleet` and `step` may say: a sentence, and the words for `seatrial explain`."""
    defs: Schema = {}
    if name == "step":
        shape = _of(step_shape("inject", "FAULT", _NoFault), defs)
        shape["description"] = "One step of the storm; beside these, the words of its fault or action."
        shape["properties"]["inject"] = {"type": "string", "description": "A fault (`seatrial list faults`); or do:"}
    else:
        shape = _of(ScenarioShape if name == "scenario" else FleetShape, defs)
    required = shape.get("required", ())
    return shape["description"], [
        {
            "word": word,
            "type": _type_word(inner),
            "required": word in required,
            "default": inner.get("default", ""),
            "help": inner.get("description", ""),
        }
        for word, inner in shape["properties"].items()
    ]


def _type_word(schema: Schema) -> str:
    if "enum" in schema or "const" in schema:
        return "|".join(map(str, schema.get("enum", [schema.get("const")])))
    if "$ref" in schema:
        return "mapping"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type_word(branch) for branch in schema["anyOf"]))
    kind = schema.get("type", "any")
    return {"object": "mapping", "array": "list", "string": "text", "integer": "number", "boolean": "true|false"}.get(
        str(kind), str(kind)
    )


@dataclass(frozen=True)
class _NoFault:
    """Has no words of its own."""
