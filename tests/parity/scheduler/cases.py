"""The cases that are put to the real kube-scheduler: nodes, what is there before, and steps.

A case is plain data. Steps: `create` a pod and see where it goes or why it does not; `delete` a pod (at once, as a
kubelet would end it); `patch` an object; `look` at a pod that waited.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

__all__ = ["ZONES", "cases"]

Obj = dict[str, Any]
ZONES = ("za", "zb", "zc")
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
RUN = "seatrial.dev/parity"


def node(name: str, zone: str = "", cpu: str = "4", memory: str = "8Gi", pods: str = "20", **more: Any) -> Obj:
    """A Node. more: taints, labels, images, unschedulable, extended (resources)."""
    labels = {HOSTNAME: name, RUN: "yes", **({ZONE: zone} if zone else {}), **more.get("labels", {})}
    if more.get("hostless"):
        del labels[HOSTNAME]
    # Nobody else's pods are to come here.
    spec: Obj = {"taints": [taint(RUN), *more.get("taints", [])]}
    if more.get("unschedulable"):
        spec["unschedulable"] = True
    have = {"cpu": cpu, "memory": memory, "pods": pods, **more.get("extended", {})}
    images = [{"names": [name], "sizeBytes": size} for name, size in more.get("images", {}).items()]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"allocatable": have, "capacity": have, "images": images},
    }


def taint(key: str, effect: str = "NoSchedule", value: str = "") -> Obj:
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def pod(name: str, cpu: str = "", memory: str = "", labels: Obj | None = None, on: str = "", **spec: Any) -> Obj:
    """A Pod that only the case's nodes take."""
    asked = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    asked.update(spec.pop("extended", {}))
    limits = {key: value for key, value in asked.items() if "/" in key}
    container: Obj = {"name": "main", "image": spec.pop("image", "registry.k8s.io/pause:3.10")}
    if asked:
        container["resources"] = {"requests": asked, **({"limits": limits} if limits else {})}
    if "ports" in spec:
        container["ports"] = spec.pop("ports")
    selector = {RUN: "yes", **spec.pop("node_selector", {})}
    tolerations = [{"key": RUN, "operator": "Exists"}, *spec.pop("tolerations", [])]
    body: Obj = {
        "containers": [container],
        "terminationGracePeriodSeconds": 5,
        "automountServiceAccountToken": False,
        "nodeSelector": selector,
        "tolerations": tolerations,
        **spec,
    }
    if on:
        body["nodeName"] = on
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": body}


def create(*args: Any, **more: Any) -> Obj:
    return {"create": pod(*args, **more)}


def spread(key: str, labels: Obj, skew: int = 1, soft: bool = False, **more: Any) -> Obj:
    action = "ScheduleAnyway" if soft else "DoNotSchedule"
    selector = {"matchLabels": labels}
    return {"maxSkew": skew, "topologyKey": key, "whenUnsatisfiable": action, "labelSelector": selector, **more}


def term(key: str, labels: Obj | None = None, **more: Any) -> Obj:
    return {"topologyKey": key, "labelSelector": {"matchLabels": labels or {}}, **more}


def required(*terms: Obj) -> Obj:
    return {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}


def preferred(*pairs: tuple[int, Obj]) -> Obj:
    wished = [{"weight": weight, "podAffinityTerm": wanted} for weight, wanted in pairs]
    return {"preferredDuringSchedulingIgnoredDuringExecution": wished}


def node_affinity(*terms: Obj, wished: list[tuple[int, Obj]] | None = None) -> Obj:
    body: Obj = {}
    if terms:
        body["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": list(terms)}
    if wished:
        body["preferredDuringSchedulingIgnoredDuringExecution"] = [{"weight": w, "preference": t} for w, t in wished]
    return {"nodeAffinity": body}


def expression(key: str, operator: str, *values: str) -> Obj:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


def case(name: str, nodes: list[Obj], *steps: Obj, before: list[Obj] | None = None) -> Obj:
    return {"name": name, "nodes": nodes, "before": before or [], "steps": list(steps)}


