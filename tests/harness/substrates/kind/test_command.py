"""Programs of others: deadlines, failures, and a stop in the middle."""

import pytest

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.substrates.kind.command import CommandFailed, run


def test_what_a_program_says_is_returned():
    assert run(["cat"], deadline=10, text="hello") == "hello"


def test_a_program_that_is_not_installed_is_not_available():
    with pytest.raises(Unavailable, match="no-such-program is not installed"):
        run(["no-such-program"], deadline=10)


def test_a_failure_is_told_by_its_error_lines():
    script = "echo chatter >&2; echo 'ERROR: failed to create cluster' >&2; echo goroutine >&2; exit 1"

    with pytest.raises(CommandFailed, match=r"ERROR: failed to create cluster$"):
        run(["sh", "-c", script], deadline=10)


def test_a_program_that_does_not_end_is_ended_with_all_that_it_runs():
    with pytest.raises(CommandFailed, match="no end after"):
        run(["sh", "-c", "sleep 60 & sleep 60"], deadline=0.1)


def test_a_stop_ends_it_as_an_interrupt():
    told = []

    with pytest.raises(KeyboardInterrupt):
        run(["sleep", "60"], deadline=60, stop=lambda: True, begun=told.append)
    assert len(told) == 1
