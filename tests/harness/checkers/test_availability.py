from __future__ import annotations

import pytest

from seatrial.harness.checkers.availability import Availability
from seatrial.harness.kernel.time import MINUTE, SECOND, START
from seatrial.harness.ports.checker import Standing, Trial, Verdict
from seatrial.harness.ports.event import Key
from seatrial.harness.testing.builders import make_deployment, make_service, make_template
from seatrial.harness.testing.histories import Entry, at_second, calm, create, entry, flow, heal, inject, judge, storm

LOSS = inject("zone-loss", touched=("zone/a",))
ALL_IN_A = {"us-east-1a": 100}


def test_a_service_that_always_answers_holds() -> None:
    (found,) = judge(Availability(), flow("web", zone="b", at=-9), storm(), calm(at=600))

    assert found.verdict is Verdict.HELD
    assert found.seen == "no request failed"
    assert found.id == "availability/Service/default/web/continuous"


def test_a_dip_is_told_with_share_zones_cause_and_time() -> None:
    (found,) = judge(
        Availability(),
        flow("web", zone="us-east-1a"),
        flow("web", zone="us-east-1b"),
        flow("web", zone="us-east-1c"),
        storm(),
        LOSS,
        flow("web", zone="us-east-1b", at=1, failed={"dead-node": 38.2}),
        flow("web", zone="us-east-1c", at=1, failed={"dead-node": 38.2}),
        flow("web", zone="us-east-1b", at=48),
        flow("web", zone="us-east-1c", at=48),
    )

    assert found.verdict is Verdict.BROKEN
    assert found.seen == "38.2% of requests from zones b, c failed (dead-node) from +1s to +48s"
    assert found.moment == at_second(1)
    assert found.evidence[0].time == at_second(1)


def test_clients_in_a_dead_zone_do_not_count() -> None:
    (found,) = judge(
        Availability(),
        flow("web", zone="a"),
        flow("web", zone="b"),
        storm(),
        flow("web", zone="a", at=1, closed=True),
    )

    assert found.verdict is Verdict.HELD


def test_what_is_over_two_minutes_after_the_start_is_forgiven_by_after() -> None:
    history = (
        flow("web", zone="b"),
        storm(),
        flow("web", zone="b", at=0, failed={"dead-node": 50}),
        flow("web", zone="b", at=119),
    )

    assert judge(Availability(after=2 * MINUTE), *history)[0].verdict is Verdict.HELD
    assert judge(Availability(after=MINUTE), *history)[0].verdict is Verdict.BROKEN


def test_a_failure_that_lasts_beyond_after_is_dated_from_there() -> None:
    (found,) = judge(
        Availability(after=2 * MINUTE),
        flow("web", zone="b"),
        storm(),
        flow("web", zone="b", at=5, failed={"no-endpoints": 100}),
        end=300,
    )

    assert found.verdict is Verdict.BROKEN
    assert found.moment == at_second(120)
    assert "from +2m to +5m" in found.seen


def test_one_percent_that_fails_is_the_limit_of_99_percent() -> None:
    def at_loss(percent: str) -> Verdict:
        history = (flow("web", zone="b"), storm(), flow("web", zone="b", at=5, failed={"link-loss": percent}))
        return judge(Availability(), *history)[0].verdict

    assert at_loss("1") is Verdict.HELD
    assert at_loss("1.0001") is Verdict.BROKEN


def test_a_dip_shorter_than_the_grace_is_forgiven() -> None:
    history = (
        flow("web", zone="b"),
        storm(),
        flow("web", zone="b", at=5, failed={"refused": 50}),
        flow("web", zone="b", at=6),
    )

    assert judge(Availability(grace=SECOND), *history)[0].verdict is Verdict.HELD
    assert judge(Availability(grace=SECOND - 1), *history)[0].verdict is Verdict.BROKEN