def service(name: str, labels: Obj) -> Obj:
    spec = {"selector": labels, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def claim(name: str, size: str, class_name: str) -> Obj:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": class_name,
        "resources": {"requests": {"storage": size}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def volumes(*claims: str) -> list[Obj]:
    return [{"name": f"v{n}", "persistentVolumeClaim": {"claimName": name}} for n, name in enumerate(claims)]


def storage_class(name: str, provisioner: str, mode: str, **more: Any) -> Obj:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "volumeBindingMode": mode,
        **more,
    }


def volume(name: str, size: str, class_name: str, **more: Any) -> Obj:
    terms = [expression(ZONE, "In", more["zone"])] if "zone" in more else [expression(RUN, "Exists")]
    spec = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": class_name,
        "persistentVolumeReclaimPolicy": "Retain",
        "local": {"path": "/none"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def priority(name: str, value: int, **more: Any) -> Obj:
    meta = {"name": name}
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": meta, "value": value, **more}


LOW, HIGH = "seatrial-parity-low", "seatrial-parity-high"
CLASSES = [priority(LOW, 10), priority(HIGH, 1000)]


def budget(name: str, labels: Obj, available: int) -> Obj:
    spec = {"minAvailable": available, "selector": {"matchLabels": labels}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}


def three(**more: Any) -> list[Obj]:
    return [node(f"sp-{zone}", zone, **more) for zone in ZONES]


def _fit() -> list[Obj]:
    big = {"extended": {"example.com/gpu": "2"}}
    restart = {"restartPolicy": "Always"}
    init = [
        {"name": "side", "image": "x", "resources": {"requests": {"cpu": "1"}}, **restart},
        {"name": "init", "image": "x", "resources": {"requests": {"cpu": "2"}}},
    ]
    gib = 2**30
    return [
        case(
            "least allocated wins",
            [node("sp-a", cpu="4"), node("sp-b", cpu="8")],
            *[create(f"p{n}", "1", "1Gi") for n in range(6)],
        ),
        case(
            "insufficient cpu here, too many pods there, memory elsewhere",
            [node("sp-a", cpu="1"), node("sp-b", pods="1"), node("sp-c", memory="1Gi")],
            create("p0", "2", "2Gi"),
            before=[pod("there", on="sp-b")],
        ),
        case(
            "what is full now but could hold the pod",
            [node("sp-a", cpu="2"), node("sp-b", cpu="2")],
            create("p0", "1500m"),
            before=[pod("x", "1", on="sp-a"), pod("y", "1", on="sp-b")],
        ),
        case(
            "extended resources",
            [node("sp-a", **big), node("sp-b")],
            create("p0", "1", extended={"example.com/gpu": "1"}),
            create("p1", "1", extended={"example.com/gpu": "2"}),
        ),
        case(
            "init containers and sidecars",
            [node("sp-a", cpu="3500m"), node("sp-b", cpu="2500m")],
            create("p0", "1", initContainers=init),
            create("p1", "1", initContainers=init),
        ),
        case(
            "zero requests count as something",
            [node("sp-a", cpu="1", memory="1Gi"), node("sp-b", cpu="1", memory="1Gi")],
            *[create(f"p{n}") for n in range(4)],
            before=[pod("x", on="sp-a")],
        ),
        case(
            "balanced allocation",
            [node("sp-a", cpu="4", memory="8Gi"), node("sp-b", cpu="4", memory="8Gi")],
            create("p0", "100m", "2Gi"),
            create("p1", "1", "100Mi"),
            before=[pod("x", "3", "1Gi", on="sp-a"), pod("y", "1", "3Gi", on="sp-b")],
        ),
        case(
            "image locality",
            [node("sp-a", images={"registry.example/big:1": 900 * 10**6}), node("sp-b"), node("sp-c")],
            create("p0", image="registry.example/big:1"),
            create("p1", "1", "1Gi", image="registry.example/big:1"),
        ),
        case(
            "host ports",
            [node("sp-a"), node("sp-b")],
            *[create(f"p{n}", ports=[{"containerPort": 80, "hostPort": 8080}]) for n in range(3)],
        ),
        case(
            "host ports by address",
            [node("sp-a")],
            create("p0", ports=[{"containerPort": 80, "hostPort": 8080, "hostIP": "10.0.0.1"}]),
            create("p1", ports=[{"containerPort": 80, "hostPort": 8080, "hostIP": "10.0.0.2"}]),
            create("p2", ports=[{"containerPort": 80, "hostPort": 8080}]),
            create("p3", ports=[{"containerPort": 80, "hostPort": 8080, "protocol": "UDP"}]),
        ),
        case(
            "overhead of bytes",
            [node("sp-a", memory=str(gib + 1)), node("sp-b", memory=str(gib))],
            create("p0", "1m", str(gib + 1)),
        ),
        case(
            "pod-level requests",
            [node("sp-a", cpu="2"), node("sp-b", cpu="4")],
            create("p0", "100m", resources={"requests": {"cpu": "3"}}),
            create("p1", "100m", resources={"requests": {"cpu": "3"}}),
        ),
    ]


def _nodes() -> list[Obj]:
    tolerate = {"tolerations": [{"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}]}
    return [
        case(
            "taints",
            [node("sp-a", taints=[taint("dedicated", value="db")]), node("sp-b", taints=[taint("gone", "NoExecute")])],
            create("p0"),
            create("p1", **tolerate),
        ),
        case(
            "soft taints",
            [
                node("sp-a", taints=[taint("slow", "PreferNoSchedule")]),
                node("sp-b", taints=[taint("slow", "PreferNoSchedule"), taint("old", "PreferNoSchedule")]),
                node("sp-c", cpu="1", memory="1Gi"),
            ],
            *[create(f"p{n}", "300m", "300Mi") for n in range(6)],
        ),
        case(
            "cordoned",
            [node("sp-a", unschedulable=True), node("sp-b", cpu="100m")],
            create("p0", "1"),
            create("p1", "1", tolerations=[{"operator": "Exists"}]),
        ),
        case(
            "node selector",
            [node("sp-a", labels={"disk": "ssd"}), node("sp-b")],
            create("p0", node_selector={"disk": "ssd"}),
            create("p1", node_selector={"disk": "tape"}),
        ),
        case(
            "node affinity operators",
            [node(f"sp-{n}", labels={"gen": str(n), **({"disk": "ssd"} if n % 2 else {})}) for n in range(5)],
            *[
                create(f"p{i}", affinity=node_affinity(t))
                for i, t in enumerate(
                    [
                        expression("gen", "Gt", "3"),
                        expression("gen", "Lt", "1"),
                        expression("disk", "DoesNotExist"),
                        expression("disk", "NotIn", "ssd"),
                        expression("gen", "In", "7"),
                        expression("disk", "Exists"),
                    ]
                )
            ],
        ),
        case(
            "node affinity by name",
            [node("sp-a"), node("sp-b")],
            *[
                create(f"p{i}", affinity=node_affinity(*t))
                for i, t in enumerate(
                    [
                        [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["sp-b"]}]}],
                        [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["sp-none"]}]}],
                        [{"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["sp-b"]}]}],
                    ]
                )
            ],
        ),
        case(
            "node affinity by name, no room",
            [node("sp-a", cpu="100m"), node("sp-b")],
            create(
                "p0",
                "1",
                affinity=node_affinity(
                    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["sp-a"]}]}
                ),
            ),
        ),
        case(
            "preferred node affinity",
            three(),
            *[
                create(
                    f"p{n}",
                    "500m",
                    "1Gi",
                    affinity=node_affinity(
                        wished=[(60, expression(ZONE, "In", "za")), (30, expression(ZONE, "In", "za", "zb"))]
                    ),
                )
                for n in range(5)
            ],
        ),
    ]


