"""What is on the disk when a run is killed."""

import os
import stat
import tempfile

import pytest

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.substrates.kind.cluster import bears_mark
from seatrial.harness.substrates.kind.journal import Journal, RunFolder, abandoned, unhealed


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

    os.close(run._lock)  # what the kernel does when the process is killed
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


def test_the_pulls_that_nobody_took_back_are_told_youngest_first():
    def pull(token):
        return {"do": "pull", "cluster": 1, "verb": "stop_node", "args": {"token": token}}

    entries = [pull("x"), pull("y"), pull("z"), {"do": "healed", "cluster": 1, "token": "y"}]

    assert [entry["args"]["token"] for entry in unhealed(entries)] == ["z", "x"]


def test_only_containers_that_were_born_with_the_runs_mark_are_its_own():
    run = RunFolder.make()

    assert bears_mark({"Mounts": [{"Source": str(run.birth_mark)}]}, run.birth_mark)
    assert not bears_mark({"Mounts": [{"Source": "/lib/modules"}]}, run.birth_mark)
    assert not bears_mark({"Mounts": []}, run.birth_mark)
    run.remove()
