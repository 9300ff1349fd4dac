"""What the files of a report are called."""

from __future__ import annotations

__all__ = ["history_name"]


def history_name(runs: int, name: str) -> str:
    """`history.jsonl`, or `history-zone=a,node-lifecycle=eks.jsonl` where there are several runs."""
    if runs == 1:
        return "history.jsonl"
    plain = "".join(letter if letter.isalnum() or letter in "=-_." else "," for letter in name.replace(", ", ","))
    return f"history-{plain}.jsonl"
