"""The host: queues, back-off, commits that take time, views that go stale."""

import pytest

from seatrial.fakes.kube.store import Store
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.errors import Bug
from seatrial.harness.kernel.time import MILLISECOND, SECOND
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Conflict, Unreachable, Write
from seatrial.harness.world.host import Host

WEB = Key("things", "default", "web")


class Door:
    """Links with one way: from the controllers to the API."""

    def __init__(self):
        self.shut = False
        self.listeners = []

    def exchange(self, source, target):
        return not self.shut

    def subscribe(self, listener):
        self.listeners.append(listener)

    def set(self, shut):
        self.shut = shut
        for listener in self.listeners:
            listener.links_changed()


class DirectApi:
    """Writes straight into a store; answers with `price` or with the errors that were put in."""

    def __init__(self, store, door):
        self.store = store
        self.door = door
        self.price = 0
        self.errors = []

    def cost(self, client, verb, resource):
        if self.door.shut:
            raise Unreachable("connection refused")
        return self.price

    def submit(self, write, client):
        if self.errors:
            raise self.errors.pop(0)
        return self.store.put(write.key.resource, write.body, actor=client.name)


class Counter:
    """Raises status.count of each thing to spec.want, one step a turn."""

    name = "counter"
    watches = (Watch("things"),)
    workers = 1

    def __init__(self):
        self.seen = []
        self.refused = []

    def reconcile(self, key, view, now):
        thing = view.get(*key)
        self.seen.append((now, None if thing is None else thing["status"]["count"]))
        if thing is None or thing["status"]["count"] >= thing["spec"]["want"]:
            return DONE
        return Next((Write("update", key, {**thing, "status": {"count": thing["status"]["count"] + 1}}),))

    def failed(self, write, error, now):
        self.refused.append((now, error.reason))


class Setup:
    def __init__(self, controller=None):
        self.kernel = Kernel(0, 1)
        agenda = self.kernel.agendas[1]
        self.recorder = Recorder(agenda)
        self.store = Store(agenda, self.recorder)
        self.door = Door()
        self.api = DirectApi(self.store, self.door)
        self.host = Host("kcm", agenda, self.api, self.store.tables, self.door, self.recorder)
        self.controller = controller or Counter()
        self.host.add(self.controller)
        self.store.subscribe("things", self.host.informers)

    def add(self, want=1):
        meta = {"name": "web", "namespace": "default"}
        self.store.put("things", {"metadata": meta, "spec": {"want": want}, "status": {"count": 0}}, actor="user")

    def count(self):
        return self.store.get(*WEB)["status"]["count"]


def test_a_controller_works_until_its_object_is_as_wanted():
    setup = Setup()
    setup.add(want=3)

    setup.kernel.run(SECOND)

    assert setup.count() == 3


def test_with_a_slow_api_a_write_commits_later_and_the_key_waits_for_it():
    setup = Setup()
    setup.api.price = 2 * SECOND
    setup.add(want=2)

    setup.kernel.run(3 * SECOND)
    assert setup.count() == 1
    setup.kernel.run(5 * SECOND)
    assert setup.count() == 2


def test_an_error_is_told_noted_and_retried_with_growing_delays():
    setup = Setup()
    setup.api.errors = [Conflict("changed"), Conflict("changed"), Conflict("changed")]
    setup.add()

    setup.kernel.run(SECOND)

    assert [when for when, _ in setup.controller.refused] == [0, 5 * MILLISECOND, 15 * MILLISECOND]
    assert [record.new["reason"] for record in setup.recorder.records if record.verb == "reject"] == ["Conflict"] * 3
    assert setup.count() == 1


def test_a_tolerated_error_is_success():
    class Tolerant(Counter):
        def reconcile(self, key, view, now):
            super().reconcile(key, view, now)
            return Next((Write("update", key, {}, tolerate=("Conflict",)),)) if len(self.seen) == 1 else DONE

    setup = Setup(Tolerant())
    setup.api.errors = [Conflict("changed")]
    setup.add()

    setup.kernel.run(SECOND)

    assert setup.controller.refused == []
    assert len(setup.controller.seen) == 1


def test_independent_writes_go_on_after_an_error():
    class Binder(Counter):
        def reconcile(self, key, view, now):
            thing = view.get(*key)
            self.seen.append(now)
            if len(self.seen) > 1:
                return DONE
            other = {**thing, "metadata": {**thing["metadata"], "name": "other"}}
            return Next((Write("update", key, thing), Write("create", WEB._replace(name="other"), other)), None, True)

    setup = Setup(Binder())
    setup.api.errors = [Conflict("changed")]
    setup.add()

    setup.kernel.run(SECOND)

    assert setup.store.get("things", "default", "other") is not None
    assert setup.controller.refused == [(0, "Conflict")]


def test_while_cut_off_a_controller_sees_the_old_state_and_catches_up_afterwards():
    setup = Setup()
    setup.add(want=0)
    setup.kernel.run(SECOND)
    setup.door.set(True)
    thing = setup.store.get(*WEB)
    setup.store.put("things", {**thing, "spec": {"want": 1}}, actor="user")

    assert setup.host.informers.view.get(*WEB)["spec"]["want"] == 0
    setup.door.set(False)
    setup.kernel.run(10 * SECOND)
    assert setup.count() == 1


def test_what_was_created_and_deleted_during_a_cut_is_never_seen():
    setup = Setup()
    setup.door.set(True)
    setup.add()
    setup.store.remove(WEB, actor="user")
    setup.door.set(False)

    setup.kernel.run(10 * SECOND)

    assert setup.controller.seen == []


def test_a_timer_brings_the_key_back_once():
    class Sleeper(Counter):
        def reconcile(self, key, view, now):
            self.seen.append(now)
            return again(7 * SECOND) if len(self.seen) == 1 else DONE

    setup = Setup(Sleeper())
    setup.add()

    setup.kernel.run(60 * SECOND)

    assert setup.controller.seen == [0, 7 * SECOND]


def test_a_controller_that_chases_its_own_writes_is_stopped_by_name():
    class Chaser(Counter):
        def reconcile(self, key, view, now):
            thing = view.get(*key)
            return Next((Write("update", key, {**thing, "status": {"count": thing["status"]["count"] + 1}}),))

    setup = Setup(Chaser())
    setup.add()

    with pytest.raises(Bug, match="counter is chasing its own writes at things/default/web"):
        setup.kernel.run(SECOND)


class Forgetful(Counter):
    """Counts its lives by what it remembers."""

    def reconcile(self, key, view, now):
        self.seen.append(now)
        return DONE


def test_a_process_that_cannot_renew_its_lease_ends_and_starts_anew_without_memory():
    setup = Setup(Forgetful())
    setup.add()
    setup.kernel.run(SECOND)
    first = setup.host.controller("counter")
    setup.door.set(True)
    setup.kernel.run(20 * SECOND)
    setup.door.set(False)
    setup.kernel.run(40 * SECOND)

    second = setup.host.controller("counter")
    assert second is not first
    assert second.seen == [23 * SECOND]


def test_a_short_cut_costs_no_leadership():
    setup = Setup(Forgetful())
    setup.add()
    setup.kernel.run(SECOND)
    first = setup.host.controller("counter")
    setup.door.set(True)
    setup.kernel.run(9 * SECOND)
    setup.door.set(False)
    setup.kernel.run(40 * SECOND)

    assert setup.host.controller("counter") is first
