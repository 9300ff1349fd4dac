"""Randomness with a name: one stream for each part and purpose.

Adding or removing a draw in one stream never shifts another's, so a failing plan can be shrunk. A stream
is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) over a key hashed
from seed and name: one integer of state, cheap to fork and to pickle. Every draw goes through
`getrandbits`; there is no float, so that no platform's libm can reach the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

from seatrial.harness.kernel.time import Duration

__all__ = ["Stream", "Streams", "name_hash"]

T = TypeVar("T")
_MASK = (1 << 64) - 1
PPM = 1_000_000


def name_hash(*name: object) -> int:
    """64 bits that depend on the name alone, on every machine and under every PYTHONHASHSEED."""
    text = "\x1f".join(map(str, name)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


class Stream:
    """One named source of draws."""

    __slots__ = ("state",)

    def __init__(self, state: int) -> None:
        self.state = state

    def getrandbits(self, bits: int) -> int:
        """A whole number of `bits` random bits."""
        value, have = 0, 0
        while have < bits:
            self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
            mixed = self.state
            mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
            mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
            value = value << 64 | mixed ^ (mixed >> 31)
            have += 64
        return value >> (have - bits)

    def below(self, bound: int) -> int:
        """A whole number in [0, bound), without bias."""
        bits = bound.bit_length()
        draw = self.getrandbits(bits)
        while draw >= bound:
            draw = self.getrandbits(bits)
        return draw

    def pick(self, things: Sequence[T]) -> T:
        """One of them; the order of `things` is part of the answer, so it must be made, not hoped for."""
        return things[self.below(len(things))]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """A new list in random order."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def sample(self, things: Sequence[T], count: int) -> list[T]:
        """`count` different ones, in random order."""
        return self.shuffled(things)[:count]

    def jitter(self, length: Duration, ppm: int) -> Duration:
        """`length` times a factor drawn evenly from [1, 1 + ppm/1e6]: client-go's wait.Jitter."""
        return length + length * self.below(ppm + 1) // PPM

    def chance(self, ppm: int) -> bool:
        """True in `ppm` of a million draws."""
        return self.below(PPM) < ppm


class Streams:
    """All streams of one seed; asking twice for a name gives the same stream."""

    __slots__ = ("_streams", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[tuple[object, ...], Stream] = {}

    def stream(self, *name: object) -> Stream:
        """The stream of this name, as `("c1", "kubelet/n3", "lease")`."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Stream(name_hash(self.seed, *name))
        return stream
