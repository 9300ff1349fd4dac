"""Cases about where a pod may go and where it would rather: fit, nodes, topology, affinity."""

from __future__ import annotations

from pieces import (
    HOSTNAME,
    ZONE,
    ZONES,
    Obj,
    case,
    create,
    expression,
    node,
    node_affinity,
    pod,
    preferred,
    required,
    service,
    spread,
    taint,
    term,
    three,
)

__all__ = ["affinity", "fit", "nodes", "topology"]


def fit() -> list[Obj]:
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


def nodes() -> list[Obj]:
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


def topology() -> list[Obj]:
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


def affinity() -> list[Obj]:
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
