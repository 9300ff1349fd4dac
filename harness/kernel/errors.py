"""What can go wrong that is not an API answer.

SeatrialError
+-- Bug            ours: stop the run, keep the seed (exit 70)
+-- LimitHit       a bound was met; the verdict is UNKNOWN
+-- Unsupported    the fake knows its edge and says so (HTTP 501)
+-- BadInput       the user's file or flag: place, fact, next step (exit 2)
+-- Unavailable    the substrate is not available here (exit 4)
"""

from __future__ import annotations

__all__ = ["BadInput", "Bug", "LimitHit", "SeatrialError", "Unavailable", "Unsupported"]


class SeatrialError(Exception):
    """Root of every error that Seatrial raises on purpose."""


class Bug(SeatrialError):
    """A defect of Seatrial (or of a controller under test): the run stops, the seed is kept."""


class LimitHit(SeatrialError):
    """A bound of `limits` was met: nothing is known beyond it, so the verdict is UNKNOWN."""


class Unsupported(SeatrialError):
    """What this fake does not model; never a guess."""


class BadInput(SeatrialError):
    """Input that cannot be used; the text names the place, the fact and the next step."""


class Unavailable(SeatrialError):
    """What this machine lacks for the substrate that was asked for."""