def _topology() -> list[Obj]:
    web = {"app": "web"}
    hard = [spread(ZONE, web)]
    domains = [spread(ZONE, web, minDomains=4)]
    both = [spread(ZONE, web), spread(HOSTNAME, web)]
    six = [node(f"sp-{zone}{n}", zone) for zone in ZONES for n in range(2)]
    honor = [spread(ZONE, web, nodeTaintsPolicy="Honor")]
    ignore = [spread(ZONE, web, nodeAffinityPolicy="Ignore")]
    return [
        case(
            "hard zone spread",
            [*three(), node("sp-x")],
            *[create(f"p{n}", "100m", labels=web, topologySpreadConstraints=hard) for n in range(5)],
        ),
        case(
            "hard spread without room in one zone",
            [node("sp-za", "za"), node("sp-zb", "zb"), node("sp-zc", "zc", pods="0")],
            *[create(f"p{n}", "100m", labels=web, topologySpreadConstraints=hard) for n in range(4)],
        ),
        case(
            "minDomains", three(), *[create(f"p{n}", labels=web, topologySpreadConstraints=domains) for n in range(4)]
        ),
        case("zone and host", six, *[create(f"p{n}", labels=web, topologySpreadConstraints=both) for n in range(7)]),
        case(
            "tainted zone counts unless policy honours taints",
            [*three(), node("sp-d", "zd", taints=[taint("no")])],
            *[create(f"p{n}", labels=web, topologySpreadConstraints=hard) for n in range(4)],
        ),
        case(
            "nodeTaintsPolicy Honor",
            [*three(), node("sp-d", "zd", taints=[taint("no")])],
            *[create(f"p{n}", labels=web, topologySpreadConstraints=honor) for n in range(4)],
        ),
        case(
            "nodeAffinityPolicy Ignore",
            three(),
            *[
                create(f"p{n}", labels=web, node_selector={ZONE: "za"}, topologySpreadConstraints=ignore)
                for n in range(3)
            ],
        ),
        case(
            "nodeAffinityPolicy Honor",
            three(),
            *[
                create(f"p{n}", labels=web, node_selector={ZONE: "za"}, topologySpreadConstraints=hard)
                for n in range(3)
            ],
        ),
        case(
            "soft spread against size",
            [node("sp-za", "za", cpu="16", memory="64Gi"), node("sp-zb", "zb"), node("sp-zc", "zc")],
            *[
                create(f"p{n}", "500m", "500Mi", labels=web, topologySpreadConstraints=[spread(ZONE, web, soft=True)])
                for n in range(8)
            ],
        ),
        case(
            "soft spread over hosts and zones",
            six,
            *[
                create(
                    f"p{n}",
                    "200m",
                    "100Mi",
                    labels=web,
                    topologySpreadConstraints=[spread(ZONE, web, 2, soft=True), spread(HOSTNAME, web, soft=True)],
                )
                for n in range(8)
            ],
            before=[pod(f"x{n}", "500m", "1Gi", labels=web, on="sp-za0") for n in range(3)],
        ),
        case(
            "default spread by service",
            [node("sp-za", "za", cpu="32", memory="128Gi"), node("sp-zb", "zb"), node("sp-zc", "zc"), node("sp-none")],
            *[create(f"p{n}", "100m", "100Mi", labels=web) for n in range(8)],
            before=[service("web", web)],
        ),
        case(
            "matchLabelKeys",
            three(),
            *[
                create(
                    f"p{n}",
                    labels={**web, "rev": "1" if n < 3 else "2"},
                    topologySpreadConstraints=[spread(ZONE, web, matchLabelKeys=["rev"])],
                )
                for n in range(5)
            ],
        ),
        case(
            "missing label",
            [node("sp-a"), node("sp-b", "zb")],
            create("p0", labels=web, topologySpreadConstraints=hard),
            create("p1", labels=web, topologySpreadConstraints=hard),
            create("p2", labels=web, topologySpreadConstraints=[spread("rack", web)]),
        ),
    ]


