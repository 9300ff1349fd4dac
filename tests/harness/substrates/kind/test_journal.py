"""What is on the disk when a run is killed."""

import json
import os
import signal
import stat
import subprocess
import tempfile

import pytest

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.substrates.kind.cluster import bears_mark
from seatrial.harness.substrates.kind.journal import Journal, RunFolder, abandoned


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_runs_files_are_its_owners_alone():
    run = RunFolder.make()

    file = run.file("kubeconfig", "secret")

    assert stat.S_IMODE(run.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    run.remove()
    assert not run.folder.exists()


def test_a_run_that_lives_is_not_abandoned():
    run = RunFolder.make()

    assert list(abandoned()) == []

    os.close(run.lock)  # what the kernel does when the process is killed
    found = list(abandoned())
    assert [(one.id, one.nonce) for one in found] == [(run.id, run.nonce)]


def test_a_folder_that_somebody_else_may_write_to_is_not_used(folder):
    planted = folder / f"seatrial-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)

    with pytest.raises(Unavailable, match="not ours alone"):
        RunFolder.make()


def test_a_line_that_a_crash_cut_off_is_left_out(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write({"do": "cluster", "name": "one"})
    with journal.path.open("a") as file:
        file.write('{"do": "clus')

    assert journal.read() == [{"do": "cluster", "name": "one"}]


def test_what_a_killed_run_had_started_is_ended_before_its_folder_is_taken_over():
    run = RunFolder.make()
    left = subprocess.Popen(["sleep", "60"], pass_fds=(run.lock,), start_new_session=True)
    run.note_process(left.pid)
    os.close(run.lock)

    assert list(abandoned()) == []  # this very process is the run's, and alive

    entries = run.journal.read()
    run.journal.path.write_text(
        json.dumps({**entries[0], "pid": gone_process()}) + "\n" + json.dumps(entries[1]) + "\n"
    )
    assert [one.id for one in abandoned()] == [run.id]
    assert left.wait() == -signal.SIGKILL


def gone_process():
    done = subprocess.Popen(["true"])
    done.wait()
    return done.pid


def test_only_containers_that_were_born_with_the_runs_mark_are_its_own():
    run = RunFolder.make()

    assert bears_mark({"Mounts": [{"Source": str(run.birth_mark)}]}, run.birth_mark)
    assert not bears_mark({"Mounts": [{"Source": "/lib/modules"}]}, run.birth_mark)
    assert not bears_mark({"Mounts": []}, run.birth_mark)
    run.remove()
