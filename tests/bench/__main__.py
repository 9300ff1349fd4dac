"""Runs every measurement in a process of its own and prints a table; names on the command line choose some of them."""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
from importlib import import_module

# name: module with `measure() -> list[(what, aim, value)]`
BENCHES = ("kernel", "startup", "writes", "scheduler", "zone_loss", "search", "large", "fleet")

AIMS = {"scheduler, plain pods": "2,000/s", "scheduler, spread and anti-affinity": "300/s"}


def child(name: str) -> None:
    """Measure one and print JSON."""
    rows = import_module(f"tests.bench.{name}").measure()
    if isinstance(rows, dict):
        rows = [(what, AIMS.get(what, ""), f"{value:,}/s") for what, value in rows.items()]
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({"rows": rows, "peak_mib": peak // 1024}))


def main(names: list[str]) -> None:
    """The table."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"unknown benchmark {unknown[0]!r}; there are {', '.join(BENCHES)}")
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}\n")
    print(f"| {'what':<74} | {'aim':>14} | {'measured':>22} |")
    print(f"|{'-' * 76}|{'-' * 16}|{'-' * 24}|")
    for name in names or BENCHES:
        command = [sys.executable, "-m", "tests.bench", "--child", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"| {name:<74} | {'':>14} | {'failed':>22} |")
            print(done.stderr, file=sys.stderr)
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        for what, aim, value in found["rows"]:
            print(f"| {what:<74} | {aim:>14} | {value.format(peak=found['peak_mib']):>22} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2])
    else:
        main(sys.argv[1:])
