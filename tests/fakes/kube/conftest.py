"""An API server with nothing around it, for tests of its verbs."""

import pytest

from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import START
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Client, Write


class Server:
    """The API server of a cluster with two namespaces; every object refuses to be changed in place."""

    def __init__(self):
        self.agenda = Agenda(1, START)
        self.note = Recorder(self.agenda)
        self.store = Store(self.agenda, self.note, freezing=True)
        self.links = Links()
        self.schema = Schema("1.36")
        self.api = ApiServer("c1", self.agenda, self.store, self.schema, self.links, Streams(7), self.note)
        self.kube = self.client("tester")
        for name in ("default", "other"):
            self.kube.create("namespaces", "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def client(self, name, *, managed=False, **options):
        return self.api.kube(Client(name, f"{name}/1", **options), managed_fields=managed)

    def submit(self, verb, resource, name, body=None, *, by="controller", namespace="default", **options):
        return self.api.submit(Write(verb, Key(resource, namespace, name), body, **options), Client(by, f"{by}/1"))

    def pass_time(self, duration):
        self.agenda.time += duration

    def config(self, name="c", data=None, **meta):
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}, "data": data or {"a": "1"}}

    def pod(self, name="p", labels=None, **spec):
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": labels or {"app": "p"}},
            "spec": {"containers": [{"name": "main", "image": "i:1"}], **spec},
        }

    def running_pod(self, name="p", labels=None, *, ready=True, **spec):
        """A pod that is bound and runs."""
        self.kube.create("pods", "default", self.pod(name, labels, **spec))
        self.submit("bind", "pods", name, "n1")
        pod = self.kube.get("pods", "default", name)
        condition = {"type": "Ready", "status": "True" if ready else "False"}
        status = {**pod["status"], "phase": "Running", "conditions": [condition]}
        return self.submit("update", "pods", name, {**pod, "status": status}, subresource="status", by="kubelet")


@pytest.fixture
def server():
    return Server()
