"""Step plots as SVG, drawn here: one file that works offline needs no library for a handful of lines."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from seatrial.harness.kernel.time import Duration, Instant, duration_text
from seatrial.harness.report.series import Band, Series

__all__ = ["COLOURS", "axis_ticks", "step_plot"]

WIDTH, LEFT, RIGHT = 960, 150, 12
# Okabe and Ito's palette: it can be told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#777777", "#000000")
_TICKS: tuple[int, ...] = tuple(
    seconds * 10**9 for seconds in (1, 5, 15, 60, 300, 600, 900, 1800, 3600, 3 * 3600, 6 * 3600, 86400, 5 * 86400)
)


def axis_ticks(start: Instant, storm: Instant, end: Instant) -> list[tuple[int, str]]:
    """(x, text) of some six round moments, counted from the storm's start."""
    span = end - storm
    step = next((tick for tick in _TICKS if span // tick <= 8), _TICKS[-1])
    return [(_x(storm + at, start, end), f"+{duration_text(at)}") for at in range(0, span + 1, step)]


def step_plot(
    lines: Sequence[Series],
    faults: Sequence[Band],
    start: Instant,
    storm: Instant,
    end: Instant,
    *,
    top: int,
    height: int,
    unit: str,
) -> str:
    """Lines that share one axis from 0 to `top`; faults are shaded."""
    parts = [f'<svg viewBox="0 0 {WIDTH} {height + 24}" role="img" class="plot">']
    parts += _shades(faults, start, end, height)
    for value in dict.fromkeys((0, top)):
        y = _y(value, top, height)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" class="left">{_value(value, unit)}</text>')
    for x, text in axis_ticks(start, storm, end):
        parts.append(f'<line x1="{x}" x2="{x}" y1="8" y2="{height}" class="grid"/>')
        parts.append(f'<text x="{x}" y="{height + 18}" class="tick">{text}</text>')
    for index, line in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        path = _path(line, start, end, top, height)
        parts.append(f'<path d="{path}" stroke="{colour}" class="line"><title>{escape(line.name)}</title></path>')
        parts.append(
            f'<text x="4" y="{22 + 15 * index}" fill="{colour}" class="name">{escape(_short(line.name))}</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def _shades(faults: Sequence[Band], start: Instant, end: Instant, height: int) -> list[str]:
    out = []
    for band in faults:
        left, right = _x(band.start, start, end), _x(band.end, start, end)
        title = escape(band.name)
        out.append(
            f'<rect x="{left}" y="8" width="{max(2, right - left)}" height="{height - 8}" class="fault">'
            f"<title>{title}</title></rect>"
        )
    return out


def _path(line: Series, start: Instant, end: Instant, top: int, height: int) -> str:
    """Moves in right angles; what happened before the plot begins is its first level."""
    level = 0
    moves: list[str] = []
    for when, value in line.steps:
        if when <= start:
            level = value
            continue
        if not moves:
            moves.append(f"M{LEFT} {_y(level, top, height)}")
        moves.append(f"H{_x(when, start, end)}V{_y(value, top, height)}")
    if not moves:
        moves.append(f"M{LEFT} {_y(level, top, height)}")
    moves.append(f"H{WIDTH - RIGHT}")
    return "".join(moves)


def _x(when: Instant, start: Instant, end: Instant) -> int:
    span: Duration = max(1, end - start)
    return LEFT + (WIDTH - LEFT - RIGHT) * (min(max(when, start), end) - start) // span


def _y(value: int, top: int, height: int) -> int:
    return height - (height - 12) * min(value, top) // max(1, top)


def _value(value: int, unit: str) -> str:
    return f"{value // 10_000}%" if unit == "%" else str(value)


def _short(name: str) -> str:
    return name if len(name) <= 18 else name[:17] + "…"