def _affinity() -> list[Obj]:
    web, db = {"app": "web"}, {"app": "db"}
    apart = {"podAntiAffinity": required(term(HOSTNAME, web))}
    near = {"podAffinity": required(term(ZONE, db))}
    return [
        case("anti-affinity by host", three(), *[create(f"p{n}", labels=web, affinity=apart) for n in range(4)]),
        case(
            "existing anti-affinity turns others away",
            three(),
            create("p0", labels=web),
            create("p1", labels=db),
            before=[
                pod("x", labels=db, on="sp-za", affinity={"podAntiAffinity": required(term(ZONE, web))}),
                pod("y", labels=db, on="sp-zb", affinity={"podAntiAffinity": required(term(ZONE, web))}),
                pod("z", labels=db, on="sp-zc", affinity={"podAntiAffinity": required(term(HOSTNAME, web))}),
            ],
        ),
        case("affinity", three(), create("p0", labels=web, affinity=near), before=[pod("x", labels=db, on="sp-zb")]),
        case("affinity to none", three(), create("p0", labels=web, affinity=near)),
        case("affinity to itself", three(), *[create(f"p{n}", "1", labels=db, affinity=near) for n in range(5)]),
        case("affinity without the label", [node("sp-a")], create("p0", labels=db, affinity=near)),
        case(
            "preferred affinity",
            three(),
            *[
                create(
                    f"p{n}",
                    "1",
                    "1Gi",
                    labels=web,
                    affinity={
                        "podAffinity": preferred((50, term(ZONE, db))),
                        "podAntiAffinity": preferred((80, term(HOSTNAME, web))),
                    },
                )
                for n in range(4)
            ],
            before=[pod("x", labels=db, on="sp-zb"), pod("y", labels=db, on="sp-zb"), pod("z", labels=db, on="sp-zc")],
        ),
        case(
            "preferences of those that run",
            three(),
            create("p0", labels=web),
            create("p1", labels=db),
            before=[
                pod("x", labels=db, on="sp-zb", affinity={"podAffinity": preferred((100, term(ZONE, web)))}),
                pod("y", labels=db, on="sp-zc", affinity={"podAffinity": required(term(ZONE, db))}),
            ],
        ),
        case(
            "all namespaces and none",
            three(),
            create("p0", affinity={"podAntiAffinity": required(term(ZONE, web, namespaceSelector={}))}),
            create("p1", affinity={"podAffinity": required(term(ZONE, web, namespaces=["elsewhere"]))}),
            before=[pod("x", labels=web, on="sp-za")],
        ),
        case(
            "mismatchLabelKeys",
            three(),
            *[
                create(
                    f"p{n}",
                    labels={**web, "team": "a" if n % 2 else "b"},
                    affinity={"podAntiAffinity": required(term(ZONE, web, mismatchLabelKeys=["team"]))},
                )
                for n in range(5)
            ],
        ),
    ]


