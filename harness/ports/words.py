"""What the fields of faults and checkers mean in a scenario file: markers on a frozen dataclass's annotations.

    @dataclass(frozen=True)
    class ZoneLoss:
        \"\"\"A zone loses power: its nodes, its links, its etcd member and its volumes at once.\"\"\"

        name: ClassVar[str] = "zone-loss"
        zone: Target = "one"
        cluster: int = 0

Words in YAML are the kebab-case of the field's name, a trailing underscore dropped (`from_` is `from`). The loader has
turned every value into the field's own type before the dataclass is made: a Duration is an int of nanoseconds, a Share
an int in parts per million. A field without a default must be given. `Literal["a", "b"]` is a closed choice, `X | None`
an option that may be left out, `tuple[X, ...]` a list (one value alone stands for a list of one). The class docstring's
first line is what `seatrial explain` prints; `HELP: ClassVar[Mapping[str, str]]`, if there, says a sentence per field.
A fault that is over as soon as it has happened (pod-kill, node-reboot) says `momentary: ClassVar[bool] = True`: it
takes no `for:`, and what follows it begins at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

__all__ = ["Code", "Count", "Duration", "Name", "Place", "Ratio", "Selector", "Share", "Target", "Text", "Words"]

Duration = Annotated[int, "duration"]
"""Nanoseconds; written `1h30m`, `250ms`. Never without a unit."""

Share = Annotated[int, "share"]
"""Parts per million, 0 to 1,000,000; written `30%`, `99.9%`."""

Ratio = Annotated[int, "ratio"]
"""Parts per million, may exceed 1,000,000; written `150%`."""

Count = Annotated[int, "count"]
"""A whole number that is not negative."""

Code = Annotated[int, "code"]
"""An HTTP status, 100 to 599."""

Target = Annotated[str, "target"]
"""Which of the things there are: a name (`a`, `n3`, `a,b`), `one`, `worst`, `minority`, `all`, a count, `30%`.

`each` never reaches a fault: the runner makes one run of each. A number is handed over as its text.
"""

Place = Annotated[str, "place"]
"""An end of a link: `zone/a`, `node/n1`, `control-plane`, `api`, `etcd`, `registry`, `dns`, `outside`, `*`."""

Selector = Annotated[str, "selector"]
"""What a promise is about: `app` (all under test), `Service/default/web`, `Deployment/default/web`, `web`, `key=value`.
"""

Name = Annotated[str, "name"]
"""The name of one thing, not empty."""

Text = Annotated[str, "text"]
"""Free words."""


@dataclass(frozen=True)
class Words:
    """What a scenario may name: dataclasses by their kebab-case names. Bound by the runner, plug-ins included."""

    faults: Mapping[str, type[Any]] = field(default_factory=dict)
    checkers: Mapping[str, type[Any]] = field(default_factory=dict)
    actions: Mapping[str, type[Any]] = field(default_factory=dict)
    standins: Mapping[str, type[Any]] = field(default_factory=dict)