def test_requests_refused_by_pods_that_nobody_probes_ask_for_a_probe() -> None:
    def advised(**container: object) -> str:
        template = make_template({"app": "web"})
        template["spec"]["containers"] = [{"name": "main", "image": "web:1", **container}]
        history = (
            create(make_deployment("web", template=template), resource="deployments.apps"),
            create(make_service(name="web", selector={"app": "web"}), resource="services"),
            flow("web", zone="b"),
            storm(),
            flow("web", zone="b", at=5, failed={"refused": 50}),
            flow("web", zone="b", at=6),
        )
        return judge(Availability(), *history)[0].advice

    assert advised().endswith("as no container has a readinessProbe: give main one")
    assert "SIGTERM" in advised(readinessProbe={"tcpSocket": {"port": 80}})


def test_over_the_storm_as_a_whole_the_mean_counts() -> None:
    def judged(seconds: int) -> Verdict:
        history = (
            flow("web", zone="b"),
            storm(),
            flow("web", zone="b", at=0, failed={"dead-node": 50}),
            flow("web", zone="b", at=seconds),
            heal(at=100),
            flow("web", zone="b", at=101, failed={"dead-node": 100}),
        )
        return judge(Availability(mode="during", at_least=900_000), *history)[0].verdict

    assert judged(20) is Verdict.HELD
    assert judged(21) is Verdict.BROKEN


def test_in_the_end_only_the_end_counts() -> None:
    dip = (flow("web", zone="b"), storm(), flow("web", zone="b", at=5, failed={"dead-node": 100}))

    assert judge(Availability(mode="end"), *dip)[0].verdict is Verdict.BROKEN
    (found,) = judge(Availability(mode="end"), *dip, flow("web", zone="b", at=50))
    assert (found.verdict, found.evidence, found.moment) == (Verdict.HELD, (), None)


def test_of_app_weighs_all_services_by_their_rate() -> None:
    history = (
        flow("web", zone="b", rate=900),
        flow("job", zone="b", rate=100),
        storm(),
        flow("job", zone="b", at=5, rate=100, failed={"dead-node": 100}),
    )

    (found,) = judge(Availability(of="app", at_least=900_000), *history)
    assert found.verdict is Verdict.HELD
    (found,) = judge(Availability(of="app", at_least=900_001), *history)
    assert found.verdict is Verdict.BROKEN
    assert found.object == "app"
    assert "10% of requests failed, to Service job" in found.seen


@pytest.mark.parametrize("of", ["web", "Service/default/web"])
def test_of_a_name_judges_that_service_alone(of: str) -> None:
    (found,) = judge(
        Availability(of=of),
        flow("web", zone="b"),
        flow("web", zone="b", namespace="other" if "/" in of else "default"),
        flow("db", zone="b"),
        storm(),
    )

    assert found.object == "Service/default/web"


def test_services_of_other_workloads_than_the_apps_are_left_out() -> None:
    trial = Trial(cluster=1, start=START, apps=("deployments.apps/default/web",))
    history = [flow("web", zone="b"), flow("db", zone="b"), storm()]
    for name in ("web", "db"):
        history.append(create(make_service(name), resource="services"))
        history.append(create(make_deployment(name), resource="deployments.apps"))

    assert [found.object for found in judge(Availability(), *history, trial=trial)] == ["Service/default/web"]


def test_no_flow_at_all_is_unknown() -> None:
    (found,) = judge(Availability(), storm(), calm(at=60))

    assert found.verdict is Verdict.UNKNOWN


def test_the_clusters_own_services_are_not_judged() -> None:
    (found,) = judge(Availability(), flow("dns", zone="a", namespace="kube-system"), storm())

    assert found.verdict is Verdict.UNKNOWN


SPREAD = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "labelSelector": {"matchLabels": {"app": "web"}}}


