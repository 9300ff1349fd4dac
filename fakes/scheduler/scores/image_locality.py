"""Prefers nodes that hold the pod's images already, scaled down for images that few nodes hold. Source: imagelocality.

Go multiplies a size by a share in float64; `double` rounds the same way.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.fakes.scheduler.double import scaled

__all__ = ["NAME", "WEIGHT", "score"]

NAME = "ImageLocality"
WEIGHT = 1
_MIB = 1024 * 1024
_LEAST = 23 * _MIB
_MOST = 1000 * _MIB


def score(images: tuple[str, ...], containers: int, held: Mapping[str, tuple[int, int]], nodes: int) -> int:
    """0 to 100. held: the node's images, their sizes and how many of the nodes hold them."""
    total = sum(scaled(*held[image], nodes) for image in images if image in held)
    most = _MOST * containers
    return 100 * (min(max(total, _LEAST), most) - _LEAST) // (most - _LEAST)