def _preemption() -> list[Obj]:
    low, high = {"priorityClassName": LOW}, {"priorityClassName": HIGH}
    never = "seatrial-parity-never"
    web = {"app": "web"}
    two = [node("sp-a", cpu="2"), node("sp-b", cpu="2")]
    return [
        case(
            "a pod makes room",
            two,
            create("p0", "1500m", **high),
            {"delete": "victims"},
            {"look": "p0"},
            before=[*CLASSES, pod("x", "1", on="sp-a", **low), pod("y", "1", on="sp-b", **high)],
        ),
        case(
            "as few victims as possible",
            [node("sp-a", cpu="3")],
            create("p0", "1", **high),
            before=[
                *CLASSES,
                pod("x", "500m", on="sp-a", **low),
                pod("y", "1", on="sp-a", **low),
                pod("z", "1500m", on="sp-a", **high),
            ],
        ),
        case(
            "lowest priority first",
            two,
            create("p0", "1500m", **high),
            before=[
                *CLASSES,
                priority("seatrial-parity-mid", 500),
                pod("x", "1", on="sp-a", priorityClassName="seatrial-parity-mid"),
                pod("y", "1", on="sp-b", **low),
            ],
        ),
        case(
            "a budget is kept if another node will do",
            two,
            create("p0", "1500m", **high),
            before=[
                *CLASSES,
                budget("web", web, 1),
                pod("x", "1", labels=web, on="sp-a", **low),
                pod("y", "1", on="sp-b", **low),
            ],
        ),
        case(
            "never preempts",
            two,
            create("p0", "1500m", priorityClassName=never),
            before=[
                *CLASSES,
                priority(never, 2000, preemptionPolicy="Never"),
                pod("x", "1", on="sp-a", **low),
                pod("y", "1", on="sp-b", **low),
            ],
        ),
        case(
            "no lower priority",
            two,
            create("p0", "1500m", **low),
            before=[*CLASSES, pod("x", "1", on="sp-a", **high), pod("y", "1", on="sp-b", **low)],
        ),
        case(
            "room that is nominated is not for others",
            [node("sp-a", cpu="2")],
            create("p0", "1500m", **high),
            create("p1", "1", **low),
            {"delete": "victims"},
            {"look": "p0"},
            {"look": "p1"},
            before=[*CLASSES, pod("x", "1", on="sp-a", **low)],
        ),
        case(
            "preemption does not cure taints",
            [node("sp-a", cpu="1", taints=[taint("no")]), node("sp-b", cpu="1")],
            create("p0", "800m", **high),
            before=[*CLASSES, pod("x", "500m", on="sp-a", **low), pod("y", "500m", on="sp-b", **high)],
        ),
        case(
            "anti-affinity cured by preemption",
            [node("sp-a")],
            create("p0", labels=web, affinity={"podAntiAffinity": required(term(HOSTNAME, web))}, **high),
            before=[*CLASSES, pod("x", labels=web, on="sp-a", **low), pod("y", on="sp-a", **low)],
        ),
        case(
            "spread cured by preemption",
            [node("sp-za", "za"), node("sp-zb", "zb", pods="0")],
            create("p0", labels=web, topologySpreadConstraints=[spread(ZONE, web)], **high),
            before=[*CLASSES, pod("x", labels=web, on="sp-za", **low), pod("y", on="sp-za", **low)],
        ),
    ]


