"""The small pods whose lives are recorded on a real cluster and lived again by our kubelet.

Each entry: the pod's spec as a cluster is given it, and the annotations by which ours learns what the real process
does by itself (exit codes, run times).
"""

from __future__ import annotations

from typing import Any

__all__ = ["AGNHOST", "PAUSE", "PODS", "pod_body"]

PAUSE = "registry.k8s.io/pause:3.10.2"
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"


def pause(name: str = "app", **more: Any) -> dict[str, Any]:
    """A container that does nothing."""
    return {"name": name, "image": PAUSE, "imagePullPolicy": "Never", **more}


def shell(script: str, name: str = "app", **more: Any) -> dict[str, Any]:
    """A container that runs a shell script."""
    return {
        "name": name,
        "image": AGNHOST,
        "imagePullPolicy": "Never",
        "command": ["/bin/sh", "-c", script],
        **more,
    }


def probe(port: int, **more: Any) -> dict[str, Any]:
    """A TCP probe; nothing listens on the ports that are used here."""
    return {"tcpSocket": {"port": port}, "periodSeconds": 2, "failureThreshold": 2, **more}


SLEEP = "trap 'exit 0' TERM; while true; do sleep 0.2; done"
STUBBORN = "trap '' TERM; while true; do sleep 0.2; done"
SERVE = {"image": AGNHOST, "imagePullPolicy": "Never", "args": ["netexec"]}

