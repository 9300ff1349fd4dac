"""Packet filters inside node containers: which rule on which node closes a way. Pure; levers.py applies them.

Places: `zone/a`, `node/NAME`, `control-plane` and `api` (the control-plane node), `*` (every node outside the other
end's own). What comes from the source's addresses, its nodes' and its pods', is dropped where the target takes it in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from seatrial.harness.kernel.errors import Unsupported

__all__ = ["Rule", "ways"]


class Ground(Protocol):
    """A cluster as far as filters need it."""

    control_plane: str

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node."""
        ...

    def in_zone(self, zone: str) -> tuple[str, ...]:
        """Those of a zone."""
        ...


class Rule(NamedTuple):
    """One rule of iptables in one node, named by the token of its injury."""

    node: str
    chain: str
    match: tuple[str, ...]
    token: str
    verdict: tuple[str, ...] = ("DROP",)

    @classmethod
    def shut(cls, node: str, port: int, token: str) -> Rule:
        """Every connection to a TCP port is refused, those that exist are reset."""
        return cls(node, "INPUT", ("-p", "tcp", "--dport", str(port)), token, ("REJECT", "--reject-with", "tcp-reset"))

    @property
    def insert(self) -> tuple[str, ...]:
        """Put it before all others."""
        return self._words("-I")

    @property
    def delete(self) -> tuple[str, ...]:
        """Take it away."""
        return self._words("-D")

    @property
    def check(self) -> tuple[str, ...]:
        """Is it there?"""
        return self._words("-C")

    def _words(self, action: str) -> tuple[str, ...]:
        comment = ("-m", "comment", "--comment", f"seatrial:{self.token}")
        return ("iptables", "-w", "5", action, self.chain, *self.match, *comment, "-j", *self.verdict)


def ways(
    ground: Ground, addresses: Mapping[str, Sequence[str]], source: str, target: str, direction: str, token: str
) -> tuple[Rule, ...]:
    """The rules that close a way. Raises Unsupported for a place that is no node here."""
    one, other = _nodes(ground, source), _nodes(ground, target)
    if source == "*":
        one = tuple(node for node in ground.nodes if node not in other)
    if target == "*":
        other = tuple(node for node in ground.nodes if node not in one)
    rules: list[Rule] = []
    if direction in ("both", "forward"):
        rules += _closed(one, other, addresses, token)
    if direction in ("both", "backward"):
        rules += _closed(other, one, addresses, token)
    return tuple(rules)


def _closed(
    senders: Sequence[str], takers: Sequence[str], addresses: Mapping[str, Sequence[str]], token: str
) -> list[Rule]:
    return [
        Rule(taker, chain, ("-s", address), token)
        for taker in takers
        for sender in senders
        if sender != taker
        for address in addresses.get(sender, ())
        for chain in ("INPUT", "FORWARD")
    ]


def _nodes(ground: Ground, place: str) -> tuple[str, ...]:
    kind, _, name = place.partition("/")
    if kind == "zone":
        return ground.in_zone(name)
    if kind == "node":
        return (name,) if name in ground.nodes else ()
    if place in ("control-plane", "api"):
        return (ground.control_plane,)
    if place == "*":
        return ()
    raise Unsupported(f"the kind substrate cannot cut a link at {place}; it can at zone/, node/, control-plane, api, *")
