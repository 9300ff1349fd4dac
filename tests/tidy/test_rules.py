"""Rules of this repository that a review would have to repeat."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("harness", "fakes", "suites", "scenarios")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SIMULATED = (
    "fakes",
    "harness/kernel",
    "harness/ports",
    "harness/history",
    "harness/world",
    "harness/faults",
    "harness/checkers",
)

# What the simulation may not call, and what to call instead.
BANNED = {
    r"\btime\.(time|sleep|monotonic|perf_counter)\(": "the agenda's clock, fleet.run",
    r"\bdatetime\.(now|utcnow|today)\(": "the agenda's clock",
    r"\bdate\.today\(": "the agenda's clock",
    r"\buuid\.?uuid[14]\(": "Ids.uid",
    r"\brandom\.(random|choice|randint|shuffle|sample)\(": "a named Stream",
    r"\bos\.urandom\(": "a named Stream",
    r"\bcopy\.deepcopy\(": "a copy of the path that changes",
}
# Sockets, files, processes and threads live here only.
MAY_TOUCH_THE_WORLD = {
    "fakes/kube/fields/generate.py",
    "fakes/kube/schema/generate.py",
    "fakes/kube/schema/kinds.py",
    "harness/cli/care.py",
    "harness/cli/patience.py",
    "harness/history/log.py",
    "harness/report/annotations.py",
    "harness/report/baseline.py",
    "harness/report/files.py",
    "harness/runner/replay.py",
    "harness/runner/run.py",
}
WORLDLY_FOLDERS = ("harness/scenario/", "harness/substrates/kind/")
WORLDLY = {"socket", "subprocess", "threading", "multiprocessing", "asyncio", "tempfile", "shutil", "signal"}


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [path for path in SOURCES if named(path).startswith(SIMULATED)], ids=named)
def test_the_simulation_takes_time_and_chance_from_the_kernel(path):
    found = [
        f"{number}: {line.strip()} (use {instead})"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for pattern, instead in BANNED.items()
        if re.search(pattern, line.partition("#")[0])
    ]
    assert not found


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_only_listed_places_touch_the_world(path):
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    touched = imported & WORLDLY
    assert not touched or named(path) in MAY_TOUCH_THE_WORLD or named(path).startswith(WORLDLY_FOLDERS), touched


@pytest.mark.parametrize("path", [path for path in SOURCES if named(path).startswith(SIMULATED)], ids=named)
def test_no_set_is_iterated_where_its_order_could_leak(path):
    """`for x in {…}` and `for x in set(…)`: the order depends on PYTHONHASHSEED."""
    found = [
        node.iter.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.For, ast.comprehension))
        and (
            isinstance(node.iter, (ast.Set, ast.SetComp))
            or (isinstance(node.iter, ast.Call) and getattr(node.iter.func, "id", "") in ("set", "frozenset"))
        )
        and not isinstance(node, ast.comprehension)
    ]
    assert not found


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_holds_one_idea(path):
    """400 lines hide a noun; what is longer today is listed with its reason, and may not grow."""
    longer = {"fakes/controllers/node_lifecycle.py": 460}
    lines = len(path.read_text().splitlines())
    assert lines <= longer.get(named(path), 430)


def test_first_level_folders_have_a_readme():
    for folder in ("harness", "fakes", "scenarios", "suites", "tests"):
        text = (ROOT / folder / "README.md").read_text()
        assert len(text.splitlines()) <= 70


def test_nothing_that_is_committed_names_a_machine():
    """Paths and hosts of whoever built this have no meaning elsewhere."""
    pattern = re.compile(r"(?<![\w.])/(work|root|farm)/[A-Za-z._]")
    here = Path(__file__)
    texts = [
        path
        for folder in (*FOLDERS, "tests", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".yaml", ".toml", ".ini", ".j2") and path != here
    ]
    assert [named(path) for path in texts if pattern.search(path.read_text())] == []
