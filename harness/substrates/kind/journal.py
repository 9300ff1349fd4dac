"""What a run has made and broken, on disk before it is done: enough for `seatrial clean` after a kill -9.

One folder a run, its owner's alone, under the system's temporary folder; `journal.jsonl` in it, one entry a line, each
flushed to the disk. A run holds a lock on its folder for as long as it lives, so that `clean` never touches a live one.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

from seatrial.harness.kernel.errors import Unavailable

__all__ = ["Journal", "RunFolder", "abandoned", "root_folder"]

Entry = dict[str, Any]
TAKE_OVER_TRIES = 20
TAKE_OVER_SECONDS = 0.25


def root_folder() -> Path:
    """Where the folders of runs are. Raises Unavailable where somebody else has put something in its place."""
    folder = Path(tempfile.gettempdir()) / f"seatrial-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if facts.st_uid != os.getuid() or folder.is_symlink() or facts.st_mode & 0o077:
        raise Unavailable(f"{folder} is not ours alone (owner, link or mode); remove it, or set TMPDIR")
    return folder


class Journal:
    """Appends entries; an entry is on the disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, entry: Entry) -> None:
        """Append one."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Entry]:
        """All entries; a last line that was cut off by a crash is left out: its deed was not begun."""
        if not self.path.exists():
            return []
        entries = []
        for line in self.path.read_text("utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries


class RunFolder:
    """A run's own folder: kubeconfigs, keys, journal, and the birth mark that its containers carry."""

    def __init__(self, folder: Path, nonce: str) -> None:
        self.folder = folder
        self.id = folder.name
        self.nonce = nonce
        self.journal = Journal(folder / "journal.jsonl")
        self.lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self.lock)
            raise

    @classmethod
    def make(cls) -> RunFolder:
        """A new one."""
        folder = root_folder() / secrets.token_hex(4)
        folder.mkdir(mode=0o700)
        nonce = secrets.token_hex(16)
        made = cls(folder, nonce)
        made.birth_mark.mkdir(mode=0o755)
        made.journal.write({"do": "run", "nonce": nonce, "pid": os.getpid()})
        return made

    @property
    def birth_mark(self) -> Path:
        """A folder that every node container mounts: its name tells whose the container is, from its first moment."""
        return self.folder / f"owner-{self.nonce}"

    def note_process(self, pid: int) -> None:
        """A process of ours that would go on without us."""
        self.journal.write({"do": "process", "pid": pid})

    def file(self, name: str, text: str = "") -> Path:
        """A file of the run, readable by its owner alone."""
        path = self.folder / name
        descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def remove(self) -> None:
        """Nothing of the run is left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lock)


def abandoned() -> Iterator[RunFolder]:
    """The folders of runs whose process is gone; a live run keeps its lock and is passed over."""
    root = Path(tempfile.gettempdir()) / f"seatrial-{os.getuid()}"
    if not root.is_dir():
        return
    root = root_folder()
    for folder in sorted(root.iterdir()):
        if folder.is_dir():
            found = _take_over(folder)
            if found is not None:
                yield found


def _take_over(folder: Path) -> RunFolder | None:
    """A run's folder, if its process is gone; what it had started and left behind is ended first."""
    entries = Journal(folder / "journal.jsonl").read()
    head = next((entry for entry in entries if entry.get("do") == "run"), {})
    for patience in range(TAKE_OVER_TRIES):
        try:
            return RunFolder(folder, head.get("nonce", ""))
        except BlockingIOError:
            if _alive(head.get("pid", 0)):
                return None
            # The lock is held by what the run has left: whose number it is, the lock proves.
            if patience == 0:
                for entry in entries:
                    if entry.get("do") == "process" and _alive(entry["pid"]):
                        os.killpg(entry["pid"], signal.SIGKILL)  # and the docker commands that it runs
            sleep(TAKE_OVER_SECONDS)
    return None


def _alive(pid: int) -> bool:
    if not pid:
        return True  # a run that has not said its number is only just beginning
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
