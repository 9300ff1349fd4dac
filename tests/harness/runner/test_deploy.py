"""What the deployment of an app tells its author."""

import pytest

from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import START
from seatrial.harness.ports.fleet import ClusterPlan, FleetPlan
from seatrial.harness.ports.kube import Client
from seatrial.harness.runner.deploy import deploy
from seatrial.harness.substrates.sim import SimFleet


def warnings_of(*manifests):
    kernel = Kernel(START, 1)
    fleet = SimFleet(FleetPlan((ClusterPlan("c1"),)), kernel, tuple(Recorder(agenda) for agenda in kernel.agendas))
    places = {f"{one['kind']}/{one['metadata']['name']}": "app.yaml:7:1" for one in manifests}
    return deploy(fleet.kube(1, Client("tester")), manifests, places, fleet.check)


def test_an_unknown_field_is_refused_with_its_place():
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}, "spec": {"finaliser": []}}

    with pytest.raises(BadInput, match=r'app.yaml:7:1: .*unknown field "spec.finaliser"'):
        warnings_of(space)


def test_rules_that_are_not_evaluated_are_told():
    rules = [{"rule": "self.size > 0"}]
    spec = {"type": "object", "x-kubernetes-validations": rules, "properties": {"size": {"type": "integer"}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.x.io"},
        "spec": {
            "group": "x.io",
            "scope": "Cluster",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }

    (warning,) = warnings_of(crd)
    assert warning.endswith("widgets.x.io v1: x-kubernetes-validations not evaluated: .spec")


def test_nothing_is_told_of_a_clean_manifest():
    assert warnings_of({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}) == []
