"""Shares as integers: split evenly without float, and say the result in parts per million that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seatrial.harness.kernel.streams import PPM

__all__ = ["UNIT", "in_ppm", "split"]

UNIT = 10**12
"""What a whole is while shares are multiplied: rounding stays far below a part per million."""


def split(total: int, weights: Sequence[int]) -> list[int]:
    """`total` dealt by weight; largest remainders get what is left over, the first of equals first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        order = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
        for index in order[:left]:
            parts[index] += 1
    return parts


def in_ppm(parts: Mapping[str, int]) -> dict[str, int]:
    """Named parts of any unit as parts per million, adding up to a million; parts of zero are left out."""
    names = [name for name, part in parts.items() if part > 0]
    dealt = split(PPM, [parts[name] for name in names])
    return {name: part for name, part in zip(names, dealt, strict=True) if part}
