"""What is said of a pod that fits nowhere: framework.FitError's text."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.scheduler.refusal import Refusal

__all__ = ["Diagnosis", "histogram"]

NO_NODES = "no nodes available to schedule pods"


def histogram(nodes: int, refusals: Iterable[Refusal], absent: str = "") -> str:
    """`0/6 nodes are available: 3 node(s) had untolerated taint(s), 3 Insufficient cpu.`

    absent: what is said of the nodes that are not among the refusals.
    """
    kinds: dict[Refusal, int] = {}
    for refusal in refusals:
        kinds[refusal] = kinds.get(refusal, 0) + 1
    counts: dict[str, int] = {}
    for refusal, count in kinds.items():
        for reason in refusal.reasons:
            counts[reason] = counts.get(reason, 0) + count
    looked_at = sum(kinds.values())
    if absent and looked_at < nodes:
        counts[absent] = counts.get(absent, 0) + nodes - looked_at
    text = f"0/{nodes} nodes are available:"
    if counts:
        text += " " + ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items())) + "."
    return text


class Diagnosis:
    """Why a pod was not placed: one refusal for all nodes (a pre-filter's), or one for each that was looked at."""

    __slots__ = ("_texts", "absent", "everywhere", "nodes", "plugins", "refusals")

    def __init__(
        self,
        nodes: int,
        refusals: dict[int, Refusal],
        *,
        everywhere: Refusal | None = None,
        absent: Refusal | None = None,
    ) -> None:
        self.nodes = nodes
        self.refusals = refusals
        self.everywhere = everywhere
        self.absent = absent
        said = [everywhere] if everywhere is not None else dict.fromkeys(refusals.values())
        self._texts: dict[str, str] = {}
        self.plugins = frozenset(refusal.plugin for refusal in said if refusal.plugin)

    def text(self, post_filter: str = "") -> str:
        """The message of the FailedScheduling event and of the PodScheduled condition."""
        text = self._texts.get(post_filter)
        if text is None:
            text = self._texts[post_filter] = self._text(post_filter)
        return text

    def _text(self, post_filter: str) -> str:
        if self.everywhere is not None:
            text = f"0/{self.nodes} nodes are available: {', '.join(self.everywhere.reasons)}."
        else:
            text = histogram(self.nodes, self.refusals.values(), self.absent.reasons[0] if self.absent else "")
        return f"{text} {post_filter}" if post_filter else text
