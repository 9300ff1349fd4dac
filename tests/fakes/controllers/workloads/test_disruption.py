"""Disruption budgets: their counts, and what cannot be counted."""

import pytest

from seatrial.fakes.controllers.deployment import DeploymentController
from seatrial.fakes.controllers.disruption import DisruptionController
from seatrial.fakes.controllers.replicaset import ReplicaSetController
from seatrial.fakes.controllers.words.budgets import Budget, budget_of, status_of
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import TooManyRequests, Write
from seatrial.harness.testing.builders import make_deployment, make_pdb, make_pod, make_replicaset

PDBS = "poddisruptionbudgets.policy"


@pytest.fixture
def site(yard):
    return yard(DeploymentController(), ReplicaSetController(), DisruptionController())


def counts(here, name="web"):
    status = here.get(PDBS, name)["status"]
    return tuple(status[f] for f in ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"min_available": 2}, Budget(5, 2)),
        ({"min_available": "50%"}, Budget(4, 2)),
        ({"min_available": "51%"}, Budget(4, 3)),
        ({"max_unavailable": 1}, Budget(4, 3)),
        ({"max_unavailable": "30%"}, Budget(4, 2)),
        ({"max_unavailable": 9}, Budget(4, 0)),
        ({}, Budget(0, 0)),
    ],
)
def test_what_a_budget_asks_for(spec, expected):
    assert budget_of(make_pdb(**spec), matching=5, expected=4) == expected


def test_a_budget_follows_its_pods(site):
    site.create(make_deployment("web", replicas=4), make_pdb("web", max_unavailable=1))
    site.run("5s")
    assert counts(site) == (4, 3, 4, 1)

    site.machines.tell(site.list("pods")[0], "Running", False)
    site.run("1s")

    assert counts(site) == (4, 3, 3, 0)
    assert site.conditions(PDBS, "web")["DisruptionAllowed"] == ("False", "InsufficientPods")


def test_a_budget_made_later_counts_the_pods_that_are_there(site):
    site.create(make_deployment("web", replicas=3))
    site.run("5s")

    site.create(make_pdb("web", min_available=1))
    site.run("1s")

    assert counts(site) == (3, 1, 3, 2)


def test_a_relabelled_pod_counts_no_more(site):
    site.create(make_deployment("web", replicas=3), make_pdb("web", min_available=1))
    site.run("5s")

    site.patch("pods", site.names("pods")[0], {"metadata": {"labels": {"app": "other"}}})
    site.run("100ms")

    assert counts(site)[0] == 3
    assert counts(site)[2] == 2


def test_an_eviction_is_counted_before_the_pod_is_gone_and_one_too_many_is_refused(site):
    site.machines.stop = 30 * SECOND
    site.create(make_deployment("web", replicas=3), make_pdb("web", min_available=2))
    site.run("5s")
    first, second = site.names("pods")[:2]

    site.api.submit(Write("evict", Key("pods", "default", first)), site.host._works["disruption-controller"].client)
    with pytest.raises(TooManyRequests):
        site.api.submit(
            Write("evict", Key("pods", "default", second)), site.host._works["disruption-controller"].client
        )


def test_an_eviction_that_never_came_is_forgotten_after_two_minutes(site):
    site.create(make_deployment("web", replicas=3), make_pdb("web", min_available=2))
    site.run("5s")
    pdb, pod = site.get(PDBS, "web"), site.names("pods")[0]
    told = {**pdb, "status": {**pdb["status"], "disruptedPods": {pod: "2026-01-01T00:00:05Z"}}}
    site.submit(Write("update", Key(PDBS, "default", "web"), told, "status"))

    site.run("10s")
    assert counts(site)[2] == 2

    site.run("2m")
    assert counts(site)[2] == 3
    assert "disruptedPods" not in site.get(PDBS, "web")["status"]
    assert site.events("NotDeleted") == ["Pod was expected by PDB default/default to be deleted but it wasn't"]


def test_a_stale_mark_of_disruption_is_taken_back(site):
    site.create(make_deployment("web", replicas=1))
    site.run("5s")
    pod = site.list("pods")[0]
    mark = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": "2026-01-01T00:00:05Z"}
    site.machines.tell({**pod, "status": {**pod["status"], "conditions": [mark]}}, "Running", True)

    site.run("119s")
    assert site.conditions("pods", site.names("pods")[0])["DisruptionTarget"][0] == "True"

    site.run("5s")
    assert site.conditions("pods", site.names("pods")[0])["DisruptionTarget"][0] == "False"


def test_pods_without_a_scale_fail_the_budget_safely(site):
    orphan = make_replicaset("gone")
    site.create(make_pod("stray", labels={"app": "web"}, owner=orphan), make_pdb("web", max_unavailable=1))
    site.run("5s")

    status = site.get(PDBS, "web")["status"]
    assert status["disruptionsAllowed"] == 0
    told = status["conditions"][0]
    assert (told["reason"], told["message"]) == ("SyncFailed", 'found no controllers for pod "stray"')


def test_the_status_that_says_the_same_is_the_same_object():
    pdb = make_pdb(min_available=1)
    first = {**pdb, "status": status_of(pdb, 2, Budget(2, 1), {}, START)}

    assert status_of(first, 2, Budget(2, 1), {}, START + SECOND) is first["status"]
