"""One simulated cluster: every stand-in, wired."""

from __future__ import annotations

from seatrial.fakes.controllers.attach_detach import AttachDetach
from seatrial.fakes.controllers.cloud_node_lifecycle import CloudNodeLifecycle
from seatrial.fakes.controllers.cronjob import CronJobController
from seatrial.fakes.controllers.daemonset import DaemonSetController
from seatrial.fakes.controllers.deployment import DeploymentController
from seatrial.fakes.controllers.disruption import DisruptionController
from seatrial.fakes.controllers.endpointslice import EndpointSliceController
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.job import JobController
from seatrial.fakes.controllers.namespace import NamespaceController
from seatrial.fakes.controllers.node_lifecycle import PERIOD, NodeLifecycle
from seatrial.fakes.controllers.persistent_volume import PersistentVolumeController
from seatrial.fakes.controllers.pod_gc import PodGC
from seatrial.fakes.controllers.replicaset import ReplicaSetController, ReplicationControllerController
from seatrial.fakes.controllers.resource_quota import ResourceQuotaController
from seatrial.fakes.controllers.serviceaccount import ServiceAccountController
from seatrial.fakes.controllers.statefulset import StatefulSetController
from seatrial.fakes.controllers.taint_eviction import TaintEviction
from seatrial.fakes.controllers.ttl import TtlController
from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.crds import CRDS, resource_of
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.kube.tables import Tables
from seatrial.fakes.kubelet.kubelets import WATCHED, Kubelets
from seatrial.fakes.network.flows import Traffic
from seatrial.fakes.network.links import Links
from seatrial.fakes.scheduler.scheduler import Scheduler
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream, Streams
from seatrial.harness.ports.controller import Controller
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.fleet import ClusterPlan
from seatrial.harness.ports.kube import Client, Kube, WatchEvent
from seatrial.harness.ports.note import Note
from seatrial.harness.substrates.nodes import ZONE_LABEL, node_objects, zone_name
from seatrial.harness.world.host import Host

__all__ = ["SimCluster"]

