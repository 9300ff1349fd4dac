"""Completion indexes of Indexed Jobs: `0,2-4` and what is still to be done.

Source: pkg/controller/job/{indexed_job_utils,success_policy}.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from seatrial.harness.ports.event import Obj

__all__ = ["FAILURES", "IGNORED", "INDEX", "index_of", "indexes_text", "parse_indexes", "pending", "success_rule"]

INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


def index_of(pod: Obj) -> int:
    """The completion index in a pod's annotations, -1 if there is none."""
    return number_in(pod, INDEX, -1)


def number_in(pod: Obj, annotation: str, default: int = 0) -> int:
    """A count in an annotation, or the default."""
    text = (pod["metadata"].get("annotations") or {}).get(annotation, "")
    return int(text) if text.isascii() and text.isdigit() else default


def parse_indexes(text: str, completions: int) -> set[int]:
    """`0,2-4` as numbers below `completions`; what is no number is left out."""
    found: set[int] = set()
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        if first.isdigit() and (not last or last.isdigit()):
            found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return found


def indexes_text(indexes: Iterable[int]) -> str:
    """The shortest spelling: three and more in a row become a range."""
    spans: list[list[int]] = []
    for index in sorted(indexes):
        if spans and spans[-1][1] == index - 1:
            spans[-1][1] = index
        else:
            spans.append([index, index])
    words = []
    for first, last in spans:
        words.append(str(first) if first == last else f"{first},{last}" if last == first + 1 else f"{first}-{last}")
    return ",".join(words)


def pending(count: int, completions: int, taken: Collection[int]) -> list[int]:
    """The first `count` indexes that nobody has."""
    found: list[int] = []
    for index in range(completions):
        if len(found) >= count:
            break
        if index not in taken:
            found.append(index)
    return found


def success_rule(policy: Obj | None, completions: int, succeeded: Collection[int]) -> str:
    """Which rule of a successPolicy is met, in the real one's words; "" if none."""
    if policy is None or not succeeded:
        return ""
    for place, rule in enumerate(policy["rules"]):
        count = rule.get("succeededCount")
        wanted = rule.get("succeededIndexes")
        if wanted is None:
            met = count is not None and len(succeeded) >= count
        else:
            needed = parse_indexes(wanted, completions)
            have = len(needed.intersection(succeeded))
            met = bool(needed) and (have == len(needed) or (count is not None and have >= count))
        if met:
            return f"Matched rules at index {place}"
    return ""