# name: (spec, annotations for ours)
PODS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "plain": ({"containers": [pause()]}, {}),
    "two": ({"containers": [pause("zeta"), pause("alpha")]}, {}),
    "resources": (
        {"containers": [pause(resources={"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}})]},
        {},
    ),
    "ready": (
        {
            "containers": [
                {
                    "name": "app",
                    **SERVE,
                    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 3},
                }
            ]
        },
        {},
    ),
    "delayed": (
        {
            "containers": [
                {
                    "name": "app",
                    **SERVE,
                    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "initialDelaySeconds": 7},
                }
            ]
        },
        {},
    ),
    "unready": ({"containers": [pause(readinessProbe=probe(81))]}, {"seatrial.dev/fail-probe": "readiness"}),
    "liveness": (
        {"containers": [shell(SLEEP, livenessProbe=probe(81))], "terminationGracePeriodSeconds": 3},
        {"seatrial.dev/fail-probe": "liveness"},
    ),
    "startup": (
        {"containers": [shell(SLEEP, startupProbe=probe(81))], "terminationGracePeriodSeconds": 3},
        {"seatrial.dev/fail-probe": "startup"},
    ),
    "started": (
        {
            "containers": [
                {
                    "name": "app",
                    **SERVE,
                    "startupProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 2},
                    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 2},
                }
            ]
        },
        {},
    ),
    "crash": (
        {"containers": [shell("sleep 1; exit 3")]},
        {"seatrial.dev/crash-after": "1s", "seatrial.dev/exit-code": "3"},
    ),
    "crash-beside": (
        {"containers": [pause("good"), shell("sleep 1; exit 3", "bad")]},
        {"seatrial.dev/bad.crash-after": "1s", "seatrial.dev/bad.exit-code": "3"},
    ),
    "failed": (
        {"containers": [shell("sleep 2; exit 4")], "restartPolicy": "Never"},
        {"seatrial.dev/run-time": "2s", "seatrial.dev/exit-code": "4"},
    ),
    "completed": (
        {"containers": [shell("sleep 3")], "restartPolicy": "Never"},
        {"seatrial.dev/run-time": "3s"},
    ),
    "on-failure": (
        {"containers": [shell("sleep 1; exit 5")], "restartPolicy": "OnFailure"},
        {"seatrial.dev/run-time": "1s", "seatrial.dev/exit-code": "5"},
    ),
    "completes-always": (
        {"containers": [shell("sleep 1")]},
        {"seatrial.dev/crash-after": "1s", "seatrial.dev/exit-code": "0"},
    ),
    "init": (
        {
            "initContainers": [shell("sleep 1", "first"), shell("sleep 2", "second")],
            "containers": [pause()],
        },
        {"seatrial.dev/first.run-time": "1s", "seatrial.dev/second.run-time": "2s"},
    ),
    "init-fails": (
        {"initContainers": [shell("sleep 1; exit 6", "first")], "containers": [pause()]},
        {"seatrial.dev/first.run-time": "1s", "seatrial.dev/first.exit-code": "6"},
    ),
    "init-fails-never": (
        {
            "initContainers": [shell("sleep 1; exit 6", "first")],
            "containers": [pause()],
            "restartPolicy": "Never",
        },
        {"seatrial.dev/first.run-time": "1s", "seatrial.dev/first.exit-code": "6"},
    ),
    "sidecar": (
        {"initContainers": [shell(SLEEP, "side", restartPolicy="Always")], "containers": [pause()]},
        {},
    ),
    "sidecar-job": (
        {
            "initContainers": [shell(SLEEP, "side", restartPolicy="Always")],
            "containers": [shell("sleep 3")],
            "restartPolicy": "Never",
        },
        {"seatrial.dev/app.run-time": "3s"},
    ),
    "prestop": (
        {"containers": [shell(SLEEP, lifecycle={"preStop": {"sleep": {"seconds": 3}}})]},
        {},
    ),
    "stubborn": (
        {"containers": [shell(STUBBORN)], "terminationGracePeriodSeconds": 4},
        {"seatrial.dev/stop-time": "1h"},
    ),
    "poststart": (
        {"containers": [shell(SLEEP, lifecycle={"postStart": {"exec": {"command": ["sleep", "3"]}}})]},
        {"seatrial.dev/post-start-time": "3s"},
    ),
    "no-configmap": (
        {"containers": [pause(envFrom=[{"configMapRef": {"name": "absent"}}])]},
        {},
    ),
    "no-secret": (
        {"containers": [pause(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "absent", "key": "a"}}}])]},
        {},
    ),
    "no-volume": (
        {
            "containers": [pause(volumeMounts=[{"name": "data", "mountPath": "/data"}])],
            "volumes": [{"name": "data", "configMap": {"name": "absent"}}],
        },
        {},
    ),
    "bad-image": (
        {"containers": [{"name": "app", "image": "localhost:1/absent:1", "imagePullPolicy": "IfNotPresent"}]},
        {"seatrial.dev/pull-fails": "true"},
    ),
    "never-image": (
        {"containers": [{"name": "app", "image": "localhost:1/absent:1", "imagePullPolicy": "Never"}]},
        {"seatrial.dev/image-present": "false"},
    ),
    "gated": (
        {"containers": [pause()], "readinessGates": [{"conditionType": "example.com/gate"}]},
        {},
    ),
    "oom": (
        {
            "containers": [
                pause(
                    image=AGNHOST,
                    args=["stress", "--mem-total", "512Mi", "--mem-alloc-size", "64Mi", "--mem-alloc-sleep", "0s"],
                    resources={"requests": {"memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                )
            ],
            "restartPolicy": "Never",
        },
        {"seatrial.dev/memory": "200Mi", "seatrial.dev/oom-after": "100ms"},
    ),
    "deadline": (
        {"containers": [shell(SLEEP)], "activeDeadlineSeconds": 5},
        {},
    ),
    "too-big": (
        {"nodeName": "NODE", "containers": [pause(resources={"requests": {"cpu": "1000"}})]},
        {},
    ),
    "wrong-node": (
        {"nodeName": "NODE", "nodeSelector": {"example.com/no": "where"}, "containers": [pause()]},
        {},
    ),
}


def pod_body(name: str, namespace: str, node: str) -> dict[str, Any]:
    """The Pod to create."""
    spec, annotations = PODS[name]
    body = {**spec, "automountServiceAccountToken": False}
    if "nodeName" in spec:
        body["nodeName"] = node
    else:
        body["nodeSelector"] = {"kubernetes.io/hostname": node}
    meta: dict[str, Any] = {"name": name, "namespace": namespace}
    if annotations:
        meta["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": body}
