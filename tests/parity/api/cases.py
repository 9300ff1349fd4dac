"""What is asked of a real API server and of ours: short stories of requests, each in a namespace of its own.

A step's values may point back: `@2.metadata.uid` is that field of the answer to step 2 (counted from 0).
Pods name a scheduler that does not exist, so that nothing but the requests changes them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["CASES", "Step"]

Obj = dict[str, Any]


class Step(NamedTuple):
    """One request. verb: create, get, list, update, patch, delete, deletecollection, adopt.

    adopt: take over what controllers have written into the real object since (ours gets it by a status update);
    await: read when `until`, a path, is there. Both wait for the real one.
    """

    verb: str
    resource: str
    name: str = ""
    body: Any = None
    subresource: str = ""
    kind: str = ""
    manager: str = "tester"
    force: bool = False
    dry_run: bool = False
    validation: str = ""
    labels: str = ""
    fields: str = ""
    limit: int = 0
    grace: int = -1
    propagation: str = ""
    uid: str = ""
    version: str = ""
    match: str = ""
    until: str = ""
    cluster: bool = False


def deployment(name: str = "web", **spec: Any) -> Obj:
    """A Deployment whose pods nobody schedules."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "schedulerName": "nobody",
                    "containers": [{"name": "main", "image": "app:1.0", "ports": [port(80)]}],
                },
            },
            **spec,
        },
    }


def port(number: int) -> Obj:
    """A container's port."""
    return {"containerPort": number}


def pod(name: str = "p", labels: Obj | None = None, **spec: Any) -> Obj:
    """A pod that nobody schedules."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": "p"}},
        "spec": {
            "schedulerName": "nobody",
            "automountServiceAccountToken": False,
            "containers": [{"name": "main", "image": "app:1.0"}],
            **spec,
        },
    }


def config(name: str = "c", data: Obj | None = None, **meta: Any) -> Obj:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}, "data": data or {"a": "1"}}


def service(name: str = "s", **spec: Any) -> Obj:
    """A Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": "p"}, "ports": [{"port": 80, "targetPort": 8080}], **spec},
    }


def template(name: str = "t") -> Obj:
    """A PodTemplate: it has a pod's lists and maps, and no controller."""
    return {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": name, "labels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "terminationGracePeriodSeconds": 30,
                "containers": [{"name": "main", "image": "app:1.0", "ports": [port(80)]}],
                "volumes": [{"name": "v", "emptyDir": {}}],
            },
        },
    }


def applied(**spec: Any) -> Obj:
    """A partial PodTemplate to apply."""
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}, "template": {"spec": spec}}


