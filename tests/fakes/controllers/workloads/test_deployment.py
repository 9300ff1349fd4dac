"""Deployments: rollouts, their limits and what they tell."""

import pytest

from seatrial.fakes.controllers.deployment import DeploymentController, decide
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.replicaset import ReplicaSetController
from seatrial.fakes.controllers.words.rollouts import annotated, fenceposts, last_revision, max_unavailable, proportion
from seatrial.fakes.controllers.words.templates import same_template, template_hash
from seatrial.harness.kernel.time import START
from seatrial.harness.ports.event import Key
from seatrial.harness.testing.builders import make_deployment, make_replicaset, make_template
from seatrial.harness.testing.views import DictView

DEPLOYMENTS, SETS = "deployments.apps", "replicasets.apps"
REVISION = "deployment.kubernetes.io/revision"
CHANGE = {"spec": {"template": {"metadata": {"annotations": {"change": "1"}}}}}
BROKEN = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "broken:1"}]}}}}


@pytest.fixture
def site(yard):
    here = yard(DeploymentController(), ReplicaSetController(), GarbageCollector())
    here.machines.broken.add("broken:1")
    return here


def sizes(here):
    return {rs["metadata"]["annotations"][REVISION]: rs["spec"]["replicas"] for rs in here.list(SETS)}


def test_a_new_deployment_rolls_out_and_says_so(site):
    site.create(make_deployment("web", replicas=3))
    site.run("5s")

    assert site.conditions(DEPLOYMENTS, "web") == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    name = site.names(SETS)[0]
    assert site.events("ScalingReplicaSet") == [f"Scaled up replica set {name} from 0 to 3"]
    assert site.get(DEPLOYMENTS, "web")["metadata"]["annotations"][REVISION] == "1"
    assert all(pod.startswith(name + "-") for pod in site.names("pods"))


@pytest.mark.parametrize(
    ("surge", "down", "replicas", "expected"),
    [
        ("25%", "25%", 4, (1, 1)),
        ("25%", "25%", 10, (3, 2)),
        ("25%", "25%", 1, (1, 0)),
        (0, "10%", 3, (0, 1)),
        ("1%", "0%", 2, (1, 0)),
        (2, 3, 5, (2, 3)),
    ],
)
def test_shares_are_rounded_up_for_surge_and_down_for_unavailable(surge, down, replicas, expected):
    deployment = make_deployment(replicas=replicas, max_surge=surge, max_unavailable=down)

    assert fenceposts(deployment) == expected


def test_no_more_can_be_unavailable_than_there_are():
    assert max_unavailable(make_deployment(replicas=2, max_unavailable=5)) == 2


def test_during_a_rollout_the_limits_hold(site):
    site.create(make_deployment("web", replicas=10))
    site.run("5s")

    site.patch(DEPLOYMENTS, "web", CHANGE)
    site.run("30s")

    assert sizes(site) == {"1": 0, "2": 10}
    assert max(site.history(DEPLOYMENTS, "replicas")[1:]) <= 13
    assert min(status for status in site.history(DEPLOYMENTS, "availableReplicas")[3:] if status) >= 8


def test_a_rollout_that_stands_still_is_told_after_its_deadline(site):
    site.create(make_deployment("web", replicas=4, progress_deadline=60))
    site.run("5s")
    site.patch(DEPLOYMENTS, "web", BROKEN)

    site.run("55s")
    assert site.conditions(DEPLOYMENTS, "web")["Progressing"] == ("True", "ReplicaSetUpdated")

    site.run("10s")
    assert site.conditions(DEPLOYMENTS, "web")["Progressing"] == ("False", "ProgressDeadlineExceeded")
    assert site.conditions(DEPLOYMENTS, "web")["Available"] == ("True", "MinimumReplicasAvailable")