def _storage() -> list[Obj]:
    manual = storage_class("seatrial-parity-manual", "kubernetes.io/no-provisioner", "WaitForFirstConsumer")
    lazy = storage_class("seatrial-parity-lazy", "example.com/none", "WaitForFirstConsumer")
    picky = storage_class(
        "seatrial-parity-picky",
        "example.com/none",
        "WaitForFirstConsumer",
        allowedTopologies=[{"matchLabelExpressions": [{"key": ZONE, "values": ["zb"]}]}],
    )
    eager = storage_class("seatrial-parity-eager", "example.com/none", "Immediate")
    m = manual["metadata"]["name"]
    return [
        case("claim that does not exist", three(), create("p0", volumes=volumes("none"))),
        case(
            "immediate claim not bound",
            three(),
            create("p0", volumes=volumes("data")),
            before=[eager, claim("data", "1Gi", "seatrial-parity-eager")],
        ),
        case(
            "claim without a class that exists",
            three(),
            create("p0", volumes=volumes("data")),
            before=[claim("data", "1Gi", "seatrial-parity-nothing")],
        ),
        case(
            "smallest volume that fits, where it is",
            three(),
            create("p0", volumes=volumes("data")),
            before=[
                manual,
                volume("seatrial-parity-1", "5Gi", m, zone="za"),
                volume("seatrial-parity-2", "2Gi", m, zone="zb"),
                claim("data", "1Gi", m),
            ],
        ),
        case(
            "volume too small",
            three(),
            create("p0", volumes=volumes("data")),
            before=[manual, volume("seatrial-parity-1", "1Gi", m, zone="za"), claim("data", "3Gi", m)],
        ),
        case(
            "two claims, volumes in two zones",
            three(),
            create("p0", volumes=volumes("one", "two")),
            before=[
                manual,
                volume("seatrial-parity-1", "1Gi", m, zone="za"),
                volume("seatrial-parity-2", "1Gi", m, zone="zb"),
                claim("one", "1Gi", m),
                claim("two", "1Gi", m),
            ],
        ),
        case(
            "provisioned where the pod goes",
            [node("sp-za", "za", cpu="100m"), node("sp-zb", "zb")],
            {**create("p0", "1", volumes=volumes("data")), "claims": ["data"]},
            before=[lazy, claim("data", "1Gi", "seatrial-parity-lazy")],
        ),
        case(
            "allowed topologies",
            three(),
            {**create("p0", volumes=volumes("data")), "claims": ["data"]},
            before=[picky, claim("data", "1Gi", "seatrial-parity-picky")],
        ),
    ]


def _waking() -> list[Obj]:
    web = {"app": "web"}
    return [
        case(
            "a taint goes",
            [node("sp-a", taints=[taint("no")])],
            create("p0"),
            {"patch": {"kind": "Node", "name": "sp-a", "body": {"spec": {"taints": [taint(RUN)]}}}},
            {"look": "p0"},
        ),
        case(
            "a label that does not matter",
            [node("sp-a", taints=[taint("no")])],
            create("p0"),
            {"patch": {"kind": "Node", "name": "sp-a", "body": {"metadata": {"labels": {"other": "1"}}}}},
            {"look": "p0"},
        ),
        case(
            "a label that matters",
            [node("sp-a")],
            create("p0", node_selector={"disk": "ssd"}),
            {"patch": {"kind": "Node", "name": "sp-a", "body": {"metadata": {"labels": {"disk": "ssd"}}}}},
            {"look": "p0"},
        ),
        case(
            "room is made",
            [node("sp-a", cpu="1")],
            create("p0", "800m"),
            {"delete": "x"},
            {"look": "p0"},
            before=[pod("x", "500m", on="sp-a")],
        ),
        case(
            "a node is uncordoned",
            [node("sp-a", unschedulable=True)],
            create("p0"),
            {"patch": {"kind": "Node", "name": "sp-a", "body": {"spec": {"unschedulable": False}}}},
            {"look": "p0"},
        ),
        case(
            "allocatable grows",
            [node("sp-a", cpu="1")],
            create("p0", "2"),
            {
                "patch": {
                    "kind": "Node",
                    "name": "sp-a",
                    "status": True,
                    "body": {"status": {"allocatable": {"cpu": "4"}}},
                }
            },
            {"look": "p0"},
        ),
        case(
            "a partner appears",
            three(),
            create("p0", labels=web, affinity={"podAffinity": required(term(ZONE, {"app": "db"}))}),
            create("q0", labels={"app": "db"}, node_selector={ZONE: "zb"}),
            {"look": "p0"},
        ),
        case(
            "a gate opens",
            [node("sp-a")],
            create("p0", schedulingGates=[{"name": "example.com/wait"}]),
            {"patch": {"kind": "Pod", "name": "p0", "body": {"spec": {"schedulingGates": []}}}},
            {"look": "p0"},
        ),
    ]


