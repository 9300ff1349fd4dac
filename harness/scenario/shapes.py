"""The shapes of scenario and fleet files as pydantic models. Import it late: pydantic costs 0.15 s.

Only here does the project meet pydantic; what leaves is the frozen values of `model`.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from seatrial.harness.kernel.errors import BadInput, Bug
from seatrial.harness.kernel.limits import CLUSTERS_MAX, NODES_MAX
from seatrial.harness.kernel.time import parse_instant
from seatrial.harness.scenario.fields import Word, summary_of, words_of
from seatrial.harness.scenario.measures import MEASURES, SUBJECTS
from seatrial.harness.scenario.values import kind_of, read_duration, read_ratio, read_share, value_text

__all__ = [
    "STEP_WORDS",
    "ConditionShape",
    "FleetShape",
    "GroupShape",
    "NodeGroupShape",
    "ParameterShape",
    "ScenarioShape",
    "options_shape",
    "step_shape",
]

STEP_WORDS = ("id", "at", "when", "for", "while", "inject", "do", "serial", "parallel")
_KEBAB = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"1\.\d{1,2}(\.\d{1,2})?")


def _told(text: str) -> PydanticCustomError:
    return PydanticCustomError("seatrial", "{text}", {"text": text})


def _through(read: Callable[[Any], Any]) -> BeforeValidator:
    """A validator of ours; what it refuses is told in its own words."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except BadInput as error:
            raise _told(str(error)) from error

    return BeforeValidator(validate)


def _number(low: int, high: int, what: str) -> Callable[[Any], Any]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(f"must be {what}, not {kind_of(value)}")
        if not low <= value <= high:
            raise BadInput(f"must be {what} from {low} to {high}, not {value}")
        return value

    return read


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"must be a word, not {kind_of(value)}")
    return value


def _filled(value: Any) -> str:
    if not _word(value).strip():
        raise BadInput("must not be empty")
    return str(value)


