"""Controllers are plain data: a world with them can be pickled at any moment."""

import pickle

import pytest

from seatrial.fakes.controllers.cronjob import CronJobController
from seatrial.fakes.controllers.daemonset import DaemonSetController
from seatrial.fakes.controllers.deployment import DeploymentController
from seatrial.fakes.controllers.disruption import DisruptionController
from seatrial.fakes.controllers.job import JobController
from seatrial.fakes.controllers.namespace import NamespaceController
from seatrial.fakes.controllers.replicaset import ReplicaSetController, ReplicationControllerController
from seatrial.fakes.controllers.serviceaccount import ServiceAccountController
from seatrial.fakes.controllers.statefulset import StatefulSetController
from seatrial.fakes.controllers.ttl import TtlController
from seatrial.harness.testing.builders import (
    make_cronjob,
    make_daemonset,
    make_deployment,
    make_pdb,
    make_statefulset,
)

ALL = (
    CronJobController,
    DaemonSetController,
    DeploymentController,
    DisruptionController,
    JobController,
    NamespaceController,
    ReplicaSetController,
    ReplicationControllerController,
    ServiceAccountController,
    StatefulSetController,
    TtlController,
)


def busy(yard, seed=1):
    here = yard(*(kind() for kind in ALL), seed=seed)
    here.create(make_deployment("web", replicas=5), make_statefulset("db", replicas=3), make_daemonset("agent"))
    here.create(make_pdb("web", max_unavailable=1), make_cronjob("tick", schedule="* * * * *"))
    here.run("1500ms")
    return here


def test_two_runs_write_the_same_history(yard):
    one, other = busy(yard), busy(yard)
    for here in (one, other):
        here.patch("deployments.apps", "web", {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}})
        here.run("3m")

    assert [tuple(record) for record in one.note.records] == [tuple(record) for record in other.note.records]


@pytest.mark.parametrize("kind", ALL)
def test_a_controller_can_be_pickled_amid_its_work(yard, kind):
    controller = busy(yard).host.controller(kind.name)

    copy = pickle.loads(pickle.dumps(controller))

    assert type(copy) is kind


@pytest.mark.parametrize("kind", ALL)
def test_a_controller_has_the_shape_that_the_host_expects(kind):
    assert kind.name
    assert kind.workers > 0
    assert all(not watch.keys or hasattr(kind, watch.keys) for watch in kind.watches)
