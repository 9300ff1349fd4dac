"""What a command was asked for, before any name is bound."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RunRequest"]


@dataclass(frozen=True)
class RunRequest:
    """`seatrial run`: one scenario, as the user named it.

    sets: `key=value` of --set. `node-lifecycle=upstream|eks` chooses one of the two policies if the fleet names none.
    history: full, changes or digest: what is kept of it.
    """

    scenario: str
    on: str = "sim"
    seed: int = 0
    app: tuple[str, ...] = ()
    fleet: str = ""
    sets: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    strict: bool = False
    history: str = "changes"
    report: str = ""
    baseline: str = ""
    node_image: str = ""  # kind's, "" for the one of KIND_NODE_IMAGE or a local one of the fleet's version