@pytest.mark.parametrize(
    ("replicas", "constraints", "advice"),
    [
        (
            2,
            [],
            "2 of 2 endpoints of Service web were in zone a; "
            "add a topologySpreadConstraint on topology.kubernetes.io/zone to Deployment web",
        ),
        (
            1,
            [],
            "2 of 2 endpoints of Service web were in zone a; give Deployment web at least 2 replicas and a "
            "topologySpreadConstraint on topology.kubernetes.io/zone",
        ),
        (
            2,
            [{**SPREAD, "whenUnsatisfiable": "ScheduleAnyway"}],
            "2 of 2 endpoints of Service web were in zone a; the topologySpreadConstraint of Deployment web on "
            "topology.kubernetes.io/zone is ScheduleAnyway, which allows that: make it DoNotSchedule",
        ),
    ],
)
def test_the_advice_names_the_workload_and_what_its_spec_lacks(
    replicas: int, constraints: list[dict[str, object]], advice: str
) -> None:
    template = make_template({"app": "web"}, topologySpreadConstraints=constraints)
    (found,) = judge(
        Availability(),
        create(make_service("web"), resource="services"),
        create(make_deployment("web", replicas=replicas, template=template), resource="deployments.apps"),
        flow("web", zone="us-east-1b", to=ALL_IN_A, endpoints=2),
        storm(),
        LOSS,
        flow("web", zone="us-east-1b", at=1, to=ALL_IN_A, endpoints=2, failed={"dead-node": 100}),
    )

    assert found.advice == advice


def test_pods_that_are_overloaded_want_other_advice_than_pods_that_are_gone() -> None:
    (found,) = judge(
        Availability(),
        flow("web", zone="b", to={"b": 100}),
        storm(),
        LOSS,
        flow("web", zone="b", at=1, to={"b": 100}, failed={"overloaded": 30}),
    )

    assert "cannot carry the load" in found.advice


def test_services_that_are_not_measured_are_listed_with_the_reason() -> None:
    def note(name: str, namespace: str = "default") -> Entry:
        facts = {"object": f"Service/{namespace}/{name}", "text": "not measured: headless"}
        return entry("note", Key("note", namespace, f"service/{name}"), facts, at=-20)

    measured, listed = judge(Availability(), flow("web", zone="b"), note("db"), note("kubernetes"), storm())

    assert measured.object == "Service/default/web"
    assert (listed.object, listed.standing, listed.seen) == (
        "Service/default/db",
        Standing.NOT_APPLICABLE,
        "not measured: headless",
    )


def test_a_service_that_nobody_was_seen_to_ask_is_unknown_unless_that_was_wanted() -> None:
    quiet = make_service("quiet")
    quiet["metadata"]["annotations"] = {"seatrial.dev/rate": "0"}
    web, lost, wanted = judge(
        Availability(),
        create(make_service("web"), resource="services"),
        create(make_service("lost"), resource="services"),
        create(quiet, resource="services"),
        flow("web", zone="b"),
        storm(),
    )

    assert (web.verdict, lost.verdict) == (Verdict.HELD, Verdict.UNKNOWN)
    assert (wanted.object, wanted.standing) == ("Service/default/quiet", Standing.NOT_APPLICABLE)


def test_what_closed_clients_suffered_ends_with_them() -> None:
    (found,) = judge(
        Availability(),
        flow("web", zone="us-east-1a"),
        flow("web", zone="us-east-1b"),
        storm(),
        flow("web", zone="us-east-1a", at=1, failed={"dns": 100}),
        flow("web", zone="us-east-1a", at=10, closed=True),
    )

    assert found.seen == "100% of requests from zone a failed (dns) from +1s to +10s"


def test_while_nobody_asks_nothing_fails() -> None:
    (found,) = judge(
        Availability(),
        flow("web", zone="us-east-1a"),
        storm(),
        flow("web", zone="us-east-1a", at=1, failed={"dns": 100}),
        flow("web", zone="us-east-1a", at=10, closed=True),
        flow("web", zone="us-east-1a", at=500),
    )

    assert found.seen == "100% of requests from zone a failed (dns) from +1s to +10s"


def test_a_workload_that_appears_later_decides_whether_its_service_is_the_apps() -> None:
    trial = Trial(cluster=1, start=START, apps=("deployments.apps/default/web",))
    found = judge(
        Availability(),
        create(make_service("web"), resource="services", at=-9),
        create(make_deployment("web"), resource="deployments.apps", at=-9),
        create(make_service("db"), resource="services", at=-9),
        storm(),
        flow("db", zone="b", at=1),
        flow("web", zone="b", at=1),
        create(make_deployment("db"), resource="deployments.apps", at=5),
        flow("db", zone="b", at=6, failed={"dns": 100}),
        trial=trial,
    )

    assert {one.object: one.verdict for one in found} == {
        "Service/default/web": Verdict.HELD,
        "Service/default/db": Verdict.HELD,
    }
