"""What is done to a cluster, as data: the same steps for the real one (record.py) and for ours (the test).

A step is (verb, arguments): apply MANIFEST; patch RESOURCE NAME BODY (merge); delete RESOURCE NAME; after each step
so many seconds pass and the objects are looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["SITUATIONS", "Situation", "Step"]

Obj = dict[str, Any]
PAUSE = "registry.k8s.io/pause:3.10.2"
SHELL = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
WORKERS = ["ref-worker", "ref-worker2", "ref-worker3"]


class Step(NamedTuple):
    """One act and how long to wait for its effects."""

    verb: str
    args: tuple[Any, ...]
    seconds: int = 8


class Situation(NamedTuple):
    """Steps in a namespace of their own."""

    name: str
    steps: tuple[Step, ...]


def template(labels: Obj | None = None, command: list[str] | None = None, image: str = PAUSE, **spec: Any) -> Obj:
    """A pod template that starts and stops fast."""
    container: Obj = {"name": "app", "image": image, "imagePullPolicy": "Never"}
    if command:
        container["command"] = command
    meta = {"labels": labels} if labels else {}
    body: Obj = {"containers": [container], "terminationGracePeriodSeconds": 1}
    affinity = {"key": "kubernetes.io/hostname", "operator": "In", "values": WORKERS}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [affinity]}]}
    body["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    return {"metadata": meta, "spec": {**body, **spec}}


def workload(kind: str, name: str, replicas: int | None = None, **spec: Any) -> Obj:
    """An apps/v1 workload over app=NAME."""
    labels = {"app": name}
    body: Obj = {"selector": {"matchLabels": labels}, "template": template(labels)}
    if replicas is not None:
        body["replicas"] = replicas
    if kind == "StatefulSet":
        body["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {**body, **spec}}


def job(name: str, command: list[str] | None, **spec: Any) -> Obj:
    """A Job whose pods run a command and end, or pause."""
    image = SHELL if command else PAUSE
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": template(command=command, image=image, restartPolicy="Never"), **spec},
    }


def pdb(name: str, app: str, **spec: Any) -> Obj:
    """A budget over app=APP."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def bare(name: str) -> Obj:
    """A Pod that nobody controls."""
    meta = {"name": name, "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template()["spec"]}


def changed(text: str) -> Obj:
    """A merge patch that gives the template another annotation."""
    return {"spec": {"template": {"metadata": {"annotations": {"change": text}}}}}


def broken() -> Obj:
    """A merge patch to an image that is nowhere."""
    container = {"name": "app", "image": "nowhere/none:1", "imagePullPolicy": "Never"}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def scaled(count: int) -> Obj:
    """A merge patch of replicas."""
    return {"spec": {"replicas": count}}


def apply(*objects: Obj, seconds: int = 8) -> Step:
    """Create objects."""
    return Step("apply", objects, seconds)


def patch(resource: str, name: str, body: Obj, seconds: int = 8) -> Step:
    """Merge a patch into one."""
    return Step("patch", (resource, name, body), seconds)


DEPLOYMENTS, SETS, DAEMONS, JOBS = "deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch"
EXITS_WELL, EXITS_BADLY = ["/bin/sh", "-c", "true"], ["/nope"]
QUOTA: Obj = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "few"},
    "spec": {"hard": {"pods": "2"}},
}

CRONJOB: Obj = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "tick"},
    "spec": {
        "schedule": "* * * * *",
        "timeZone": "Europe/Berlin",
        "jobTemplate": {"metadata": {"labels": {"a": "b"}}, "spec": {"template": template(restartPolicy="Never")}},
    },
}

