"""What controllers remember is plain data: a world in the middle of trouble can be pickled and goes on the same way."""

import pickle

import pytest

from seatrial.fakes.controllers.attach_detach import AttachDetach
from seatrial.fakes.controllers.cloud_node_lifecycle import CloudNodeLifecycle
from seatrial.fakes.controllers.endpointslice import EndpointSliceController
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.node_ipam import NodeIpam
from seatrial.fakes.controllers.node_lifecycle import NodeLifecycle
from seatrial.fakes.controllers.persistent_volume import PersistentVolumeController
from seatrial.fakes.controllers.pod_gc import PodGC
from seatrial.fakes.controllers.resource_quota import ResourceQuotaController
from seatrial.fakes.controllers.taint_eviction import TaintEviction
from seatrial.harness.testing.builders import make_node, make_object, make_pod, make_service

CONTROLLERS = (
    AttachDetach,
    CloudNodeLifecycle,
    EndpointSliceController,
    GarbageCollector,
    NodeIpam,
    NodeLifecycle,
    PersistentVolumeController,
    PodGC,
    ResourceQuotaController,
    TaintEviction,
)


def trouble(stage):
    s = stage(*(controller() for controller in CONTROLLERS))
    s.put(*(make_node(f"n{zone}{number}", zone=zone) for zone in "ab" for number in range(3)), make_service("web"))
    for number in range(6):
        pod = make_pod(f"web-{number}", labels={"app": "web"}, node=f"n{'ab'[number % 2]}{number // 2}", ready=True)
        s.put({**pod, "status": {**pod["status"], "podIP": f"10.0.0.{number}"}})
    quota = make_object("v1", "ResourceQuota", "quota")
    s.put({**quota, "spec": {"hard": {"pods": "10"}}, "status": {}})
    claim = make_object("v1", "PersistentVolumeClaim", "data")
    s.put({**claim, "spec": {"storageClassName": "none", "accessModes": ["ReadWriteOnce"]}, "status": {}})
    s.until(50)
    s.silence("na0", "na1", "na2", "nb0")
    s.until(108)
    return s


def story(stage):
    return [(r.time, r.actor, r.verb, str(r.key)) for r in stage.note.records]


def test_a_stage_in_trouble_goes_on_the_same_way_after_pickling(stage):
    whole = trouble(stage)
    # Slots and plain containers only: nothing in a controller is tied to its process.
    before = pickle.dumps([whole.host.controller(controller.name) for controller in CONTROLLERS])
    twins = pickle.loads(before)
    assert pickle.dumps(twins) == pickle.dumps(pickle.loads(pickle.dumps(twins)))
    for controller, twin in zip(CONTROLLERS, twins, strict=True):
        whole.host._works[controller.name].controller = twin
    whole.host._handlers = {}  # looked up once for each resource
    whole.until(400)
    plain = trouble(stage)
    plain.until(400)

    assert story(whole) == story(plain)


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_controller_has_a_name_watches_and_workers(controller):
    assert controller.name
    assert controller.workers > 0
    assert all(hasattr(controller, watch.keys) for watch in controller.watches if watch.keys)
    assert len({watch.resource for watch in controller.watches}) == len(controller.watches)


def test_two_runs_tell_the_same_story(stage):
    first, second = trouble(stage), trouble(stage)

    assert story(first) == story(second)