BOOTSTRAP = Client(name="bootstrap", user_agent="kubeadm", place="control-plane")
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
PRIORITY_CLASSES = (("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000))


class SimCluster:
    """Store, API server, controllers, scheduler, kubelets, network of one cluster, on one agenda."""

    def __init__(
        self, plan: ClusterPlan, agenda: Agenda, streams: Streams, note: Note, *, freezing: bool, chatty: bool = False
    ) -> None:
        self.plan = plan
        self._streams = streams
        self.agenda = agenda
        self.note = note
        self.links = Links()
        self.schema = Schema(_minor(plan.version))
        self.store = Store(agenda, note, freezing=freezing)
        view = self.store.tables
        self.api = ApiServer(plan.name, agenda, self.store, self.schema, self.links, streams, note)
        self.kubelets = Kubelets(agenda, self.api, view, self.store, self.links, streams, note, chatty=chatty)
        self.controllers = Host("kube-controller-manager", agenda, self.api, view, self.links, note)
        for controller in self._controllers():
            self.controllers.add(controller)
        self.scheduler = Host("kube-scheduler", agenda, self.api, view, self.links, note)
        self.scheduler.add(Scheduler(streams.stream(plan.name, "scheduler", "ties"), minor=_minor(plan.version)))
        nodes = node_objects(plan)
        self.zones = tuple(sorted({zone for node in nodes if (zone := _zone(node))}))
        self.traffic = Traffic(agenda, view, self.kubelets, self.links, note, self.zones, open=False)
        self._wire()
        self.links.set_etcd(tuple(zone_name(plan.region, zone) for zone in plan.etcd_zones))
        self._populate(nodes)

    def kube(self, client: Client) -> Kube:
        """A client of this cluster."""
        return self.api.kube(client)

    # What stand-ins of the platform may touch (fakes.platform.yard.Yard).

    @property
    def shelf(self) -> Tables:
        """The stored objects, below the API."""
        return self.store.tables

    def add_controller(self, controller: Controller) -> None:
        """Run a controller beside the cluster's own."""
        known = frozenset(self.controllers.watched())
        self.controllers.add(controller)
        for resource in self.controllers.watched():
            if resource not in known:
                self.store.subscribe(resource, self.controllers.informers)

    def remove_controller(self, name: str) -> None:
        """Switch one of the cluster's controllers off. Raises BadInput naming those that there are."""
        if name not in self.controllers.names():
            raise BadInput(f"there is no controller {name!r}; there are {', '.join(self.controllers.names())}")
        self.controllers.drop(name)

    def replace_scheduler(self, scheduler: Controller) -> None:
        """Let another scheduler bind the pods."""
        for name in self.scheduler.names():
            self.scheduler.drop(name)
        self.scheduler.add(scheduler)

    def stream(self, name: str) -> Stream:
        """Randomness of its own for a stand-in."""
        return self._streams.stream(self.plan.name, "platform", name)

    def _node_lifecycle(self) -> NodeLifecycle:
        """Its passes do not begin with the world, and which node of a zone comes next is chance, as in Go's maps."""
        phase = self._streams.stream(self.plan.name, "node-lifecycle", "phase").below(PERIOD)
        order = self._streams.stream(self.plan.name, "node-lifecycle", "order")
        return NodeLifecycle(policy=self.plan.node_lifecycle, phase=phase, order=order)

    def _controllers(self) -> tuple[Controller, ...]:
        return (
            NamespaceController(),
            ServiceAccountController(),
            GarbageCollector(),
            DeploymentController(),
            ReplicaSetController(),
            ReplicationControllerController(),
            StatefulSetController(),
            DaemonSetController(),
            JobController(),
            CronJobController(),
            TtlController(),
            EndpointSliceController(),
            self._node_lifecycle(),
            CloudNodeLifecycle(),
            TaintEviction(),
            DisruptionController(),
            PodGC(),
            PersistentVolumeController(),
            AttachDetach(),
            ResourceQuotaController(),
        )

    def _wire(self) -> None:
        """Who is told of what, in an order that never changes: it is part of every history."""
        for host in (self.controllers, self.scheduler):
            for resource in host.watched():
                self.store.subscribe(resource, host.informers)
        self.agenda.enlist("kubelets", self.kubelets)
        self.links.subscribe(self.kubelets)
        for resource in WATCHED:
            self.store.subscribe(resource, self.kubelets)
        for resource in self.traffic.watched:
            self.store.subscribe(resource, self.traffic)
        self.store.subscribe(CRDS, CustomKinds(self.store, self.controllers))

    def _populate(self, nodes: list[Obj]) -> None:
        """What every cluster has from its birth."""
        kube = self.kube(BOOTSTRAP)
        for name in NAMESPACES:
            kube.create("namespaces", "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for name, value in PRIORITY_CLASSES:
            kube.create("priorityclasses.scheduling.k8s.io", "", _priority_class(name, value))
        kube.create("storageclasses.storage.k8s.io", "", STORAGE_CLASS)
        kube.create("services", "default", _api_service())
        for node in nodes:
            self.add_node(node)

    def add_node(self, node: Obj) -> None:
        """A machine joins: its Node object is registered and its kubelet begins to report."""
        self.links.locate(f"node/{node['metadata']['name']}", _zone(node))
        self.kubelets.add_node(node)

    def census(self) -> None:
        """One record for each resource that the API serves: who is there, at which version."""
        for resource in self.store.tables.resources():
            versions = {
                f"{meta.get('namespace', '')}/{meta['name']}": int(meta["resourceVersion"])
                for obj in self.store.tables.list(resource)
                if "resourceVersion" in (meta := obj["metadata"])
            }
            if versions:
                self.note.write("census", "census", Key("census", "", resource), None, {"versions": versions})


class CustomKinds:
    """A watcher of definitions: the garbage collector is told of objects of every kind that is defined."""

    def __init__(self, store: Store, host: Host) -> None:
        self._store = store
        self._host = host

    def on_event(self, event: WatchEvent) -> None:
        """A definition has come, changed or gone."""
        resource = resource_of(event.obj)
        known = resource in self._host.watched()
        self._host.also_watch(GarbageCollector.name, resource, "changed")
        if not known:
            self._store.subscribe(resource, self._host.informers)


def _minor(version: str) -> str:
    return ".".join(version.removeprefix("v").split(".")[:2])


def _zone(node: Obj) -> str:
    zone: str = node["metadata"].get("labels", {}).get(ZONE_LABEL, "")
    return zone


def _priority_class(name: str, value: int) -> Obj:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": value,
        "description": "Used for system critical pods.",
    }


def _api_service() -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kubernetes", "labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "https", "port": 443, "targetPort": 6443}]},
    }


# EKS ships gp2; new clusters are told to make gp3 theirs. Binding waits for the pod, so volumes follow its zone.
STORAGE_CLASS: Obj = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "gp3", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "ebs.csi.aws.com",
    "volumeBindingMode": "WaitForFirstConsumer",
    "reclaimPolicy": "Delete",
}