SITUATIONS = (
    Situation(
        "deployment-update",
        (
            apply(workload("Deployment", "web", 3)),
            patch(DEPLOYMENTS, "web", changed("1"), 12),
            patch(DEPLOYMENTS, "web", scaled(5)),
            patch(DEPLOYMENTS, "web", scaled(1)),
        ),
    ),
    Situation(
        "deployment-stuck",
        (
            apply(workload("Deployment", "web", 4, progressDeadlineSeconds=5)),
            patch(DEPLOYMENTS, "web", broken(), 14),
            patch(DEPLOYMENTS, "web", scaled(8)),
        ),
    ),
    Situation(
        "deployment-back",
        (
            apply(workload("Deployment", "web", 2)),
            patch(DEPLOYMENTS, "web", changed("1"), 10),
            patch(DEPLOYMENTS, "web", {"spec": {"template": {"metadata": {"annotations": None}}}}, 10),
        ),
    ),
    Situation(
        "deployment-paused",
        (
            apply(workload("Deployment", "web", 2)),
            patch(DEPLOYMENTS, "web", {"spec": {"paused": True}}, 4),
            patch(DEPLOYMENTS, "web", changed("1"), 4),
            patch(DEPLOYMENTS, "web", scaled(3), 6),
            patch(DEPLOYMENTS, "web", {"spec": {"paused": False}}, 12),
        ),
    ),
    Situation(
        "deployment-recreate",
        (
            apply(workload("Deployment", "web", 3, strategy={"type": "Recreate"})),
            patch(DEPLOYMENTS, "web", changed("1"), 10),
        ),
    ),
    Situation(
        "deployment-history",
        (
            apply(workload("Deployment", "web", 1, revisionHistoryLimit=1)),
            patch(DEPLOYMENTS, "web", changed("1"), 8),
            patch(DEPLOYMENTS, "web", changed("2"), 8),
            patch(DEPLOYMENTS, "web", changed("3"), 8),
        ),
    ),
    Situation("deployment-quota", (apply(QUOTA, seconds=3), apply(workload("Deployment", "web", 3), seconds=8))),
    Situation(
        "deployment-minready",
        (apply(workload("Deployment", "web", 2, minReadySeconds=10), seconds=5), Step("wait", (), 12)),
    ),
    Situation(
        "statefulset-ordered",
        (
            apply(workload("StatefulSet", "db", 3), seconds=14),
            patch(SETS, "db", changed("1"), 20),
            patch(SETS, "db", scaled(1), 10),
        ),
    ),
    Situation(
        "statefulset-partition",
        (
            apply(
                workload(
                    "StatefulSet",
                    "db",
                    3,
                    podManagementPolicy="Parallel",
                    updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}},
                )
            ),
            patch(SETS, "db", changed("1"), 10),
            patch(SETS, "db", {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}, 16),
        ),
    ),
    Situation(
        "statefulset-ondelete",
        (
            apply(workload("StatefulSet", "db", 2, updateStrategy={"type": "OnDelete"}), seconds=10),
            patch(SETS, "db", changed("1"), 4),
            Step("delete", ("pods", "db-0"), 8),
        ),
    ),
    Situation(
        "statefulset-stuck",
        (apply(workload("StatefulSet", "db", 2), seconds=10), patch(SETS, "db", broken(), 10)),
    ),
    Situation(
        "daemonset-update",
        (apply(workload("DaemonSet", "agent")), patch(DAEMONS, "agent", changed("1"), 20)),
    ),
    Situation(
        "daemonset-surge",
        (
            apply(
                workload(
                    "DaemonSet",
                    "agent",
                    updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                )
            ),
            patch(DAEMONS, "agent", changed("1"), 20),
        ),
    ),
    Situation(
        "daemonset-ondelete",
        (
            apply(workload("DaemonSet", "agent", updateStrategy={"type": "OnDelete"})),
            patch(DAEMONS, "agent", changed("1"), 5),
        ),
    ),
    Situation("job-done", (apply(job("once", EXITS_WELL, completions=3, parallelism=2), seconds=20),)),
    Situation("job-failed", (apply(job("bad", EXITS_BADLY, backoffLimit=1), seconds=30),)),
    Situation(
        "job-indexed",
        (apply(job("parts", EXITS_WELL, completions=4, parallelism=4, completionMode="Indexed"), seconds=14),),
    ),
    Situation(
        "job-per-index",
        (
            apply(
                job(
                    "parts",
                    EXITS_BADLY,
                    completions=2,
                    parallelism=2,
                    completionMode="Indexed",
                    backoffLimitPerIndex=0,
                ),
                seconds=14,
            ),
        ),
    ),
    Situation(
        "job-suspended",
        (
            apply(job("idle", None, suspend=True), seconds=4),
            patch(JOBS, "idle", {"spec": {"suspend": False}}, 6),
            patch(JOBS, "idle", {"spec": {"suspend": True}}, 8),
        ),
    ),
    Situation("job-deadline", (apply(job("slow", None, activeDeadlineSeconds=5), seconds=16),)),
    Situation(
        "job-policy",
        (
            apply(
                job(
                    "bad",
                    EXITS_BADLY,
                    podFailurePolicy={
                        "rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [128]}}]
                    },
                ),
                seconds=14,
            ),
        ),
    ),
    Situation(
        "budgets",
        (
            apply(
                *(workload("Deployment", app, 4) for app in ("int", "share", "down")),
                pdb("int", "int", minAvailable=3),
                pdb("share", "share", minAvailable="60%"),
                pdb("down", "down", maxUnavailable="30%"),
                pdb("none", "nobody", maxUnavailable=1),
                seconds=12,
            ),
            patch(DEPLOYMENTS, "down", scaled(2)),
        ),
    ),
    Situation(
        "budgets-of-odd-pods",
        (
            apply(
                bare("one"),
                bare("two"),
                workload("DaemonSet", "agent"),
                pdb("of-one", "one", minAvailable=1),
                pdb("of-two", "two", maxUnavailable=1),
                pdb("of-agent", "agent", maxUnavailable=1),
            ),
        ),
    ),
)
