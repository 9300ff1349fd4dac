"""Cases about what changes: preemption, volumes, waking; and clusters that are drawn."""

from __future__ import annotations

from random import Random

from pieces import (
    CLASSES,
    HIGH,
    HOSTNAME,
    LOW,
    RUN,
    ZONE,
    ZONES,
    Obj,
    budget,
    case,
    claim,
    create,
    expression,
    node,
    node_affinity,
    pod,
    preferred,
    priority,
    required,
    service,
    spread,
    storage_class,
    taint,
    term,
    three,
    volume,
    volumes,
)

__all__ = ["drawn", "preemption", "storage", "waking"]


def preemption() -> list[Obj]:
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


def storage() -> list[Obj]:
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


def waking() -> list[Obj]:
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


def drawn(seed: int) -> Obj:
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
