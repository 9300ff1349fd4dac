"""Promises about objects, judged on literal histories: a few records in, findings out."""

import pytest

from seatrial.harness.checkers.budget_kept import BudgetKept
from seatrial.harness.checkers.converged import Converged
from seatrial.harness.checkers.n_1_capacity import NMinusOneCapacity
from seatrial.harness.checkers.no_data_loss import NoDataLoss
from seatrial.harness.checkers.no_eviction_storm import NoEvictionStorm
from seatrial.harness.checkers.no_orphan import NoOrphan
from seatrial.harness.checkers.no_pod_stuck import NoPodStuck
from seatrial.harness.checkers.quorum_kept import QuorumKept
from seatrial.harness.checkers.replicas_kept import ReplicasKept
from seatrial.harness.checkers.spread_kept import SpreadKept
from seatrial.harness.kernel.time import MINUTE, START
from seatrial.harness.ports.checker import Standing, Trial, Verdict
from seatrial.harness.ports.event import Key
from seatrial.harness.testing.histories import calm, create, delete, entry, heal, judge, storm, update

TRIAL = Trial(cluster=1, start=START, apps=("deployments.apps/default/web",))
ZONE = "topology.kubernetes.io/zone"


def deployment(ready, wanted=3, annotations=None):
    meta = {"name": "web", "namespace": "default", "uid": "d1", "generation": 1, "annotations": annotations or {}}
    status = {"readyReplicas": ready, "updatedReplicas": wanted, "observedGeneration": 1}
    return {"kind": "Deployment", "metadata": meta, "spec": {"replicas": wanted}, "status": status}


def node(name, zone="a", ready=True, taints=(), cpu="2"):
    labels = {ZONE: zone, "kubernetes.io/hostname": name}
    return {
        "kind": "Node",
        "metadata": {"name": name, "uid": f"node-{name}", "labels": labels},
        "spec": {"taints": list(taints)},
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
            "allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"},
        },
    }


