"""stub"""

from typing import Any
from seatrial.fakes.kube.patch.merge import merge


def strategic_merge(target: dict[str, Any], patch: Any, structure: Any) -> dict[str, Any]:
    return merge(target, patch)
