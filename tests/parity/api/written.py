"""More stories: what the server drops of an object before it writes it, and what it makes of Services."""

from __future__ import annotations

from typing import Any

__all__ = ["written"]

Obj = dict[str, Any]


def pod(name: str, **spec: Any) -> Obj:
    """A pod that nobody schedules."""
    main: Obj = {"name": "main", "image": "app:1.0", **spec.pop("main", {})}
    spec = {"schedulerName": "nobody", "containers": [main], "automountServiceAccountToken": False, **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def claim(name: str, **spec: Any) -> Obj:
    """A claim of no class."""
    resources = {"requests": {"storage": "1Gi"}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": resources, "storageClassName": "", **spec},
    }


def service(name: str, **spec: Any) -> Obj:
    """A Service of port 80."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec},
    }


def config(name: str, **fields: Any) -> Obj:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **fields}


EMPTY_META: Obj = {
    "labels": {},
    "annotations": {},
    "finalizers": [],
    "ownerReferences": [],
    "generateName": "",
}
HOLLOW = pod(
    "hollow",
    hostNetwork=False,
    hostPID=False,
    nodeName="",
    nodeSelector={},
    tolerations=[],
    imagePullSecrets=[],
    initContainers=[],
    volumes=[],
    priorityClassName="",
    subdomain="",
    affinity={},
    securityContext={},
    hostAliases=[],
    topologySpreadConstraints=[],
    shareProcessNamespace=False,
    enableServiceLinks=False,
    terminationGracePeriodSeconds=0,
    main={
        "args": [],
        "command": [],
        "env": [{"name": "EMPTY", "value": ""}, {"name": "KEPT", "value": "1"}],
        "envFrom": [],
        "ports": [],
        "workingDir": "",
        "tty": False,
        "stdin": False,
        "securityContext": {"capabilities": {"add": [], "drop": ["ALL"]}, "privileged": False},
        "volumeMounts": [],
        "terminationMessagePath": "",
        "imagePullPolicy": "",
        "resources": {"limits": {}, "requests": {}},
    },
)
TRUST = {"clusterTrustBundle": {"name": "t", "path": "p"}}
CONFIG = {"configMap": {"name": "c"}}


def written(Step: Any, deployment: Any) -> dict[str, tuple[Any, ...]]:  # noqa: N803 - as `cases` calls them
    """The stories. Given what `cases` makes steps and Deployments with: this folder is no package."""
    return {
        "empties": (
            Step("create", "pods", body={**HOLLOW, "metadata": {"name": "hollow", **EMPTY_META}}),
            Step("create", "configmaps", body=config("c", data={}, binaryData={}, immutable=False)),
            Step(
                "create", "secrets", body={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {}}
            ),
            Step("create", "persistentvolumeclaims", body=claim("none", volumeName="", selector={})),
            Step("create", "services", body=service("web", externalIPs=[], loadBalancerIP="", sessionAffinity="")),
            Step("create", "services", body=service("blind", selector={}, clusterIP="None", ports=[])),
            Step(
                "create", "deployments.apps", body=deployment(paused=False, minReadySeconds=0, revisionHistoryLimit=0)
            ),
            Step(
                "create",
                "networkpolicies.networking.k8s.io",
                body={
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "NetworkPolicy",
                    "metadata": {"name": "deny"},
                    "spec": {"podSelector": {}, "ingress": [], "egress": [{}], "policyTypes": ["Ingress", "Egress"]},
                },
            ),
        ),
        "emptied": (
            Step(
                "create",
                "configmaps",
                body={
                    **config("c", data={"a": "1"}),
                    "metadata": {
                        "name": "c",
                        "labels": {"a": "b"},
                        "annotations": {"n": "1"},
                        "ownerReferences": [
                            {
                                "apiVersion": "v1",
                                "kind": "Node",
                                "name": "n",
                                "uid": "11111111-1111-1111-1111-111111111111",
                            }
                        ],
                        "finalizers": ["seatrial.test/hold"],
                    },
                },
            ),
            Step("patch", "configmaps", "c", {"metadata": {"ownerReferences": []}}, kind="merge"),
            Step("patch", "configmaps", "c", [{"op": "remove", "path": "/metadata/labels/a"}], kind="json"),
            Step("patch", "configmaps", "c", {"metadata": {"annotations": {"n": None}}}, kind="strategic"),
            Step("patch", "configmaps", "c", {"metadata": {"finalizers": []}, "data": {}}, kind="merge"),
            Step("patch", "configmaps", "c", {"data": {"a": None}}, kind="strategic"),
            Step("update", "configmaps", "c", {**config("c", data={}), "metadata": {"name": "c", "labels": {}}}),
            Step("patch", "configmaps", "d", config("d", data={}), kind="apply"),
            Step("patch", "configmaps", "d", config("d", data={"x": ""}), kind="apply"),
            Step("patch", "configmaps", "d", config("d", data={}), kind="apply"),
        ),
        "disabled": (
            Step(
                "create",
                "pods",
                body=pod(
                    "gated",
                    terminationGracePeriodSeconds=-5,
                    os={"name": "linux"},
                    main={"lifecycle": {"stopSignal": "SIGUSR1"}},
                    volumes=[{"name": "v", "projected": {"sources": [{**TRUST, **CONFIG}]}}],
                ),
            ),
            Step(
                "create",
                "pods",
                body=pod(
                    "hooked",
                    os={"name": "linux"},
                    main={"lifecycle": {"stopSignal": "SIGUSR1", "preStop": {"sleep": {"seconds": 1}}}},
                ),
            ),
            Step("create", "persistentvolumeclaims", body=claim("odd", dataSource={"kind": "Disk", "name": "d"})),
            Step(
                "create",
                "persistentvolumeclaims",
                body=claim("copy", dataSource={"kind": "PersistentVolumeClaim", "name": "d"}),
            ),
            Step(
                "create",
                "persistentvolumeclaims",
                body=claim("far", dataSourceRef={"kind": "Disk", "apiGroup": "x.io", "name": "d", "namespace": "else"}),
            ),
            Step(
                "create",
                "persistentvolumeclaims",
                body=claim("near", dataSourceRef={"kind": "Disk", "apiGroup": "x.io", "name": "d"}),
            ),
            Step(
                "create",
                "leases.coordination.k8s.io",
                body={
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": {"name": "l"},
                    "spec": {"strategy": "OldestEmulationVersion"},
                },
            ),
            Step(
                "create",
                "statefulsets.apps",
                body={
                    **deployment("sts"),
                    "kind": "StatefulSet",
                    "spec": {
                        **deployment("sts")["spec"],
                        "serviceName": "sts",
                        "updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}},
                    },
                },
            ),
            Step(
                "create",
                "endpointslices.discovery.k8s.io",
                body={
                    "apiVersion": "discovery.k8s.io/v1",
                    "kind": "EndpointSlice",
                    "metadata": {"name": "e"},
                    "addressType": "IPv4",
                    "ports": [{"port": 80}],
                    "endpoints": [{"addresses": ["10.1.2.3"], "deprecatedTopology": {"kubernetes.io/hostname": "n"}}],
                },
            ),
        ),
        "stacks": (
            Step("create", "services", body=service("prefer", ipFamilyPolicy="PreferDualStack")),
            Step(
                "create",
                "services",
                body=service("both", ipFamilyPolicy="PreferDualStack", ipFamilies=["IPv4", "IPv6"]),
            ),
            Step("create", "services", body=service("six", ipFamilies=["IPv6"])),
            Step("create", "services", body=service("must", ipFamilyPolicy="RequireDualStack")),
            Step("create", "services", body=service("must6", ipFamilyPolicy="RequireDualStack", ipFamilies=["IPv6"])),
            Step("create", "services", body=service("headless", clusterIP="None", ipFamilyPolicy="PreferDualStack")),
            Step("create", "services", body=service("hmust", clusterIP="None", ipFamilyPolicy="RequireDualStack")),
            Step("create", "services", body=service("blind", selector=None, clusterIP="None")),
            Step("patch", "services", "prefer", {"spec": {"ipFamilyPolicy": "SingleStack"}}, kind="merge"),
            Step("patch", "services", "prefer", {"spec": {"ipFamilyPolicy": "RequireDualStack"}}, kind="merge"),
            Step("create", "services", body=service("lb", type="LoadBalancer")),
            Step("create", "services", body=service("out", type="ExternalName", externalName="x.example.com")),
            Step("create", "services", body=service("nout", type="ExternalName")),
            Step("patch", "services", "out", {"spec": {"type": "ClusterIP", "externalName": None}}, kind="merge"),
            Step("patch", "services", "lb", {"spec": {"type": "ExternalName", "externalName": "y.io"}}, kind="merge"),
        ),
    }
