"""Whatever happens to the API server and to pods, the controllers converge once it is over."""

import pytest

from seatrial.fakes.controllers.daemonset import DaemonSetController
from seatrial.fakes.controllers.deployment import DeploymentController
from seatrial.fakes.controllers.disruption import DisruptionController
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.job import JobController
from seatrial.fakes.controllers.replicaset import ReplicaSetController
from seatrial.fakes.controllers.statefulset import StatefulSetController
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import MILLISECOND, SECOND
from seatrial.harness.testing.builders import (
    make_daemonset,
    make_deployment,
    make_job,
    make_pdb,
    make_statefulset,
    make_template,
)

MANAGER = "kube-controller-manager"


def site(yard, seed):
    here = yard(
        DeploymentController(),
        ReplicaSetController(),
        StatefulSetController(),
        DaemonSetController(),
        JobController(),
        DisruptionController(),
        GarbageCollector(),
        seed=seed,
    )
    here.machines.ends["good:1"] = (3 * SECOND, 0)
    job = make_job("once", completions=8, parallelism=3)
    plain = {k: v for k, v in job["spec"].items() if k not in ("selector", "manualSelector")}
    template = make_template(image="good:1", restartPolicy="Never")
    here.create(
        make_deployment("web", replicas=6),
        make_statefulset("db", replicas=3),
        make_daemonset("agent"),
        make_pdb("web", max_unavailable=1),
        {**job, "spec": {**plain, "template": template, "backoffLimit": 100}},
    )
    return here


def storm(here, draw):
    """One thing goes wrong or is changed."""
    choice = draw.below(8)
    if choice == 0:
        here.api.fail("storm", 503, 300_000, client="")
    elif choice == 1:
        here.api.slow("storm", draw.below(3000) * MILLISECOND)
    elif choice == 2:
        here.host.informers.cut()
    elif choice == 3:
        here.host.informers.join()
        here.api.restore("storm")
    elif choice == 4 and here.names("pods"):
        here.delete("pods", draw.pick(here.names("pods")), grace=0)
    elif choice == 5:
        here.patch("deployments.apps", "web", {"spec": {"replicas": 3 + draw.below(6)}})
    elif choice == 6:
        note = {"metadata": {"annotations": {"change": str(draw.below(3))}}}
        kind = draw.pick(["deployments.apps/web", "statefulsets.apps/db", "daemonsets.apps/agent"])
        here.patch(*kind.split("/"), {"spec": {"template": note}})
    elif choice == 7 and here.names("pods"):
        here.delete("pods", draw.pick(here.names("pods")))


@pytest.mark.parametrize("seed", range(12))
def test_after_a_storm_everything_is_as_it_was_asked_for(yard, seed):
    here = site(yard, seed)
    draw = Stream(seed)
    for _ in range(40):
        storm(here, draw)
        here.run(f"{1 + draw.below(4000)}ms")

    here.api.restore("storm")
    here.host.informers.join()
    here.run("15m")

    web = here.get("deployments.apps", "web")
    wanted = web["spec"]["replicas"]
    status = web["status"]
    assert status["observedGeneration"] == web["metadata"]["generation"]
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (wanted, wanted, wanted)
    alive = [p["metadata"] for p in here.list("pods") if p["status"]["phase"] == "Running"]
    by_owner = {}
    for meta in alive:
        by_owner.setdefault(meta["ownerReferences"][0]["kind"], []).append(meta["name"])
    assert {kind: len(names) for kind, names in by_owner.items()} == {
        "ReplicaSet": wanted,
        "StatefulSet": 3,
        "DaemonSet": 3,
    }
    assert sorted(by_owner["StatefulSet"]) == ["db-0", "db-1", "db-2"]
    db = here.get("statefulsets.apps", "db")["status"]
    assert db["currentRevision"] == db["updateRevision"]
    assert here.get("daemonsets.apps", "agent")["status"]["updatedNumberScheduled"] == 3
    job = here.get("jobs.batch", "once")["status"]
    assert job["succeeded"] == 8
    assert job["conditions"][-1]["type"] == "Complete"
    budget = here.get("poddisruptionbudgets.policy", "web")["status"]
    assert (budget["expectedPods"], budget["currentHealthy"]) == (wanted, wanted)
