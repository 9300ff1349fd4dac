from __future__ import annotations

from seatrial.harness.checkers.endpoints_kept import EndpointsKept
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.ports.event import Obj
from seatrial.harness.testing.builders import make_deployment, make_object, make_service
from seatrial.harness.testing.histories import Entry, at_second, create, delete, inject, judge, storm, update

SLICES = "endpointslices.discovery.k8s.io"


def piece(*ready: bool | None, name: str = "web-x", zones: str = "abcabc", service: str = "web") -> Obj:
    made = make_object("discovery.k8s.io/v1", "EndpointSlice", name, labels={"kubernetes.io/service-name": service})
    endpoints = [
        {"addresses": [f"10.0.0.{number}"], "zone": f"us-east-1{zones[number]}", "conditions": {"ready": up}}
        for number, up in enumerate(ready)
    ]
    return {**made, "endpoints": endpoints}


def service(name: str = "web") -> tuple[Entry, ...]:
    return (
        create(make_service(name), resource="services"),
        create(make_deployment(name, replicas=2), resource="deployments.apps"),
    )


def change(old: Obj, new: Obj, at: float) -> Entry:
    return update(old, new, resource=SLICES, at=at)


def test_a_service_that_keeps_one_ready_endpoint_holds() -> None:
    before, after = piece(True, True), piece(False, True)
    (found,) = judge(EndpointsKept(), *service(), create(before, resource=SLICES), storm(), change(before, after, 5))

    assert found.verdict is Verdict.HELD
    assert found.seen == "1 of 2 ready at the worst moment, +5s"


def test_a_moment_without_a_ready_endpoint_is_broken() -> None:
    before, gone = piece(True, True, zones="aa"), piece(False, False, zones="aa")
    (found,) = judge(
        EndpointsKept(),
        *service(),
        create(before, resource=SLICES),
        storm(),
        inject("zone-loss", touched=("zone/a",)),
        change(before, gone, 47.5),
        change(gone, before, 60),
    )

    assert found.verdict is Verdict.BROKEN
    assert found.moment == at_second("47.5")
    assert found.seen == "no endpoint was ready from +47.5s to +1m"
    assert found.advice == (
        "2 of 2 endpoints of Service web were in zone a; "
        "add a topologySpreadConstraint on topology.kubernetes.io/zone to Deployment web"
    )


def test_endpoints_in_several_slices_count_together() -> None:
    one, two = piece(True), piece(True, name="web-y")
    (found,) = judge(
        EndpointsKept(),
        *service(),
        create(one, resource=SLICES),
        create(two, resource=SLICES),
        storm(),
        change(one, piece(False), 5),
    )

    assert found.verdict is Verdict.HELD


def test_a_condition_that_is_not_told_means_ready() -> None:
    (found,) = judge(EndpointsKept(), *service(), create(piece(None), resource=SLICES), storm())

    assert found.verdict is Verdict.HELD


def test_a_service_that_had_no_endpoint_before_is_not_applicable() -> None:
    (found,) = judge(EndpointsKept(), *service(), create(piece(False), resource=SLICES), storm())

    assert found.standing is Standing.NOT_APPLICABLE


def test_without_any_service_there_is_no_subject() -> None:
    (found,) = judge(EndpointsKept(), storm())

    assert found.standing is Standing.NOT_APPLICABLE


def test_a_slice_that_is_gone_has_no_endpoints() -> None:
    (found,) = judge(
        EndpointsKept(),
        *service(),
        create(piece(True), resource=SLICES),
        storm(),
        delete(piece(True), resource=SLICES, at=7),
    )

    assert found.verdict is Verdict.BROKEN
    assert found.moment == at_second(7)
