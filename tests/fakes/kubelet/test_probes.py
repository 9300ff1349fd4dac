"""The moment at which a probe's result changes, against a walk through every probe."""

from __future__ import annotations

import pytest

from seatrial.fakes.kubelet.probes import verdict_at
from seatrial.fakes.kubelet.recipe import Probe
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND, Duration, Instant

ROUNDS = 400
HORIZON = 400


def walk(probe: Probe, want: bool, origin: Instant, anchor: Instant, after: Instant, ready_after: Duration) -> Instant:
    """As the real worker does it: probe, count, compare."""
    row = 0
    turn = anchor
    needed = probe.successes if want else probe.failures
    while turn < origin + HORIZON * SECOND:
        if turn >= max(after, origin + probe.initial):
            row = row + 1 if probe.passes(turn - origin, ready_after) == want else 0
            if row == needed:
                return turn
        turn += probe.period
    return -1


@pytest.mark.parametrize("want", [True, False])
def test_the_next_verdict_is_what_a_walk_through_all_probes_finds(want: bool) -> None:
    draw = Stream(7)
    for _ in range(ROUNDS):
        edges = sorted(draw.below(200) for _ in range(4))
        windows = tuple((edges[i] * SECOND, edges[i + 1] * SECOND) for i in (0, 2) if edges[i] < edges[i + 1])
        spec = {
            "periodSeconds": 1 + draw.below(12),
            "initialDelaySeconds": draw.below(20),
            "successThreshold": 1 + draw.below(3),
            "failureThreshold": 1 + draw.below(4),
        }
        probe = Probe("readiness", spec, windows)
        origin = 1000 * SECOND
        anchor = origin + draw.below(3 * SECOND)
        after = origin + draw.below(60) * SECOND
        ready_after = draw.below(15) * SECOND

        expected = walk(probe, want, origin, anchor, after, ready_after)
        found = verdict_at(probe, want, origin, anchor, after, ready_after)

        assert found == expected, (spec, windows, anchor - origin, after - origin, ready_after)
