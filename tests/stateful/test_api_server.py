"""The API server against a small model: whatever is asked in whatever order, both say the same.

The model is a dict of what each object must be; the machine knows the rules of locks, finalizers, generation, owners
of fields and watches, and nothing of how they are built.
"""

from __future__ import annotations

import pickle
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.kube import AlreadyExists, Client, Conflict, Gone, NotFound

INGRESSES = "ingresses.networking.k8s.io"
NAMES = st.sampled_from(["a", "b", "c"])
SPACES = st.sampled_from(["default", "other"])
CLASSES = st.sampled_from(["red", "green", "blue"])
FINALIZERS = st.lists(st.sampled_from(["x.io/one", "x.io/two"]), max_size=2, unique=True)
LABELS = st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"]), max_size=2)
MANAGERS = st.sampled_from(["alice", "bob"])

Place = tuple[str, str]


class ApiServerMachine(RuleBasedStateMachine):
    """Ingresses: they have spec, status, generation, and nobody who touches them."""

    versions = Bundle("versions")

    @initialize()
    def start(self) -> None:
        self.agenda = Agenda(1, START)
        note = Recorder(self.agenda)
        self.store = Store(self.agenda, note, freezing=True)
        self.api = ApiServer("c", self.agenda, self.store, Schema("1.36"), Links(), Streams(3), note)
        self.model: dict[Place, dict[str, Any]] = {}
        self.uids: set[str] = set()
        for name in ("default", "other"):
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.kube("boot").create("namespaces", "", namespace)
        self.watched_from = self.kube("w").list(INGRESSES)["metadata"]["resourceVersion"]
        self.mirror: dict[Place, Any] = {}

    def kube(self, manager: str) -> Any:
        return self.api.kube(Client("tester", "tester/1", field_manager=manager))

    def body(self, name: str, colour: str, **meta: Any) -> dict[str, Any]:
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": name, **meta},
            "spec": {
                "ingressClassName": colour,
                "defaultBackend": {"service": {"name": "s", "port": {"number": 80}}},
            },
        }

    def known(self, place: Place, call: Any) -> Any:
        """Call; the object must be there exactly when the model says so."""
        try:
            answer = call()
        except NotFound:
            assert place not in self.model
            return None
        assert place in self.model
        return answer

    @rule(target=versions, space=SPACES, name=NAMES, colour=CLASSES, labels=LABELS, finalizers=FINALIZERS)
    def create(self, space: str, name: str, colour: str, labels: dict[str, str], finalizers: list[str]) -> Any:
        try:
            made = self.kube("alice").create(
                INGRESSES, space, self.body(name, colour, labels=labels, finalizers=finalizers)
            )
        except AlreadyExists:
            assert (space, name) in self.model
            return multiple()
        assert (space, name) not in self.model
        assert made["metadata"]["uid"] not in self.uids
        self.uids.add(made["metadata"]["uid"])
        self.model[space, name] = {
            "uid": made["metadata"]["uid"],
            "colour": colour,
            "labels": labels,
            "finalizers": finalizers,
            "generation": 1,
            "dying": False,
            "address": "",
        }
        return made

    @rule(target=versions, old=consumes(versions), colour=CLASSES, labels=LABELS)
    def update_from_a_version(self, old: Any, colour: str, labels: dict[str, str]) -> Any:
        """A PUT of something read before succeeds exactly if nothing has happened to it since."""
        meta = old["metadata"]
        place = (meta["namespace"], meta["name"])
        live = self.store.get(INGRESSES, *place)
        fresh = live is not None and live["metadata"]["resourceVersion"] == meta["resourceVersion"]
        body = {**old, "metadata": {**meta, "labels": labels}, "spec": {**old["spec"], "ingressClassName": colour}}
        try:
            new = self.kube("alice").update(INGRESSES, place[0], body)
        except NotFound:
            assert live is None
            return multiple()
        except Conflict:
            assert not fresh
            return multiple()
        assert fresh
        known = self.model[place]
        known["labels"] = labels
        if known["colour"] != colour:
            known["colour"] = colour
            known["generation"] += 1
        return new

    @rule(space=SPACES, name=NAMES, colour=CLASSES)
    def patch_spec(self, space: str, name: str, colour: str) -> None:
        place = (space, name)
        patch = {"spec": {"ingressClassName": colour}, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.99"}]}}}
        if self.known(place, lambda: self.kube("bob").patch(INGRESSES, space, name, patch)):
            known = self.model[place]
            if known["colour"] != colour:
                known["colour"] = colour
                known["generation"] += 1

    @rule(space=SPACES, name=NAMES, number=st.integers(1, 3))
    def patch_status(self, space: str, name: str, number: int) -> None:
        place = (space, name)
        address = f"192.0.2.{number}"
        patch = {"spec": {"ingressClassName": "never"}, "status": {"loadBalancer": {"ingress": [{"ip": address}]}}}
        if self.known(place, lambda: self.kube("bob").patch(INGRESSES, space, name, patch, subresource="status")):
            self.model[place]["address"] = address

    @rule(space=SPACES, name=NAMES, finalizers=FINALIZERS)
    def set_finalizers(self, space: str, name: str, finalizers: list[str]) -> None:
        place = (space, name)
        known = self.model.get(place)
        if known is not None and known["dying"]:
            finalizers = [finalizer for finalizer in known["finalizers"] if finalizer in finalizers]
        patch = {"metadata": {"finalizers": finalizers or None}}
        if self.known(place, lambda: self.kube("bob").patch(INGRESSES, space, name, patch)):
            self.model[place]["finalizers"] = finalizers
            if self.model[place]["dying"] and not finalizers:
                del self.model[place]

    @rule(space=SPACES, name=NAMES, dry_run=st.booleans())
    def delete(self, space: str, name: str, dry_run: bool) -> None:
        place = (space, name)
        if self.known(place, lambda: self.kube("bob").delete(INGRESSES, space, name, dry_run=dry_run)) and not dry_run:
            known = self.model[place]
            if not known["finalizers"]:
                del self.model[place]
            elif not known["dying"]:
                known["dying"] = True
                known["generation"] += 1

    @rule(space=SPACES, name=NAMES, colour=CLASSES, manager=MANAGERS)
    def apply_by_force(self, space: str, name: str, colour: str, manager: str) -> None:
        place = (space, name)
        config = self.body(name, colour)
        before = self.model.get(place)
        made = self.kube(manager).patch(INGRESSES, space, name, config, kind="apply", force=True)
        if before is None:
            self.uids.add(made["metadata"]["uid"])
            self.model[place] = {
                "uid": made["metadata"]["uid"],
                "colour": colour,
                "labels": {},
                "finalizers": [],
                "generation": 1,
                "dying": False,
                "address": "",
            }
        elif before["colour"] != colour:
            before["colour"] = colour
            before["generation"] += 1

    @rule(limit=st.integers(1, 3))
    def lists_in_chunks_are_the_whole_list(self, limit: int) -> None:
        kube = self.kube("reader")
        whole = kube.list(INGRESSES)
        seen, token = [], ""
        while True:
            chunk = kube.list(INGRESSES, limit=limit, token=token)
            seen += chunk["items"]
            token = chunk["metadata"].get("continue", "")
            if not token:
                break
        assert seen == whole["items"]

    @rule()
    def remember_a_moment(self) -> None:
        self.moment = self.kube("reader").list(INGRESSES)

    @precondition(lambda self: getattr(self, "moment", None) is not None)
    @rule()
    def the_past_is_what_it_was(self) -> None:
        try:
            past = self.kube("reader").list(
                INGRESSES, version=self.moment["metadata"]["resourceVersion"], match="Exact"
            )
        except Gone:
            return
        assert past == self.moment

    @rule(key=st.sampled_from(["k", "l"]), value=st.sampled_from(["1", "2"]))
    def selectors_select(self, key: str, value: str) -> None:
        found = self.kube("reader").list(INGRESSES, labels=f"{key}={value}")["items"]
        names = {(obj["metadata"]["namespace"], obj["metadata"]["name"]) for obj in found}
        assert names == {place for place, known in self.model.items() if known["labels"].get(key) == value}

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.agenda.time += seconds * SECOND

    @rule()
    def a_pickled_server_is_the_same_server(self) -> None:
        twin = pickle.loads(pickle.dumps(self.api))
        ours, theirs = self.kube("p"), twin.kube(Client("tester", "tester/1"))
        assert theirs.list(INGRESSES) == ours.list(INGRESSES)

    @rule()
    def a_watch_brings_a_mirror_up_to_date(self) -> None:
        kube = self.kube("watcher")
        try:
            events = list(kube.watch(INGRESSES, since=self.watched_from))
        except Gone:
            events = []
            self.mirror = {}
            for event in kube.watch(INGRESSES):
                self.mirror[event.obj["metadata"]["namespace"], event.obj["metadata"]["name"]] = event.obj
        last = int(self.watched_from)
        for event in events:
            assert event.resource_version > last
            last = event.resource_version
            place = (event.obj["metadata"]["namespace"], event.obj["metadata"]["name"])
            assert (event.type == "ADDED") is (place not in self.mirror)
            if event.type == "DELETED":
                del self.mirror[place]
            else:
                self.mirror[place] = event.obj
        self.watched_from = kube.list(INGRESSES)["metadata"]["resourceVersion"]
        assert sorted(self.mirror) == sorted(self.model)
        for place, obj in self.mirror.items():
            assert obj == self.store.get(INGRESSES, *place)

    @invariant()
    def the_server_has_what_the_model_has(self) -> None:
        if not hasattr(self, "model"):
            return
        found = {
            (obj["metadata"]["namespace"], obj["metadata"]["name"]): obj
            for obj in self.kube("reader").list(INGRESSES)["items"]
        }
        assert sorted(found) == sorted(self.model)
        for place, known in self.model.items():
            obj = found[place]
            meta = obj["metadata"]
            ingress = obj["status"].get("loadBalancer", {}).get("ingress", [])
            assert meta["uid"] == known["uid"]
            assert obj["spec"]["ingressClassName"] == known["colour"]
            assert meta.get("labels", {}) == known["labels"]
            assert meta.get("finalizers", []) == known["finalizers"]
            assert meta["generation"] == known["generation"]
            assert ("deletionTimestamp" in meta) is known["dying"]
            assert [entry["ip"] for entry in ingress] == ([known["address"]] if known["address"] else [])

    @invariant()
    def every_field_has_its_owner(self) -> None:
        """The colour belongs to somebody; who owns nothing is not listed."""
        if not hasattr(self, "model"):
            return
        kube = self.api.kube(Client("reader"), managed_fields=True)
        for obj in kube.list(INGRESSES)["items"]:
            entries = obj["metadata"]["managedFields"]
            assert all(entry["fieldsV1"] for entry in entries)
            assert any("f:ingressClassName" in entry["fieldsV1"].get("f:spec", {}) for entry in entries)


TestApiServer = ApiServerMachine.TestCase
TestApiServer.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
