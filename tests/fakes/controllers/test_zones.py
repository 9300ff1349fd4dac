"""Zone states, eviction rates and token buckets, against tables and small models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.controllers.nodes.zones import EKS, UPSTREAM, Bucket, ZoneState, policy_of, zone_key, zone_state
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import SECOND

NORMAL, FULL, PARTIAL = ZoneState.NORMAL, ZoneState.FULL, ZoneState.PARTIAL


@pytest.mark.parametrize(
    ("ready", "unready", "state"),
    [
        (0, 0, NORMAL),
        (1, 0, NORMAL),
        (0, 1, FULL),
        (0, 333, FULL),
        (1, 2, NORMAL),  # two are never enough, whatever their share
        (2, 3, PARTIAL),
        (9, 11, PARTIAL),  # exactly 55 %
        (46, 54, NORMAL),
        (45, 55, PARTIAL),
        (332, 1, NORMAL),
    ],
)
def test_a_zone_is_judged_by_its_ready_nodes(ready, unready, state):
    assert zone_state(ready, unready) is state


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_a_zone_is_partial_exactly_where_the_share_says_so(ready, unready):
    partial = ready > 0 and unready > 2 and unready / (unready + ready) >= 0.55

    assert (zone_state(ready, unready) is PARTIAL) is partial


@pytest.mark.parametrize(
    ("policy", "state", "size", "seconds"),
    [
        (UPSTREAM, NORMAL, 3, 10),
        (UPSTREAM, FULL, 3, 10),
        (UPSTREAM, PARTIAL, 50, None),
        (UPSTREAM, PARTIAL, 51, 100),
        (EKS, NORMAL, 3, 10),
        (EKS, FULL, 3, None),
        (EKS, PARTIAL, 5000, None),
    ],
)
def test_the_rate_follows_from_policy_state_and_size(policy, state, size, seconds):
    assert policy.spacing(state, size) == (None if seconds is None else seconds * SECOND)


def test_an_unknown_policy_is_named_with_those_that_exist():
    with pytest.raises(BadInput, match="'gke'; it is one of eks, upstream"):
        policy_of("gke")


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (None, ""),
        ({"kubernetes.io/hostname": "n"}, ""),
        ({"topology.kubernetes.io/zone": "z"}, ":\0:z"),
        ({"topology.kubernetes.io/region": "r"}, "r:\0:"),
        ({"topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "z"}, "r:\0:z"),
        ({"failure-domain.beta.kubernetes.io/zone": "old", "topology.kubernetes.io/zone": "z"}, ":\0:old"),
    ],
)
def test_region_and_zone_make_the_key_and_the_old_labels_win(labels, key):
    assert zone_key(labels) == key


def test_a_new_bucket_has_one_token():
    bucket = Bucket(10 * SECOND)

    assert [bucket.take(SECOND), bucket.take(SECOND), bucket.take(11 * SECOND - 1), bucket.take(11 * SECOND)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_swapped_bucket_is_full_only_if_the_old_one_had_a_token():
    full, empty, never = Bucket(10 * SECOND), Bucket(10 * SECOND, 100 * SECOND), Bucket(None)
    for bucket in (full, empty, never):
        bucket.swap(20 * SECOND, 50 * SECOND)

    assert (full.next, empty.next, never.next) == (50 * SECOND, 70 * SECOND, 70 * SECOND)


def test_a_swap_to_the_same_rate_keeps_the_bucket():
    bucket = Bucket(10 * SECOND, 7)
    bucket.swap(10 * SECOND, 3)

    assert bucket.next == 7


class Tokens:
    """golang.org/x/time/rate with burst 1, polled, in tenths of a token per tick of a second."""

    def __init__(self, tenths):
        self.tenths = tenths
        self.level = 10
        self.last = 0

    def take(self, now):
        level = min(10, self.level + (now - self.last) * self.tenths)
        if level < 10:
            return False
        self.level, self.last = level - 10, now
        return True


@given(st.lists(st.integers(1, 30), max_size=40))
def test_a_bucket_gives_its_tokens_when_a_polled_limiter_would(gaps):
    bucket, model, now = Bucket(10 * SECOND), Tokens(1), 0
    for gap in gaps:
        now += gap
        assert bucket.take(now * SECOND) is model.take(now)