def test_going_back_to_an_old_template_takes_its_set_up_again_with_a_new_revision(site):
    site.create(make_deployment("web", replicas=2))
    site.run("5s")
    site.patch(DEPLOYMENTS, "web", BROKEN)
    site.run("5s")

    back = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1"}]}}}}
    site.patch(DEPLOYMENTS, "web", back)
    site.run("10s")

    assert sizes(site) == {"3": 2, "2": 0}
    first = next(rs for rs in site.list(SETS) if rs["spec"]["replicas"])
    assert first["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_a_recreate_deployment_waits_until_the_last_old_pod_is_gone(site):
    site.machines.stop = 10_000_000_000
    site.create(make_deployment("web", replicas=2, strategy="Recreate"))
    site.run("5s")

    site.patch(DEPLOYMENTS, "web", CHANGE)
    site.run("9s")
    assert sizes(site) == {"1": 0}

    site.run("5s")
    assert sizes(site) == {"1": 0, "2": 2}


def test_a_paused_deployment_scales_but_does_not_roll(site):
    site.create(make_deployment("web", replicas=2))
    site.run("5s")

    site.patch(DEPLOYMENTS, "web", {"spec": {"paused": True, "replicas": 3, **CHANGE["spec"]}})
    site.run("5s")
    assert sizes(site) == {"1": 3}
    assert site.conditions(DEPLOYMENTS, "web")["Progressing"] == ("Unknown", "DeploymentPaused")

    site.patch(DEPLOYMENTS, "web", {"spec": {"paused": False}})
    site.run("20s")
    assert sizes(site) == {"1": 0, "2": 3}


def test_scaling_amid_a_rollout_shares_out_in_proportion(site):
    site.create(make_deployment("web", replicas=4))
    site.run("5s")
    site.patch(DEPLOYMENTS, "web", BROKEN)
    site.run("5s")
    assert sizes(site) == {"1": 3, "2": 2}

    site.patch(DEPLOYMENTS, "web", {"spec": {"replicas": 8}})
    site.run("5s")

    assert sizes(site) == {"1": 6, "2": 4}


def test_a_share_never_exceeds_what_is_left():
    note = {"deployment.kubernetes.io/max-replicas": "10"}
    rs = make_replicaset(replicas=8, annotations=note)
    deployment = make_deployment(replicas=20, max_surge=0, max_unavailable=1)

    assert proportion(rs, deployment, 10, 0) == 8
    assert proportion(rs, deployment, 10, 7) == 3
    assert proportion(rs, make_deployment(replicas=0), -8, 0) == -8


def test_old_sets_beyond_the_history_limit_are_deleted(site):
    site.create(make_deployment("web", replicas=1, history=1))
    site.run("5s")
    for change in "123":
        site.patch(DEPLOYMENTS, "web", {"spec": {"template": {"metadata": {"annotations": {"change": change}}}}})
        site.run("8s")

    assert sorted(sizes(site)) == ["3", "4"]


def test_the_rollback_annotation_takes_the_last_template_back(site):
    site.create(make_deployment("web", replicas=1))
    site.run("5s")
    site.patch(DEPLOYMENTS, "web", CHANGE)
    site.run("8s")

    site.patch(DEPLOYMENTS, "web", {"metadata": {"annotations": {"deprecated.deployment.rollback.to": "0"}}})
    site.run("8s")

    deployment = site.get(DEPLOYMENTS, "web")
    assert "annotations" not in deployment["spec"]["template"]["metadata"]
    assert "deprecated.deployment.rollback.to" not in deployment["metadata"]["annotations"]
    assert site.events("DeploymentRollback") == ['Rolled back deployment "web" to revision 1']


def test_a_set_of_another_template_under_the_same_name_raises_the_collision_count():
    deployment = make_deployment("web")
    other = make_replicaset("web-x")

    answer = decide(deployment, [], START, clash=other)

    assert [write.verb for write in answer.writes] == ["update"]
    assert answer.writes[0].body["status"]["collisionCount"] == 1
    assert template_hash(deployment["spec"]["template"], 1) != template_hash(deployment["spec"]["template"])


def test_a_deployment_that_selects_all_pods_is_refused(site):
    controller = DeploymentController()
    deployment = make_deployment("web")
    deployment = {**deployment, "spec": {**deployment["spec"], "selector": {}}}

    answer = controller.reconcile(Key(DEPLOYMENTS, "default", "web"), DictView(deployment), START)

    assert [write.verb for write in answer.writes] == ["event", "update"]
    assert answer.writes[0].body["reason"] == "SelectingAll"


def test_an_orphaned_set_of_the_selector_is_adopted(site):
    site.create(make_replicaset("stray", labels={"app": "web"}, replicas=2, template=make_template({"app": "web"})))
    site.run("3s")

    site.create(make_deployment("web", replicas=2))
    site.run("5s")

    assert site.names(SETS) == ["stray"]
    assert site.list(SETS)[0]["metadata"]["ownerReferences"][0]["name"] == "web"
    assert site.conditions(DEPLOYMENTS, "web")["Progressing"][1] in ("FoundNewReplicaSet", "NewReplicaSetAvailable")


def test_templates_are_the_same_but_for_the_hash_label_and_what_is_empty():
    plain, hashed = make_template({"app": "web"}), make_template({"app": "web", "pod-template-hash": "x"})

    assert same_template(plain, hashed)
    assert same_template({**plain, "metadata": {**plain["metadata"], "annotations": {}}}, plain)
    assert not same_template(plain, make_template({"app": "web"}, image="other:1"))


def test_a_set_that_serves_again_keeps_the_revisions_that_it_had():
    deployment = make_deployment("web")
    rs = make_replicaset(annotations={REVISION: "3", "deployment.kubernetes.io/revision-history": "1"})

    notes = annotated(deployment, rs, 5)["metadata"]["annotations"]

    assert notes[REVISION] == "5"
    assert notes["deployment.kubernetes.io/revision-history"] == "1,3"
    assert annotated(deployment, rs, 3) is rs


def test_the_last_revision_is_the_second_highest():
    sets = [make_replicaset(annotations={REVISION: number}) for number in ("2", "7", "5")]

    assert last_revision(sets) == 5
    assert last_revision(sets[:1]) == 0