def _target(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return ",".join(_filled(part) for part in value)
    return _filled(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadInput(f"must be true or false, not {kind_of(value)}")
    return value


def _kebab(value: Any) -> str:
    if not _KEBAB.fullmatch(_filled(value)):
        raise BadInput(f"{value!r} must be lower-case letters, digits and hyphens, as apps or web-1")
    return str(value)


def _version(value: Any) -> str:
    if isinstance(value, float):
        raise BadInput(f'quote the version, or 1.30 is read as 1.3: version: "{value}"')
    if not _VERSION.fullmatch(_word(value)):
        raise BadInput(f'{value!r} is no Kubernetes version; write "1.36"')
    return str(value)


def _instant(value: Any) -> int:
    when = parse_instant(_word(value))
    if not 0 <= when < 4_102_444_800 * 10**9:
        raise BadInput(f"{value} lies outside the years 1970 to 2099")
    return when


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


# A list of which one value alone stands for a list of one. The mark is for `schema`.
OneOrMore = (BeforeValidator(_one_or_more), Field(json_schema_extra={"x-one-or-more": True}))


def _taint(value: Any) -> Any:
    """`key=value:Effect` as kubectl writes it, or the mapping of the API."""
    if not isinstance(value, str):
        return value
    key, _, effect = value.rpartition(":")
    key, _, content = key.partition("=")
    if not key:
        raise BadInput(f"{value!r} is no taint; write key=value:NoSchedule")
    return {"key": key, "value": content, "effect": effect}


def _schema(description: str, kind: str = "string", **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": description, **more})


_DURATION = "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$"
_PERCENT = "^[0-9]{1,9}(\\.[0-9]{1,4})?%$"
DurationIn = Annotated[
    int, _through(read_duration), _schema("A duration with its unit: 1h30m, 250ms (m is minutes).", pattern=_DURATION)
]
ShareIn = Annotated[int, _through(read_share), _schema("A share: 30%, 99.9%.", pattern=_PERCENT)]
RatioIn = Annotated[int, _through(read_ratio), _schema("A ratio: 150%.", pattern=_PERCENT)]
CountIn = Annotated[
    int, _through(_number(0, 2**53, "a whole number")), _schema("A whole number.", "integer", minimum=0)
]
CodeIn = Annotated[
    int,
    _through(_number(100, 599, "an HTTP status")),
    _schema("An HTTP status.", "integer", minimum=100, maximum=599),
]
WordIn = Annotated[str, _through(_word)]
NameIn = Annotated[str, _through(_filled), _schema("A name.", minLength=1)]
KebabIn = Annotated[str, _through(_kebab), _schema("A name in kebab-case.", pattern=f"^{_KEBAB.pattern}$")]
FlagIn = Annotated[bool, _through(_flag)]
TargetIn = Annotated[
    str,
    _through(_target),
    WithJsonSchema(
        {
            "type": ["string", "integer", "array"],
            "items": {"type": "string"},
            "description": "A name (or several), one, worst, minority, all, each, a count, a share as 30%.",
        }
    ),
]

_BY_MARKER: dict[str, Any] = {
    "duration": DurationIn,
    "share": ShareIn,
    "ratio": RatioIn,
    "count": CountIn,
    "code": CodeIn,
    "target": TargetIn,
    "place": NameIn,
    "selector": NameIn,
    "name": NameIn,
    "text": WordIn,
}
_PLAIN: dict[Any, Any] = {
    str: WordIn,
    bool: FlagIn,
    int: Annotated[int, _through(_number(-(2**53), 2**53, "a whole number")), _schema("A whole number.", "integer")],
}


def _type_in(hint: Any) -> Any:
    """The input type for a dataclass's field."""
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, str):
            if extra not in _BY_MARKER:
                raise Bug(f"unknown marker {extra!r} (known: {', '.join(_BY_MARKER)})")
            return _BY_MARKER[extra]
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Literal:
        return hint
    if origin in (Union, types.UnionType):
        inner = [_type_in(part) for part in parts if part is not type(None)]
        return Union[tuple([*inner, None] if type(None) in parts else inner)]  # noqa: UP007 - made at run time
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        return Annotated[list[_type_in(parts[0])], *OneOrMore]  # type: ignore[misc]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return options_shape(hint)
    raise Bug(f"{hint} is no type that a scenario can fill")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=False)


def _field(word: Word, **more: Any) -> tuple[Any, Any]:
    options: dict[str, Any] = {"alias": word.word, **more}
    if word.help:
        options["description"] = word.help
    if word.required:
        return _type_in(word.hint), Field(**options)
    default = value_text(word.default, word.marker)
    if isinstance(default, (str, int, bool, list)) and default != "":
        options["json_schema_extra"] = {"default": default}
    return _type_in(word.hint), Field(default=word.default, **options)


_OPTIONS: dict[type[Any], type[BaseModel]] = {}


def _inner(name: str) -> str:
    # A field called `copy` or `json` would shadow pydantic's own.
    return f"f_{name}"


def options_shape(cls: type[Any]) -> type[BaseModel]:
    """The options of a checker, or of anything else that is a dataclass: `converged: {within: 15m}`."""
    if cls not in _OPTIONS:
        fields: dict[str, Any] = {_inner(word.name): _field(word) for word in words_of(cls)}
        _OPTIONS[cls] = create_model(cls.__name__, __base__=_Shape, __doc__=summary_of(cls), **fields)
    return _OPTIONS[cls]


def step_shape(kind: str, name: str, cls: type[Any]) -> type[BaseModel]:
    """One step of the storm: the words of every step and those of this fault or action."""
    own = words_of(cls)
    taken = sorted({word.word for word in own} & set(STEP_WORDS))
    if taken:
        raise Bug(f"{name}: the field {taken[0]!r} hides a word that every step has")
    fields: dict[str, Any] = {
        "step_kind": (Literal[name], Field(alias=kind)),
        **{_inner(word.name): _field(word) for word in own},
        **_TIMES,
    }
    if getattr(cls, "momentary", False):
        del fields["step_for"], fields["step_while"]
    return create_model(f"{kind}-{name}", __base__=_Shape, __doc__=summary_of(cls), **fields)


class ConditionShape(_Shape):
    """When a step begins, or while it is in force. Exactly one subject; at-least or at-most."""

    measure: Annotated[
        str, _through(_word), WithJsonSchema({"enum": list(MEASURES), "description": "What is measured."})
    ] = ""
    app: Annotated[Literal[True], Field(description="All that is under test.")] | NameIn | None = None
    cluster: CountIn | None = None
    nodegroup: NameIn | None = None
    step: NameIn | None = None
    zone: NameIn | None = None
    at_least: Annotated[str | int | None, Field(alias="at-least", description="40% for a share, 3 for a count.")] = None
    at_most: Annotated[str | int | None, Field(alias="at-most", description="40% for a share, 3 for a count.")] = None
    held: DurationIn = Field(0, description="For how long it must have been true.", json_schema_extra={"default": "0s"})


assert all(subject in ConditionShape.model_fields for subject in SUBJECTS)

_TIMES: dict[str, Any] = {
    "step_id": (KebabIn | None, Field(None, alias="id", description="The step's name, where its word is not enough.")),
    "step_at": (DurationIn | None, Field(None, alias="at", description="From the storm's start.")),
    "step_when": (ConditionShape | None, Field(None, alias="when", description="Begins when this comes true.")),
    "step_for": (DurationIn | None, Field(None, alias="for", description="How long; without it, to the storm's end.")),
    "step_while": (ConditionShape | None, Field(None, alias="while", description="In force as long as this is true.")),
}


class GroupShape(_Shape):
    """Steps one after the other, or at once."""

    serial: list[Any] | None = None
    parallel: list[Any] | None = None
    step_at: DurationIn | None = Field(None, alias="at")
    step_when: ConditionShape | None = Field(None, alias="when")


class TaintShape(_Shape):
    """A taint."""

    key: NameIn
    value: WordIn = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class NodeGroupShape(_Shape):
    """Nodes of one kind, dealt over their zones in turn."""

    name: KebabIn
    zones: Annotated[list[NameIn], *OneOrMore] = Field(["a", "b", "c"], min_length=1)
    nodes: Annotated[
        int,
        _through(_number(1, NODES_MAX, "a number of nodes")),
        _schema("How many, over all its zones.", "integer", minimum=1),
    ]
    type: NameIn = "m6i.xlarge"
    labels: dict[str, WordIn] = {}
    taints: list[
        Annotated[
            TaintShape,
            BeforeValidator(_taint),
            WithJsonSchema(
                {
                    "anyOf": [
                        {"type": "string", "pattern": "^[^=:]+(=[^:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$"},
                        TaintShape.model_json_schema(),
                    ]
                }
            ),
        ]
    ] = []


class _ClusterWords(_Shape):
    version: Annotated[str, _through(_version), _schema("A Kubernetes version.", pattern=f"^{_VERSION.pattern}$")] = (
        "1.36"
    )
    nodegroups: list[NodeGroupShape] = Field([], description="Without any, nodes are chosen so that the app fits.")
    control_plane_node: FlagIn = Field(False, alias="control-plane-node", description="As kind has one; in no zone.")
    etcd_zones: Annotated[list[NameIn], *OneOrMore] = Field(
        ["a", "b", "c"], alias="etcd-zones", min_length=1, max_length=9, description="One etcd member in each."
    )
    region: NameIn = "us-east-1"


class ClusterShape(_ClusterWords):
    """One cluster of several that differ."""

    name: KebabIn


class FleetShape(_ClusterWords):
    """What is taken out to sea: clusters and their nodes."""

    clusters: (
        Annotated[
            int,
            _through(_number(1, CLUSTERS_MAX, "a number of clusters")),
            _schema("How many, all alike.", "integer", minimum=1),
        ]
        | list[ClusterShape]
    ) = 1
    node_lifecycle: Literal["upstream", "eks"] | None = Field(
        None, alias="node-lifecycle", description="Without it both policies are run and the worse verdict counts."
    )


class ParameterShape(_Shape):
    """What --set fills."""

    value: Any
    help: WordIn = ""


class ScenarioShape(_Shape):
    """A scenario of Seatrial: a fleet, an app, a storm, a calm, and what must hold."""

    api_version: NameIn = Field(alias="apiVersion")
    why: NameIn = Field(description="What a failure of this scenario would mean, in a sentence.")
    fleet: Any = None
    app: Annotated[list[NameIn], *OneOrMore] = Field(
        [], description="builtin/NAME, or files and folders beside the scenario."
    )
    settle: DurationIn = Field(300 * 10**9, json_schema_extra={"default": "5m"})
    storm: list[Any] = []
    calm: DurationIn = Field(1800 * 10**9, json_schema_extra={"default": "30m"})
    promises: list[Any] = Field(min_length=1)
    params: dict[str, Any] = Field({}, description="What --set fills, with its default; $name stands for it.")
    starts: Annotated[int, _through(_instant), _schema("Virtual time at the start: 2026-01-01T00:00:00Z.")] | None = (
        None
    )
    platform: list[Any] = Field([], description="Stand-ins of the platform, by name.")
    expect: Literal["held", "broken", "unknown"] | None = Field(None, description="What a run must end with.")
