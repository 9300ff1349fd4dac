"""Custom resources in a whole simulated cluster: who owns what, and what goes with whom."""

import pytest

from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.fleet import ClusterPlan, FleetPlan, NodeGroup
from seatrial.harness.ports.kube import Client, NotFound
from seatrial.harness.substrates.sim import SimFleet
from seatrial.harness.world.fork import Snapshot

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
WIDGETS = "widgets.x.io"
OPERATOR = Client("operator")


class Yard:
    """A cluster of one node that serves widgets, with a namespace `shop`."""

    def __init__(self):
        plan = FleetPlan((ClusterPlan("c1", nodegroups=(NodeGroup("apps", ("a",), 1),)),))
        self.kernel = Kernel(START, 1)
        self.fleet = SimFleet(plan, self.kernel, tuple(Recorder(agenda) for agenda in self.kernel.agendas))
        self.kube = self.fleet.kube(1, OPERATOR)
        self.kube.create("namespaces", "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        self.define()

    def define(self):
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
        names = {"plural": "widgets", "kind": "Widget"}
        self.kube.create(
            CRDS,
            "",
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": WIDGETS},
                "spec": {"group": "x.io", "scope": "Namespaced", "names": names, "versions": versions},
            },
        )

    def widget(self, name, owner=None):
        meta = {"name": name, **({"ownerReferences": [owner]} if owner else {})}
        made = self.kube.create(WIDGETS, "shop", {"apiVersion": "x.io/v1", "kind": "Widget", "metadata": meta})
        return {
            "apiVersion": "x.io/v1",
            "kind": "Widget",
            "name": name,
            "uid": made["metadata"]["uid"],
            "blockOwnerDeletion": True,
        }

    def config(self, name, owner):
        meta = {"name": name, "ownerReferences": [owner]}
        self.kube.create("configmaps", "shop", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})

    def wait(self, seconds=2):
        self.kernel.run(self.kernel.agendas[1].time + seconds * SECOND)

    def there(self, resource):
        names = [obj["metadata"]["name"] for obj in self.kube.list(resource, "shop")["items"]]
        return [name for name in names if name != "kube-root-ca.crt"]


@pytest.fixture
def yard():
    return Yard()


def test_what_a_custom_resource_owns_goes_with_it(yard):
    yard.config("settings", yard.widget("w"))
    yard.config("others", yard.widget("v"))
    yard.wait()
    yard.kube.delete(WIDGETS, "shop", "w")
    yard.wait()

    assert yard.there("configmaps") == ["others"]


def test_a_custom_resource_goes_with_its_owner(yard):
    yard.widget("child", owner=yard.widget("parent"))
    yard.wait()
    yard.kube.delete(WIDGETS, "shop", "parent")
    yard.wait()

    assert yard.there(WIDGETS) == []


def test_a_custom_resource_waits_for_its_dependents_in_the_foreground(yard):
    yard.config("settings", yard.widget("w"))
    yard.wait()
    held = yard.kube.delete(WIDGETS, "shop", "w", propagation="Foreground")
    yard.wait()

    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert (yard.there(WIDGETS), yard.there("configmaps")) == ([], [])


def test_orphans_of_a_custom_resource_stay_without_owner(yard):
    yard.config("settings", yard.widget("w"))
    yard.wait()
    yard.kube.delete(WIDGETS, "shop", "w", propagation="Orphan")
    yard.wait()

    assert yard.there(WIDGETS) == []
    assert "ownerReferences" not in yard.kube.get("configmaps", "shop", "settings")["metadata"]


def test_the_end_of_a_definition_takes_what_its_objects_owned(yard):
    yard.config("settings", yard.widget("w"))
    yard.wait()
    yard.kube.delete(CRDS, "", WIDGETS)
    yard.wait()

    assert yard.there("configmaps") == []


def test_a_kind_that_is_defined_anew_is_watched_once(yard):
    yard.kube.delete(CRDS, "", WIDGETS)
    yard.define()
    yard.config("settings", yard.widget("w"))
    yard.wait()
    yard.kube.delete(WIDGETS, "shop", "w")
    yard.wait()

    controllers = yard.fleet.clusters[0].controllers
    assert yard.fleet.clusters[0].store._watchers[WIDGETS] == [controllers.informers]
    assert yard.there("configmaps") == []


def test_a_fork_goes_on_watching(yard):
    yard.config("settings", yard.widget("w"))
    yard.wait()
    twin = Snapshot(yard).fork()
    twin.kube.delete(WIDGETS, "shop", "w")
    twin.wait()

    assert (yard.there("configmaps"), twin.there("configmaps")) == (["settings"], [])


def test_a_namespace_takes_its_custom_resources_with_it(yard):
    yard.config("settings", yard.widget("w"))
    yard.wait()
    yard.kube.delete("namespaces", "", "shop")
    yard.wait(30)

    with pytest.raises(NotFound):
        yard.kube.get("namespaces", "", "shop")
    assert yard.there(WIDGETS) == []