def ingress(name: str = "i") -> Obj:
    """An Ingress: it has spec, status and generation, and no controller."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name},
        "spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}},
    }


def balanced(address: str) -> Obj:
    """A status patch of an Ingress."""
    return {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}


def definition() -> Obj:
    """A CustomResourceDefinition with defaults, pruning, status and scale."""
    spec = {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "minimum": 0},
            "colour": {"type": "string", "default": "red", "enum": ["red", "blue"]},
            "parts": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"type": "string"}, "weight": {"type": "integer"}},
                },
            },
        },
        "required": ["size"],
    }
    status = {"type": "object", "properties": {"size": {"type": "integer"}, "phase": {"type": "string"}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}},
        "subresources": {
            "status": {},
            "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
        },
    }
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.seatrial.test"},
        "spec": {"group": "seatrial.test", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def widget(name: str = "w", **spec: Any) -> Obj:
    """A custom resource."""
    return {"apiVersion": "seatrial.test/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


DEPLOYMENTS, CONFIGS, PODS, SERVICES = "deployments.apps", "configmaps", "pods", "services"
BUDGETS, TEMPLATES, INGRESSES = "poddisruptionbudgets.policy", "podtemplates", "ingresses.networking.k8s.io"

CRDS, WIDGETS = "customresourcedefinitions.apiextensions.k8s.io", "widgets.seatrial.test"

CASES: dict[str, tuple[Step, ...]] = {
    "create": (
        Step("create", CONFIGS, body=config()),
        Step("create", CONFIGS, body=config()),
        Step("create", CONFIGS, body={**config(), "metadata": {"generateName": "gen-"}}),
        Step("create", CONFIGS, body=config("other", namespace="elsewhere")),
        Step("create", CONFIGS, body=config("dry"), dry_run=True),
        Step("get", CONFIGS, "dry"),
        Step("create", CONFIGS, body=config("versioned", resourceVersion="5")),
        Step("create", CONFIGS, body={**config(), "metadata": {}}),
        Step("create", CONFIGS, body=config("Bad_Name")),
        Step("create", CONFIGS, body={**config("odd"), "unknown": 1}, validation="Strict"),
        Step("create", CONFIGS, body={**config("lax"), "unknown": 1}, validation="Ignore"),
        Step("create", CONFIGS, body={**config("wrong"), "data": {"a": 1}}),
        Step("create", CONFIGS, body=pod("kind")),
        Step("create", CONFIGS, body=config("uidgiven", uid="11111111-1111-4111-8111-111111111111")),
    ),
    "update": (
        Step("create", CONFIGS, body=config()),
        Step("update", CONFIGS, "c", body=config(data={"a": "2"})),
        Step("update", CONFIGS, "c", body=config(data={"a": "3"}, resourceVersion="@0.metadata.resourceVersion")),
        Step("update", CONFIGS, "c", body=config(data={"a": "2"}), manager="other"),
        Step("update", CONFIGS, "c", body=config(data={"a": "4", "b": "1"}), manager="other"),
        Step("update", CONFIGS, "c", body=config("d")),
        Step("update", CONFIGS, "c", body=config(), subresource="status"),
        Step("patch", CONFIGS, "c", kind="merge", body={"spec": {"replicas": 1}}, subresource="scale"),
        Step("update", CONFIGS, "missing", body=config("missing")),
        Step("update", CONFIGS, "c", body=config(uid="00000000-0000-4000-8000-000000000000")),
        Step("update", CONFIGS, "c", body=config(data={"a": "9"}), dry_run=True),
        Step("get", CONFIGS, "c"),
        Step("update", CONFIGS, "c", body=config(managedFields=[])),
        Step("update", CONFIGS, "c", body=config(data={"a": "1", "z": "1"})),
    ),
    "leases": (
        Step(
            "update",
            "leases.coordination.k8s.io",
            "l",
            body={
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": "l"},
                "spec": {"holderIdentity": "a", "leaseDurationSeconds": 40},
            },
        ),
        Step(
            "update",
            "leases.coordination.k8s.io",
            "l",
            body={
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": "l"},
                "spec": {"holderIdentity": "b", "leaseDurationSeconds": 40},
            },
        ),
    ),
    "generation": (
        Step("create", INGRESSES, body=ingress()),
        Step("patch", INGRESSES, "i", kind="merge", body={"metadata": {"labels": {"x": "y"}}}),
        Step("patch", INGRESSES, "i", kind="merge", body={"spec": {"ingressClassName": "one"}}),
        Step("patch", INGRESSES, "i", kind="merge", body={"spec": {"ingressClassName": "one"}}),
        Step("patch", INGRESSES, "i", kind="merge", subresource="status", body=balanced("192.0.2.1")),
        Step("patch", INGRESSES, "i", kind="merge", subresource="status", body={"spec": {"ingressClassName": "two"}}),
        Step("patch", INGRESSES, "i", kind="merge", body=balanced("192.0.2.9")),
        Step("patch", INGRESSES, "i", kind="merge", body={"spec": {"ingressClassName": None}}, manager="other"),
        Step("patch", INGRESSES, "nope", kind="merge", body={"spec": {}}),
        Step("patch", INGRESSES, "i", kind="merge", body={"metadata": {"resourceVersion": "1"}}),
        Step("patch", INGRESSES, "i", kind="merge", body={"metadata": {"generation": 77, "creationTimestamp": None}}),
        Step("delete", INGRESSES, "i"),
    ),
    "jsonpatch": (
        Step("create", CONFIGS, body=config(data={"a": "1", "b": "2"})),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "add", "path": "/data/c", "value": "3"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "remove", "path": "/data/zz"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "replace", "path": "/data/zz", "value": "x"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "test", "path": "/data/a", "value": "2"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "test", "path": "/data/zz", "value": "2"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "move", "from": "/data/a", "path": "/data/d"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "copy", "from": "/data/zz", "path": "/data/d"}]),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "fly", "path": "/data/d"}]),
        Step("patch", CONFIGS, "c", kind="json", body={"op": "add"}),
        Step("patch", CONFIGS, "c", kind="json", body=[{"op": "add", "path": "/x/y/z", "value": "3"}]),
        Step(
            "patch",
            CONFIGS,
            "c",
            kind="json",
            body=[{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}],
        ),
    ),
    "strategic": (
        Step("create", TEMPLATES, body=template()),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"template": {"spec": {"containers": [{"name": "side", "image": "b"}]}}},
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"template": {"spec": {"containers": [{"name": "main", "image": "c"}]}}},
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={
                "template": {
                    "spec": {
                        "$setElementOrder/containers": [{"name": "main"}, {"name": "side"}],
                        "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}],
                    }
                }
            },
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"template": {"spec": {"containers": [{"name": "side", "$patch": "delete"}]}}},
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={
                "template": {
                    "spec": {
                        "volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]
                    }
                }
            },
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"template": {"spec": {"containers": [{"image": "x"}]}}},
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"template": {"spec": {"nodeSelector": {"$patch": "replace", "a": "b"}}}},
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"template": {"spec": {"nodeSelector": {"$patch": "burn"}}}},
        ),
        Step("patch", TEMPLATES, "t", kind="strategic", body={"metadata": {"finalizers": ["x.io/a", "x.io/b"]}}),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="strategic",
            body={"metadata": {"$deleteFromPrimitiveList/finalizers": ["x.io/a"]}},
        ),
        Step("patch", TEMPLATES, "t", kind="strategic", body={"metadata": {"finalizers": None}}),
    ),
    "apply": (
        Step("patch", TEMPLATES, "t", kind="apply", body=template(), manager="alice"),
        Step("patch", TEMPLATES, "t", kind="apply", body=template(), manager="alice"),
        Step("patch", TEMPLATES, "t", kind="apply", body=applied(terminationGracePeriodSeconds=3), manager="bob"),
        Step("patch", TEMPLATES, "t", kind="apply", body=applied(terminationGracePeriodSeconds=30), manager="bob"),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="apply",
            body=applied(terminationGracePeriodSeconds=30, activeDeadlineSeconds=3),
            manager="bob",
        ),
        Step("patch", TEMPLATES, "t", kind="apply", body=applied(activeDeadlineSeconds=4), manager="bob"),
        Step("patch", TEMPLATES, "t", kind="apply", body=applied(), manager="bob"),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="merge",
            body={"template": {"spec": {"activeDeadlineSeconds": 9}}},
            manager="carol",
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="apply",
            body=applied(activeDeadlineSeconds=1, terminationGracePeriodSeconds=2),
            manager="bob",
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="apply",
            body=applied(activeDeadlineSeconds=1),
            manager="bob",
            force=True,
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="apply",
            body=applied(containers=[{"name": "side", "image": "x", "ports": [port(1), port(2)]}]),
            manager="dave",
        ),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="apply",
            body=applied(containers=[{"name": "side", "image": "x", "ports": [port(2)]}]),
            manager="dave",
        ),
        Step("patch", TEMPLATES, "t", kind="apply", body=applied(), manager="dave"),
        Step(
            "patch",
            TEMPLATES,
            "t",
            kind="apply",
            body={**applied(), "metadata": {"name": "t", "managedFields": []}},
            manager="dave",
        ),
        Step("patch", TEMPLATES, "t", kind="apply", body={**applied(), "apiVersion": "v2"}, manager="dave"),
        Step("patch", TEMPLATES, "t", kind="apply", body=applied(unknown=1), manager="dave"),
    ),
    "applysets": (
        Step("create", CONFIGS, body=config(finalizers=["x.io/a"], labels={"one": "1"})),
        Step(
            "patch",
            CONFIGS,
            "c",
            kind="apply",
            body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "finalizers": ["x.io/b"]}},
            manager="alice",
        ),
        Step(
            "patch",
            CONFIGS,
            "c",
            kind="apply",
            body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": {"one": "2"}}},
            manager="alice",
        ),
        Step("update", CONFIGS, "c", body=config(managedFields=[])),
        Step(
            "patch",
            CONFIGS,
            "c",
            kind="apply",
            body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "5"}},
            manager="alice",
        ),
        Step("patch", CONFIGS, "c", kind="merge", body={"metadata": {"finalizers": None}}),
    ),
    "delete": (
        Step("create", CONFIGS, body=config()),
        Step("delete", CONFIGS, "c", uid="00000000-0000-4000-8000-000000000000"),
        Step("delete", CONFIGS, "c", version="1"),
        Step("delete", CONFIGS, "c", propagation="Sideways"),
        Step("delete", CONFIGS, "c", dry_run=True),
        Step("delete", CONFIGS, "c"),
        Step("delete", CONFIGS, "c"),
        Step("create", CONFIGS, body=config("held", finalizers=["x.io/a"])),
        Step("delete", CONFIGS, "held"),
        Step("create", CONFIGS, body=config("held")),
        Step("patch", CONFIGS, "held", kind="merge", body={"metadata": {"finalizers": ["x.io/a", "x.io/b"]}}),
        Step("delete", CONFIGS, "held"),
        Step("patch", CONFIGS, "held", kind="merge", body={"metadata": {"finalizers": None}}),
        Step("get", CONFIGS, "held"),
        Step("create", DEPLOYMENTS, body=deployment("orphaner", paused=True)),
        Step("create", CONFIGS, body=config("x", labels={"set": "1"})),
        Step("create", CONFIGS, body=config("y", labels={"set": "2"})),
        Step("deletecollection", CONFIGS, labels="set in (1,2)"),
        Step("list", CONFIGS, labels="set"),
    ),
    "pods": (
        Step("create", PODS, body=pod()),
        Step("update", PODS, "p", body=pod(terminationGracePeriodSeconds=5)),
        Step("patch", PODS, "p", kind="merge", body={"metadata": {"labels": {"new": "1"}}}),
        Step(
            "patch",
            PODS,
            "p",
            kind="merge",
            subresource="status",
            body={"status": {"phase": "Running", "qosClass": "Guaranteed"}},
        ),
        Step("patch", PODS, "p", kind="strategic", body={"spec": {"containers": [{"name": "main", "image": "new"}]}}),
        Step(
            "create",
            PODS,
            "p",
            subresource="binding",
            body={
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": "p"},
                "target": {"kind": "Node", "name": "nowhere"},
            },
        ),
        Step("get", PODS, "p"),
        Step(
            "create",
            PODS,
            "p",
            subresource="binding",
            body={
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": {"name": "p"},
                "target": {"kind": "Node", "name": "nowhere"},
            },
        ),
        Step("delete", PODS, "p", grace=10),
        Step("delete", PODS, "p", grace=30),
        Step("delete", PODS, "p"),
        Step("delete", PODS, "p", grace=0),
        Step("get", PODS, "p"),
        Step(
            "create",
            PODS,
            body=pod("burst", containers=[{"name": "m", "image": "i", "resources": {"requests": {"cpu": "0.5"}}}]),
        ),
        Step(
            "create",
            PODS,
            body=pod(
                "sure",
                containers=[{"name": "m", "image": "i:v1", "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}}}],
            ),
        ),
        Step("create", PODS, body=pod("gated", schedulingGates=[{"name": "x.io/wait"}])),
        Step("create", PODS, body=pod("grand", priorityClassName="none-such")),
        Step("create", PODS, body=pod("system", priorityClassName="system-cluster-critical")),
        Step("create", PODS, body=pod("badsa", serviceAccountName="ghost")),
        Step("delete", PODS, "burst"),
        Step("list", PODS, fields="status.phase=Pending,spec.schedulerName=nobody", labels="app=p"),
        Step("list", PODS, fields="spec.nonsense=1"),
        Step("list", PODS, labels="a in (b"),
        Step("list", CONFIGS, fields="data.a=1"),
        Step("list", PODS, limit=1),
    ),
    "token": (
        Step("create", PODS, body={**pod(), "spec": {k: v for k, v in pod()["spec"].items() if k[:4] != "auto"}}),
        Step("get", PODS, "p"),
    ),
    "eviction": (
        Step("create", PODS, body=pod("ready", {"app": "ha"})),
        Step(
            "create",
            PODS,
            "ready",
            subresource="eviction",
            body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "ready"}},
        ),
        Step("get", PODS, "ready"),
        Step("create", PODS, body=pod("ready", {"app": "ha"})),
        Step(
            "patch",
            PODS,
            "ready",
            kind="merge",
            subresource="status",
            body={"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}},
        ),
        Step(
            "create",
            BUDGETS,
            body={
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "b"},
                "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "ha"}}},
            },
        ),
        Step("adopt", BUDGETS, "b", until="status.observedGeneration"),
        Step(
            "create",
            PODS,
            "ready",
            subresource="eviction",
            body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "ready"}},
        ),
        Step(
            "create",
            BUDGETS,
            body={
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "b2"},
                "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "ha"}}},
            },
        ),
        Step("adopt", BUDGETS, "b2", until="status.observedGeneration"),
        Step(
            "create",
            PODS,
            "ready",
            subresource="eviction",
            body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "ready"}},
        ),
        Step(
            "create",
            PODS,
            "ghost",
            subresource="eviction",
            body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "ghost"}},
        ),
        Step(
            "update",
            BUDGETS,
            "b",
            body={
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "b"},
                "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "ha"}}},
            },
        ),
    ),
    "scale": (
        Step("create", DEPLOYMENTS, body=deployment(paused=True)),
        Step("get", DEPLOYMENTS, "web", subresource="scale"),
        Step("patch", DEPLOYMENTS, "web", kind="merge", subresource="scale", body={"spec": {"replicas": 2}}),
        Step("patch", DEPLOYMENTS, "web", kind="merge", subresource="scale", body={"spec": {"replicas": -1}}),
        Step("patch", DEPLOYMENTS, "nope", kind="merge", subresource="scale", body={"spec": {"replicas": 1}}),
    ),
    "services": (
        Step("create", SERVICES, body=service()),
        Step("create", SERVICES, body=service("np", type="NodePort")),
        Step("patch", SERVICES, "np", kind="merge", body={"spec": {"type": "ClusterIP"}}),
        Step("create", SERVICES, body=service("headless", clusterIP="None")),
        Step("create", SERVICES, body={**service("ext"), "spec": {"type": "ExternalName", "externalName": "a.b"}}),
        Step("create", SERVICES, body=service("outside", clusterIP="10.1.2.3")),
        Step("create", SERVICES, body=service("low", type="NodePort", ports=[{"port": 80, "nodePort": 80}])),
        Step("create", SERVICES, body=service("lb", type="LoadBalancer")),
        Step("create", SERVICES, body=service("local", type="LoadBalancer", externalTrafficPolicy="Local")),
        Step("patch", SERVICES, "local", kind="merge", body={"spec": {"externalTrafficPolicy": "Cluster"}}),
        Step("patch", SERVICES, "local", kind="merge", body={"spec": {"type": "ClusterIP"}}),
        Step("patch", SERVICES, "headless", kind="merge", body={"spec": {"clusterIP": "10.96.0.77"}}),
        Step("patch", SERVICES, "ext", kind="merge", body={"spec": {"type": "ClusterIP", "externalName": None}}),
        Step("delete", SERVICES, "np"),
    ),
    "secrets": (
        Step(
            "create",
            "secrets",
            body={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "v"}},
        ),
        Step("patch", "secrets", "s", kind="merge", body={"stringData": {"l": "w"}}),
    ),
    "quota": (
        Step(
            "create",
            "resourcequotas",
            body={
                "apiVersion": "v1",
                "kind": "ResourceQuota",
                "metadata": {"name": "q"},
                "spec": {
                    "hard": {"pods": "1", "requests.cpu": "1", "count/configmaps": "3", "services.nodeports": "0"}
                },
            },
        ),
        Step("adopt", "resourcequotas", "q", until="status.used.pods"),
        Step("create", PODS, body=pod("nothing")),
        Step(
            "create",
            PODS,
            body=pod("much", containers=[{"name": "m", "image": "i", "resources": {"requests": {"cpu": "1500m"}}}]),
        ),
        Step(
            "create",
            PODS,
            body=pod("fits", containers=[{"name": "m", "image": "i", "resources": {"requests": {"cpu": "0.25"}}}]),
        ),
        Step(
            "create",
            PODS,
            body=pod("second", containers=[{"name": "m", "image": "i", "resources": {"requests": {"cpu": "800m"}}}]),
        ),
        Step("create", SERVICES, body=service("np", type="NodePort")),
        Step("create", CONFIGS, body=config("one")),
    ),
    "limits": (
        Step(
            "create",
            "limitranges",
            body={
                "apiVersion": "v1",
                "kind": "LimitRange",
                "metadata": {"name": "l"},
                "spec": {
                    "limits": [
                        {
                            "type": "Container",
                            "default": {"cpu": "500m"},
                            "defaultRequest": {"cpu": "100m", "memory": "64Mi"},
                            "max": {"cpu": "1"},
                        }
                    ]
                },
            },
        ),
        Step("create", PODS, body=pod("filled")),
        Step(
            "create",
            PODS,
            body=pod("greedy", containers=[{"name": "m", "image": "i", "resources": {"limits": {"cpu": "2"}}}]),
        ),
    ),
    "applystatus": (
        Step("create", INGRESSES, body=ingress()),
        Step(
            "patch",
            INGRESSES,
            "i",
            kind="apply",
            subresource="status",
            body={"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **balanced("192.0.2.5")},
            manager="erin",
        ),
        Step("patch", INGRESSES, "i", kind="merge", subresource="status", body=balanced("192.0.2.6"), manager="frank"),
        Step(
            "patch",
            INGRESSES,
            "i",
            kind="apply",
            subresource="status",
            body={"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **balanced("192.0.2.7")},
            manager="erin",
        ),
        Step(
            "patch",
            INGRESSES,
            "i",
            kind="apply",
            body={**ingress(), **balanced("192.0.2.8"), "metadata": {"name": "i", "annotations": {"a": "b"}}},
            manager="erin",
            force=True,
        ),
        Step(
            "patch",
            INGRESSES,
            "i",
            kind="apply",
            subresource="status",
            body={"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"},
            manager="erin",
        ),
    ),
    "claims": (
        Step(
            "create",
            "persistentvolumeclaims",
            body={
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "c"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "none-such",
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            },
        ),
        Step("delete", "persistentvolumeclaims", "c"),
    ),
    "custom": (
        Step("create", CRDS, body=definition(), cluster=True),
        Step("await", CRDS, "widgets.seatrial.test", until="status.conditions", cluster=True),
        Step("create", WIDGETS, body={**widget(size=1, unknown=2), "status": {"phase": "New"}}),
        Step("create", WIDGETS, body=widget("bad", size=-1, colour="green")),
        Step("create", WIDGETS, body=widget("wrong", size="many")),
        Step("create", WIDGETS, body=widget("short")),
        Step("create", WIDGETS, body=widget("strict", size=1, unknown=2), validation="Strict"),
        Step("patch", WIDGETS, "w", kind="merge", body={"spec": {"size": 2}}),
        Step("patch", WIDGETS, "w", kind="merge", body={"metadata": {"labels": {"a": "b"}}}),
        Step("patch", WIDGETS, "w", kind="merge", body={"status": {"phase": "No"}}),
        Step("patch", WIDGETS, "w", kind="merge", subresource="status", body={"status": {"phase": "On", "size": 2}}),
        Step(
            "patch",
            WIDGETS,
            "w",
            kind="merge",
            subresource="status",
            body={"metadata": {"labels": {"c": "d"}}, "spec": {"size": 9}},
        ),
        Step("get", WIDGETS, "w", subresource="scale"),
        Step("patch", WIDGETS, "w", kind="merge", subresource="scale", body={"spec": {"replicas": 5}}),
        Step("get", WIDGETS, "w"),
        Step("patch", WIDGETS, "w", kind="strategic", body={"spec": {"size": 3}}),
        Step("patch", WIDGETS, "w", kind="apply", body=widget(parts=[{"name": "x", "weight": 1}]), manager="alice"),
        Step("patch", WIDGETS, "w", kind="apply", body=widget(parts=[{"name": "y"}]), manager="alice"),
        Step("patch", WIDGETS, "w", kind="apply", body=widget(size=77), manager="alice"),
        Step("update", WIDGETS, "w", body=widget(size=8)),
        Step("patch", WIDGETS, "fresh", kind="apply", body=widget("fresh", size=1), manager="alice"),
        Step("delete", WIDGETS, "w"),
        Step("delete", CRDS, "widgets.seatrial.test", cluster=True),
    ),
    "versions": (
        Step("create", CONFIGS, body=config("a", labels={"v": "1"})),
        Step("create", CONFIGS, body=config("b", labels={"v": "1"})),
        Step("delete", CONFIGS, "a"),
        Step("list", CONFIGS, labels="v=1", version="0"),
        Step("list", CONFIGS, labels="v=1", version="@0.metadata.resourceVersion", match="Exact"),
        Step("list", CONFIGS, labels="v=1", version="@1.metadata.resourceVersion", match="Exact"),
        Step("list", CONFIGS, labels="v=1", version="@1.metadata.resourceVersion", match="NotOlderThan"),
        Step("list", CONFIGS, labels="v=1", match="Exact"),
        Step("list", CONFIGS, labels="v=1", version="0", match="Exact"),
        Step("list", CONFIGS, labels="v=1", version="1", match="Sometimes"),
        Step("list", CONFIGS, labels="v=1", version="x"),
        Step("list", CONFIGS, labels="v=1", version="999999999"),
        Step("get", CONFIGS, "b", version="0"),
        Step("get", CONFIGS, "b", version="999999999"),
    ),
    "namespaces": (
        Step("delete", "namespaces", "kube-system", cluster=True),
        Step(
            "delete",
            "namespaces",
            "seatrial-namespaces",
            uid="00000000-0000-4000-8000-000000000000",
            cluster=True,
        ),
        Step(
            "create",
            "namespaces",
            body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "BAD"}},
            cluster=True,
        ),
        Step(
            "create",
            "namespaces",
            body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "seatrial-dry"}},
            dry_run=True,
            cluster=True,
        ),
        Step("create", CONFIGS, body=config()),
        Step("patch", CONFIGS, "c", kind="merge", body={"metadata": {"finalizers": ["x.io/hold"]}}),
        Step("patch", CONFIGS, "c", kind="merge", body={"metadata": {"finalizers": None}}),
    ),
}
