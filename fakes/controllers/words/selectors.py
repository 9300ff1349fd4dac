"""Label selectors of controllers: the API's own, and the empty one that some of them refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seatrial.fakes.kube.selection import matches

__all__ = ["is_everything", "matches"]


def is_everything(selector: Mapping[str, Any] | None) -> bool:
    """Whether a LabelSelector is present but empty."""
    return selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions")
