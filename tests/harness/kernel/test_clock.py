"""The due-queue: order, cancelling, clusters that meet at the fleet's acts."""

import pickle

import pytest

from seatrial.harness.kernel.clock import Kernel, Ran
from seatrial.harness.kernel.errors import Bug
from seatrial.harness.kernel.time import SECOND


class Diary:
    """Writes down what it was told, and when."""

    def __init__(self, agenda, pages):
        self.agenda = agenda
        self.pages = pages

    def note(self, *words):
        self.pages.append((self.agenda.now(), self.agenda.index, *words))

    def repeat(self, period):
        self.note("tick")
        self.agenda.after(period, "diary", "repeat", period)


def make_kernel(clusters=2):
    kernel, pages = Kernel(0, clusters), []
    for agenda in kernel.agendas:
        agenda.enlist("diary", Diary(agenda, pages))
    return kernel, pages


def test_acts_happen_by_time_and_ties_in_the_order_of_planning():
    kernel, pages = make_kernel(1)
    agenda = kernel.agendas[1]
    agenda.at(5, "diary", "note", "second")
    agenda.at(5, "diary", "note", "third")
    agenda.at(1, "diary", "note", "first")

    assert kernel.run(10) is Ran.QUIET
    assert [page[2] for page in pages] == ["first", "second", "third"]


def test_a_cancelled_act_never_happens_and_cancelling_is_safe_twice():
    kernel, pages = make_kernel(1)
    timer = kernel.agendas[1].at(5, "diary", "note", "never")
    kernel.agendas[1].cancel(timer)
    kernel.agendas[1].cancel(timer)

    kernel.run(10)

    assert pages == []


def test_many_cancelled_acts_are_swept_without_losing_the_others():
    kernel, pages = make_kernel(1)
    timers = [kernel.agendas[1].at(when, "diary", "note", when) for when in range(1000)]
    for when, timer in enumerate(timers):
        if when % 10:
            kernel.agendas[1].cancel(timer)

    kernel.run(1000)

    assert [page[2] for page in pages] == list(range(0, 1000, 10))


def test_at_one_instant_the_fleet_comes_before_the_clusters_and_these_by_index():
    kernel, pages = make_kernel(2)
    for index in (2, 1, 0):
        kernel.agendas[index].at(7, "diary", "note")

    kernel.run(7)

    assert pages == [(7, 0), (7, 1), (7, 2)]


def test_a_cluster_has_reached_the_fleets_instant_when_the_fleet_acts():
    kernel, pages = make_kernel(1)
    kernel.agendas[1].at(3, "diary", "note", "before")
    kernel.agendas[0].at(5, "diary", "note", "fleet")
    kernel.agendas[1].at(9, "diary", "note", "after")

    kernel.run(20)

    assert [page[2] for page in pages] == ["before", "fleet", "after"]
    assert kernel.agendas[1].now() == 20


@pytest.mark.parametrize("lockstep", [False, True])
def test_each_cluster_lives_the_same_with_and_without_lockstep(lockstep):
    kernel, pages = make_kernel(3)
    kernel.lockstep = lockstep
    for agenda in kernel.agendas[1:]:
        agenda.at(agenda.index, "diary", "repeat", 3)

    kernel.run(30)

    assert [page for page in pages if page[1] == 2] == [(when, 2, "tick") for when in range(2, 31, 3)]


def test_in_lockstep_clusters_pass_each_instant_together():
    kernel, pages = make_kernel(2)
    kernel.lockstep = True
    for agenda in kernel.agendas[1:]:
        agenda.at(1, "diary", "repeat", 4)

    kernel.run(10)

    assert pages == sorted(pages)


def test_a_run_that_leaves_acts_for_later_says_so():
    kernel, _ = make_kernel(1)
    kernel.agendas[1].at(50, "diary", "note")

    assert kernel.run(10) is Ran.STILL_BUSY


def test_a_stopped_run_can_go_on_later():
    kernel, pages = make_kernel(1)
    kernel.agendas[1].enlist("brake", Brake(kernel))
    kernel.agendas[1].at(1, "brake", "pull")
    kernel.agendas[1].at(2, "diary", "note", "late")

    assert kernel.run(5) is Ran.STOPPED
    assert pages == []
    assert kernel.run(5) is Ran.QUIET
    assert pages == [(2, 1, "late")]


def test_a_stop_between_two_runs_ends_the_next_at_once():
    kernel, pages = make_kernel(1)
    kernel.agendas[1].at(1, "diary", "note", "late")

    kernel.stop()

    assert kernel.run(5) is Ran.STOPPED
    assert (pages, kernel.now()) == ([], 0)
    assert kernel.run(5) is Ran.QUIET


class Brake:
    """Stops the run from inside."""

    def __init__(self, kernel):
        self.kernel = kernel

    def pull(self):
        self.kernel.stop()


class Chaser:
    """Plans itself again at the same instant, for ever."""

    def __init__(self, agenda):
        self.agenda = agenda

    def chase(self):
        self.agenda.after(0, "chaser", "chase")


def test_an_actor_that_stops_time_is_named(monkeypatch):
    monkeypatch.setattr("seatrial.harness.kernel.clock.ACTS_PER_INSTANT_MAX", 100)
    kernel = Kernel(0, 1)
    kernel.agendas[1].enlist("chaser", Chaser(kernel.agendas[1]))
    kernel.agendas[1].at(1, "chaser", "chase")

    with pytest.raises(Bug, match="chaser"):
        kernel.run(SECOND)


def test_a_pickled_kernel_goes_on_as_the_first_one_does():
    kernel, pages = make_kernel(1)
    kernel.agendas[1].at(1, "diary", "repeat", 4)
    kernel.run(10)
    twin = pickle.loads(pickle.dumps(kernel))
    kernel.run(30)
    twin.run(30)

    assert twin.agendas[1].actors["diary"].pages == pages
