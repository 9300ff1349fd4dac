"""The arithmetic of a Deployment's rollout: fenceposts, shares, revisions, annotations.

Source: pkg/controller/deployment/util/deployment_util.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.controllers.words.meta import by_age, with_annotations, with_spec
from seatrial.fakes.controllers.words.templates import TEMPLATE_HASH
from seatrial.fakes.kube.intstr import scaled
from seatrial.harness.ports.event import Obj

__all__ = [
    "DESIRED",
    "HISTORY",
    "MAXIMUM",
    "REVISION",
    "ROLLBACK",
    "annotated",
    "by_revision",
    "copied_annotations",
    "fenceposts",
    "forgettable",
    "is_rolling",
    "is_saturated",
    "last_revision",
    "max_revision",
    "max_surge",
    "max_unavailable",
    "number",
    "proportion",
    "replicas",
    "revision_of",
    "rollback_of",
    "sized",
    "taken_back",
    "with_sizes",
]

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
ROLLBACK = "deprecated.deployment.rollback.to"
HISTORY_LETTERS_MAX = 2000
INT32_MAX = 2**31 - 1
_NOT_COPIED = frozenset(
    ("kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MAXIMUM, ROLLBACK)
)


def replicas(obj: Obj) -> int:
    """spec.replicas of a Deployment or ReplicaSet."""
    wanted: int = obj["spec"].get("replicas", 1)
    return wanted


def is_rolling(deployment: Obj) -> bool:
    """Whether the strategy is RollingUpdate, which is the default."""
    return bool((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def fenceposts(deployment: Obj) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) as counts; if both come to nothing, one may be unavailable."""
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    wanted = replicas(deployment)
    surge = scaled(rolling.get("maxSurge", 0), wanted, up=True)
    down = scaled(rolling.get("maxUnavailable", 0), wanted, up=False)
    return (surge, down) if surge or down else (0, 1)


def max_surge(deployment: Obj) -> int:
    """How many pods there may be beyond spec.replicas."""
    return fenceposts(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Obj) -> int:
    """How many pods may be missing during a rollout; never more than there are."""
    wanted = replicas(deployment)
    if not is_rolling(deployment) or not wanted:
        return 0
    return min(fenceposts(deployment)[1], wanted)


def number(rs: Obj, annotation: str) -> int | None:
    """An annotation as a count that fits, or None."""
    text = (rs["metadata"].get("annotations") or {}).get(annotation, "")
    if not text.isascii() or not text.isdigit():
        return None
    value = int(text)
    return value if value <= INT32_MAX else None


def proportion(rs: Obj, deployment: Obj, to_add: int, added: int) -> int:
    """A ReplicaSet's share of the replicas that a scaling brings or takes, within what is left of them."""
    have = replicas(rs)
    if not have or not to_add or to_add == added:
        return 0
    fraction = _fraction(rs, deployment, have)
    left = to_add - added
    return min(fraction, left) if to_add > 0 else max(fraction, left)


def _fraction(rs: Obj, deployment: Obj, have: int) -> int:
    wanted = replicas(deployment)
    if not wanted:
        return -have
    before = number(rs, MAXIMUM) or (deployment.get("status") or {}).get("replicas", 0)
    if not before:
        return 0
    # Rounded half up, as integers: have * (wanted + surge) / before.
    return (2 * have * (wanted + max_surge(deployment)) + before) // (2 * before) - have


def is_saturated(new: Obj | None, wanted: int) -> bool:
    """Whether the new set has all the replicas, knows so, and all are available."""
    if new is None:
        return False
    available = (new.get("status") or {}).get("availableReplicas", 0)
    return replicas(new) == wanted and number(new, DESIRED) == wanted and available == wanted


def revision_of(obj: Obj) -> int | None:
    """The revision annotation: 0 if there is none, None if it is no number."""
    text = (obj["metadata"].get("annotations") or {}).get(REVISION)
    if text is None:
        return 0
    try:
        return int(text)
    except ValueError:
        return None


def max_revision(sets: Iterable[Obj]) -> int:
    """The highest revision among ReplicaSets."""
    return max((revision_of(rs) or 0 for rs in sets), default=0)