def pod(
    name, node="n1", ready=True, ending=False, phase="Running", disrupted="", spec=None, owner="web-1", labels=None
):
    meta = {"name": name, "namespace": "default", "uid": f"pod-{name}", "labels": labels or {"app": "web"}}
    if owner:
        meta["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "uid": f"rs-{owner}", "controller": True}]
    if ending:
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    if disrupted:
        conditions.append({"type": "DisruptionTarget", "status": "True", "reason": disrupted})
    return {
        "kind": "Pod",
        "metadata": meta,
        "spec": {"nodeName": node, **(spec or {})} if node else {**(spec or {})},
        "status": {"phase": phase, "conditions": conditions},
    }


def verdicts(findings):
    return {finding.object: finding.verdict for finding in findings if finding.standing is Standing.COUNTED}


class TestReplicasKept:
    def test_holds_while_one_replica_is_left(self):
        (finding,) = judge(
            ReplicasKept(),
            create(deployment(3), resource="deployments.apps"),
            storm(),
            update(deployment(3), deployment(1), resource="deployments.apps", at=50),
            trial=TRIAL,
        )

        assert finding.verdict is Verdict.HELD
        assert finding.seen == "1 of 3 replicas were ready at the worst moment, +50s"

    def test_is_broken_by_a_moment_without_any(self):
        (finding,) = judge(
            ReplicasKept(),
            create(deployment(3), resource="deployments.apps"),
            storm(),
            update(deployment(3), deployment(0), resource="deployments.apps", at=50),
            update(deployment(0), deployment(3), resource="deployments.apps", at=51),
            trial=TRIAL,
        )

        assert (finding.verdict, finding.id) == (Verdict.BROKEN, "replicas-kept/Deployment/default/web/readyReplicas")
        assert "topologySpreadConstraint" in finding.advice

    def test_a_share_is_rounded_up(self):
        half = ReplicasKept(at_least=500_000)
        before = create(deployment(3), resource="deployments.apps")

        one, two = (
            judge(
                half,
                before,
                storm(),
                update(deployment(3), deployment(left), resource="deployments.apps", at=1),
                trial=TRIAL,
            )
            for left in (1, 2)
        )
        assert (one[0].verdict, two[0].verdict) == (Verdict.BROKEN, Verdict.HELD)

    def test_what_was_low_before_the_storm_and_is_well_now_does_not_count(self):
        (finding,) = judge(
            ReplicasKept(),
            create(deployment(0), resource="deployments.apps"),
            update(deployment(0), deployment(3), resource="deployments.apps", at=-30),
            storm(),
            trial=TRIAL,
        )

        assert finding.verdict is Verdict.HELD

    def test_nothing_seen_is_unknown(self):
        assert judge(ReplicasKept(), storm(), trial=TRIAL)[0].verdict is Verdict.UNKNOWN


class TestQuorumKept:
    def test_a_majority_of_three_survives_one_and_not_two(self):
        quorum = {"seatrial.dev/quorum": "majority"}

        def left(ready):
            return judge(
                QuorumKept(),
                create(deployment(3, annotations=quorum), resource="deployments.apps"),
                storm(),
                update(
                    deployment(3, annotations=quorum),
                    deployment(ready, annotations=quorum),
                    resource="deployments.apps",
                    at=9,
                ),
                trial=TRIAL,
            )[0].verdict

        assert (left(2), left(1)) == (Verdict.HELD, Verdict.BROKEN)

    def test_without_a_declared_quorum_it_does_not_apply(self):
        (finding,) = judge(QuorumKept(), create(deployment(3), resource="deployments.apps"), storm(), trial=TRIAL)

        assert finding.standing is Standing.NOT_APPLICABLE


class TestConverged:
    def story(self, *later):
        return judge(
            Converged(within=10 * MINUTE),
            create(deployment(3), resource="deployments.apps"),
            storm(),
            update(deployment(3), deployment(1), resource="deployments.apps", at=50),
            heal(at=600),
            calm(at=600),
            *later,
            trial=TRIAL,
        )[0]

    def test_holds_when_all_are_back_in_time(self):
        assert (
            self.story(update(deployment(1), deployment(3), resource="deployments.apps", at=700)).verdict
            is Verdict.HELD
        )

    def test_is_broken_when_it_takes_too_long(self):
        late = self.story(update(deployment(1), deployment(3), resource="deployments.apps", at=1300))

        assert (late.verdict, late.seen) == (Verdict.BROKEN, "took 11m40s after the heal")

    def test_is_broken_when_it_never_comes(self):
        assert self.story().verdict is Verdict.BROKEN

    def test_is_broken_when_it_falls_again_after_the_deadline(self):
        again = self.story(
            update(deployment(1), deployment(3), resource="deployments.apps", at=700),
            update(deployment(3), deployment(2), resource="deployments.apps", at=1300),
            update(deployment(2), deployment(3), resource="deployments.apps", at=1301),
        )

        assert again.verdict is Verdict.BROKEN

    def test_without_a_heal_it_is_unknown(self):
        findings = judge(Converged(), create(deployment(3), resource="deployments.apps"), storm(), trial=TRIAL)

        assert findings[0].verdict is Verdict.UNKNOWN


BUDGET = {
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web", "namespace": "default", "uid": "b1"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}},
    "status": {"desiredHealthy": 2},
}


class TestBudgetKept:
    def story(self, *later, checker=None):
        return judge(
            checker or BudgetKept(),
            create(BUDGET, resource="poddisruptionbudgets.policy"),
            *(create(pod(name), resource="pods") for name in ("p1", "p2", "p3")),
            storm(),
            *later,
            trial=TRIAL,
        )[0]

    def gone(self, name, at, actor="drainer", disrupted=""):
        old, new = pod(name), pod(name, ending=True, disrupted=disrupted)
        return entry("update", Key("pods", "default", name), new, at=at, old=old, actor=actor)

    def test_one_eviction_of_three_pods_is_within_a_budget_of_two(self):
        assert self.story(self.gone("p1", 5)).verdict is Verdict.HELD

    def test_the_second_one_breaks_it_and_is_named(self):
        finding = self.story(self.gone("p1", 5), self.gone("p2", 6))

        assert finding.verdict is Verdict.BROKEN
        assert "drainer took p2 away: 1 healthy pods left of 2 promised" in finding.seen

    def test_what_the_control_plane_takes_away_is_no_choice_of_anybody(self):
        taken = [
            self.gone(name, at, actor="taint-eviction-controller", disrupted="DeletionByTaintManager")
            for at, name in ((5, "p1"), (6, "p2"))
        ]

        assert self.story(*taken).verdict is Verdict.UNKNOWN
        assert self.story(*taken, checker=BudgetKept(if_exercised=True)).standing is Standing.NOT_EXERCISED

    def test_without_a_budget_it_does_not_apply(self):
        (finding,) = judge(BudgetKept(), create(pod("p1"), resource="pods"), storm(), trial=TRIAL)

        assert finding.standing is Standing.NOT_APPLICABLE


class TestNoPodStuck:
    def test_a_pod_that_terminates_for_too_long_after_the_heal_is_named_with_its_finalizers(self):
        stuck = pod("p1", ending=True)
        stuck["metadata"]["finalizers"] = ["example.com/never"]
        (finding,) = judge(
            NoPodStuck(within=10 * MINUTE),
            create(pod("p1"), resource="pods"),
            storm(),
            update(pod("p1"), stuck, resource="pods", at=100),
            heal(at=600),
            calm(at=600),
            end=3600,
        )

        assert finding.verdict is Verdict.BROKEN
        assert "Terminating for 50m after the heal: finalizers example.com/never are still there" in finding.seen

    def test_waiting_during_the_storm_is_no_breach(self):
        (finding,) = judge(
            NoPodStuck(within=10 * MINUTE),
            create(pod("p1", node="", phase="Pending"), resource="pods", at=1),
            storm(),
            heal(at=3000),
            update(pod("p1", node="", phase="Pending"), pod("p1"), resource="pods", at=3100),
            end=4000,
        )

        assert finding.verdict is Verdict.HELD

    def test_a_run_that_ends_too_early_is_unknown(self):
        (finding,) = judge(
            NoPodStuck(within=10 * MINUTE), create(pod("p1"), resource="pods"), storm(), heal(at=600), end=700
        )

        assert finding.verdict is Verdict.UNKNOWN


class TestNoOrphan:
    def test_a_pod_on_a_node_that_is_gone_is_an_orphan_after_a_while(self):
        def left(end):
            return judge(
                NoOrphan(within=5 * MINUTE),
                create(node("n1"), resource="nodes"),
                create(pod("p1", owner=""), resource="pods"),
                storm(),
                delete(node("n1"), resource="nodes", at=100),
                end=end,
            )[0]

        assert left(200).verdict is Verdict.HELD
        assert (left(2000).verdict, left(2000).object) == (Verdict.BROKEN, "Pod/default/p1")

    def test_a_pod_whose_owner_is_gone_is_an_orphan(self):
        owner = {"kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "default", "uid": "rs-web-1"}}
        (finding,) = judge(
            NoOrphan(),
            create(node("n1"), resource="nodes"),
            create(owner, resource="replicasets.apps"),
            create(pod("p1"), resource="pods"),
            storm(),
            delete(owner, resource="replicasets.apps", at=10),
            end=2000,
        )

        assert (finding.verdict, finding.field) == (Verdict.BROKEN, "owner")

    def test_an_owner_of_a_kind_that_is_not_watched_cannot_be_judged(self):
        (finding,) = judge(
            NoOrphan(), create(node("n1"), resource="nodes"), create(pod("p1"), resource="pods"), storm(), end=2000
        )

        assert finding.verdict is Verdict.HELD


class TestNoEvictionStorm:
    def story(self, moments):
        pods = [pod(f"p{index}") for index in range(10)]
        return judge(
            NoEvictionStorm(at_most=300_000, within=5 * MINUTE),
            *(create(one, resource="pods") for one in pods),
            storm(),
            *(
                update(
                    pods[index],
                    pod(f"p{index}", ending=True, disrupted="DeletionByTaintManager"),
                    resource="pods",
                    at=at,
                )
                for index, at in enumerate(moments)
            ),
        )[0]

    @pytest.mark.parametrize(
        ("moments", "verdict"),
        [
            ((), Verdict.HELD),
            ((10, 11, 12), Verdict.HELD),
            ((10, 11, 12, 13), Verdict.BROKEN),
            ((10, 200, 400, 600, 800), Verdict.HELD),
        ],
    )
    def test_it_counts_within_its_window(self, moments, verdict):
        assert self.story(moments).verdict is verdict


class TestNoDataLoss:
    def versioned(self, version):
        return {"kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default", "resourceVersion": str(version)}}

    def story(self, versions):
        census = Key("census", "", "configmaps")
        return judge(
            NoDataLoss(),
            create(self.versioned(5), resource="configmaps"),
            storm(),
            update(self.versioned(5), self.versioned(9), resource="configmaps", at=10),
            entry("census", census, {"versions": versions}, at=100),
        )[0].verdict

    def test_an_object_at_its_last_version_is_kept(self):
        assert self.story({"default/c": 9}) is Verdict.HELD

    def test_an_object_that_is_missing_or_older_is_lost(self):
        assert self.story({}) is Verdict.BROKEN
        assert self.story({"default/c": 5}) is Verdict.BROKEN

    def test_without_a_census_nobody_knows(self):
        (finding,) = judge(NoDataLoss(), create(self.versioned(5), resource="configmaps"), storm())

        assert finding.verdict is Verdict.UNKNOWN


class TestSpreadKept:
    def constraint(self, hard=True):
        return {
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": ZONE,
                    "whenUnsatisfiable": "DoNotSchedule" if hard else "ScheduleAnyway",
                    "labelSelector": {"matchLabels": {"app": "web"}},
                }
            ]
        }

    def story(self, places, hard=True):
        return judge(
            SpreadKept(),
            *(create(node(f"n{zone}", zone), resource="nodes") for zone in "abc"),
            *(
                create(pod(f"p{index}", node=f"n{zone}", spec=self.constraint(hard)), resource="pods")
                for index, zone in enumerate(places)
            ),
            storm(),
        )[0]

    def test_an_even_spread_holds_and_a_lopsided_one_is_broken(self):
        assert self.story("abc").verdict is Verdict.HELD
        assert self.story("aab").verdict is Verdict.BROKEN

    def test_a_soft_spread_that_is_lopsided_is_advice(self):
        finding = self.story("aab", hard=False)

        assert (finding.verdict, finding.standing) == (Verdict.HELD, Standing.ADVICE)
        assert "Kubernetes does not move running pods back" in finding.advice

    def test_two_pods_that_must_not_share_a_node_are_named(self):
        apart = {
            "affinity": {
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
                    ]
                }
            }
        }
        (finding,) = judge(
            SpreadKept(),
            create(node("n1"), resource="nodes"),
            create(pod("p1", spec=apart), resource="pods"),
            create(pod("p2", spec=apart), resource="pods"),
            storm(),
        )

        assert finding.verdict is Verdict.BROKEN
        assert "shares kubernetes.io/hostname=n1 with" in finding.seen


class TestNMinusOneCapacity:
    def story(self, cpu):
        need = {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}]}
        return judge(
            NMinusOneCapacity(),
            *(create(node(f"n{zone}", zone, cpu="1930m"), resource="nodes") for zone in "abc"),
            *(create(pod(f"p{zone}", node=f"n{zone}", spec=need), resource="pods") for zone in "abc"),
            storm(),
        )

    def test_pods_that_fit_beside_each_other_survive_any_zone(self):
        assert set(verdicts(self.story("900m")).values()) == {Verdict.HELD}

    def test_nodes_that_are_full_leave_no_room(self):
        findings = self.story("1")

        assert verdicts(findings) == {f"zone/{zone}": Verdict.BROKEN for zone in "abc"}
        assert "0 of them find room" in findings[0].seen

    def test_one_zone_alone_is_not_judged(self):
        (finding,) = judge(NMinusOneCapacity(), create(node("n1"), resource="nodes"), storm())

        assert finding.standing is Standing.NOT_APPLICABLE