def _random(seed: int) -> Obj:
    """A small cluster and a dozen pods, drawn."""
    draw = Random(seed)
    apps = ["web", "db", "cache"]
    nodes = []
    for n in range(draw.randint(4, 8)):
        soft = [taint("slow", "PreferNoSchedule")] if draw.random() < 0.25 else []
        hard = [taint("dedicated", value="db")] if draw.random() < 0.15 else []
        zone = draw.choice([*ZONES, ""]) if draw.random() < 0.3 else ZONES[n % 3]
        size = draw.choice([("2", "4Gi"), ("4", "8Gi"), ("4", "16Gi"), ("8", "16Gi"), ("3", "7Gi")])
        labels = {"disk": "ssd"} if draw.random() < 0.4 else {}
        images = {"registry.example/app:1": draw.randint(50, 900) * 10**6} if draw.random() < 0.3 else {}
        nodes.append(node(f"sp-{n}", zone, *size, taints=soft + hard, labels=labels, images=images))
    before = [service(app, {"app": app}) for app in apps if draw.random() < 0.5]
    steps = []
    for n in range(12):
        app = draw.choice(apps)
        spec: Obj = {}
        if draw.random() < 0.3:
            spec["tolerations"] = [{"key": "dedicated", "operator": "Exists"}]
        if draw.random() < 0.3:
            spec["image"] = "registry.example/app:1"
        if draw.random() < 0.45:
            spec["topologySpreadConstraints"] = [
                spread(draw.choice([ZONE, HOSTNAME]), {"app": app}, draw.randint(1, 2), draw.random() < 0.6)
                for _ in range(draw.randint(1, 2))
            ]
            if len({(c["topologyKey"], c["whenUnsatisfiable"]) for c in spec["topologySpreadConstraints"]}) < len(
                spec["topologySpreadConstraints"]
            ):
                spec["topologySpreadConstraints"].pop()
        affinity: Obj = {}
        if draw.random() < 0.25:
            affinity["podAntiAffinity"] = (
                required(term(HOSTNAME, {"app": app}))
                if draw.random() < 0.5
                else preferred((draw.randint(1, 100), term(draw.choice([ZONE, HOSTNAME]), {"app": app})))
            )
        if draw.random() < 0.25:
            affinity["podAffinity"] = preferred(
                (draw.randint(1, 100), term(draw.choice([ZONE, HOSTNAME]), {"app": draw.choice(apps)}))
            )
        if draw.random() < 0.25:
            affinity.update(
                node_affinity(
                    wished=[
                        (draw.randint(1, 100), expression("disk", "In", "ssd")),
                        (draw.randint(1, 100), expression(ZONE, "In", draw.choice(ZONES))),
                    ]
                )
            )
        if affinity:
            spec["affinity"] = affinity
        cpu = draw.choice(["", "100m", "250m", "700m", "1"])
        memory = draw.choice(["", "128Mi", "700Mi", "1500Mi"])
        steps.append(create(f"p{n}", cpu, memory, {"app": app}, **spec))
    return case(f"drawn {seed}", nodes, *steps, before=before)


def cases(run: str = "") -> list[Obj]:
    """All cases; `run` makes the names of nodes this run's own."""
    listed = [*_fit(), *_nodes(), *_topology(), *_affinity(), *_preemption(), *_storage(), *_waking()]
    listed += [_random(seed) for seed in range(1, 31)]
    # The lifecycle controller remembers a name for some seconds: each case has its own.
    return [json.loads(json.dumps(found).replace('"sp-', f'"sp{run}{number}-')) for number, found in enumerate(listed)]