def last_revision(sets: Iterable[Obj]) -> int:
    """The second highest revision, 0 if there is none."""
    highest = second = 0
    for rs in sets:
        revision = revision_of(rs)
        if revision is None:
            continue
        if revision >= highest:
            highest, second = revision, highest
        elif revision > second:
            second = revision
    return second


def by_revision(rs: Obj) -> tuple[int, tuple[str, str]]:
    """Sort key: revision, then age."""
    return revision_of(rs) or 0, by_age(rs)


def copied_annotations(obj: Obj) -> dict[str, str]:
    """The annotations that a Deployment and its ReplicaSet give each other."""
    return {k: v for k, v in (obj["metadata"].get("annotations") or {}).items() if k not in _NOT_COPIED}


def annotated(deployment: Obj, rs: Obj, revision: int) -> Obj:
    """The newest ReplicaSet with the Deployment's annotations and its revision; itself if nothing changes."""
    have: dict[str, str] = rs["metadata"].get("annotations") or {}
    new = {**have, **copied_annotations(deployment)}
    old = have.get(REVISION)
    try:
        was = int(old) if old else 0
    except ValueError:
        return rs if new == have else with_annotations(rs, new)
    if was < revision:
        new[REVISION] = str(revision)
        if old is not None:
            new.update(_history(have.get(HISTORY, ""), old))
    return rs if new == have else with_annotations(rs, new)


def _history(before: str, revision: str) -> dict[str, str]:
    """A set that serves again keeps the revisions that it has served before, up to a length."""
    if not before:
        return {HISTORY: revision}
    revisions = before.split(",")
    length, start = len(before) + len(revision) + 1, 0
    while length > HISTORY_LETTERS_MAX and start < len(revisions):
        length -= len(revisions[start]) + 1
        start += 1
    if length > HISTORY_LETTERS_MAX:
        return {}
    return {HISTORY: ",".join([*revisions[start:], revision])}


def rollback_of(deployment: Obj) -> int | None:
    """The revision that the rollback annotation asks for (0: the last one), or None."""
    text = (deployment["metadata"].get("annotations") or {}).get(ROLLBACK, "")
    try:
        return int(text) if text else None
    except ValueError:
        return None


def taken_back(deployment: Obj, rs: Obj) -> tuple[Obj, dict[str, str]]:
    """(the Deployment with a ReplicaSet's template, the annotations that it has then)."""
    template = rs["spec"]["template"]
    meta = template.get("metadata") or {}
    labels = {k: v for k, v in (meta.get("labels") or {}).items() if k != TEMPLATE_HASH}
    back = with_spec(deployment, template={**template, "metadata": {**meta, "labels": labels}})
    mine = copied_annotations(deployment)
    kept = {k: v for k, v in (deployment["metadata"].get("annotations") or {}).items() if k not in mine}
    return back, {**kept, **copied_annotations(rs)}


def sized(deployment: Obj) -> dict[str, str]:
    """The annotations that tell a ReplicaSet the Deployment's size."""
    wanted = replicas(deployment)
    return {DESIRED: str(wanted), MAXIMUM: str(wanted + max_surge(deployment))}


def with_sizes(deployment: Obj, rs: Obj) -> Obj:
    """The ReplicaSet with the annotations of the Deployment's size; itself if it has them."""
    have = rs["metadata"].get("annotations") or {}
    wanted = sized(deployment)
    if all(have.get(key) == value for key, value in wanted.items()):
        return rs
    return with_annotations(rs, {**have, **wanted})


def forgettable(deployment: Obj, olds: Iterable[Obj]) -> list[Obj]:
    """The oldest of the old sets beyond revisionHistoryLimit, if they are empty and have settled."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None or limit == INT32_MAX:
        return []
    alive = sorted((rs for rs in olds if "deletionTimestamp" not in rs["metadata"]), key=by_revision)
    found = []
    for rs in alive[: max(0, len(alive) - limit)]:
        status, meta = rs.get("status") or {}, rs["metadata"]
        settled = meta.get("generation", 0) <= status.get("observedGeneration", 0)
        if settled and not status.get("replicas") and not replicas(rs):
            found.append(rs)
    return found
