"""Reads a fleet: the mapping in a scenario, a file of the same words, or `kubectl get nodes -o yaml`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import INPUT_BYTES_MAX, NODES_MAX
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import NodeGroup
from seatrial.harness.scenario.instances import instance
from seatrial.harness.scenario.model import API_VERSION, ClusterSpec, FleetSpec
from seatrial.harness.scenario.nodes import clean_node, region_of, version_of
from seatrial.harness.scenario.problems import Problems
from seatrial.harness.scenario.values import kind_of
from seatrial.harness.scenario.yaml import Document, PathKey, load_text, read_text

if TYPE_CHECKING:
    from seatrial.harness.scenario.reading import Reader
    from seatrial.harness.scenario.shapes import ClusterShape, FleetShape, NodeGroupShape

__all__ = ["fleet_of", "read_fleet"]

_ZONE_NAME = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d([a-z])")
_ZONE = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")


def read_fleet(path: str) -> FleetSpec:
    """A fleet from a file (or `-`). Raises BadInput with every place."""
    file = "<stdin>" if path == "-" else path
    documents = load_text(read_text(path, INPUT_BYTES_MAX), file, places_depth=6)
    if not documents:
        raise BadInput(f"{file}: is empty; write a fleet's words or the output of `kubectl get nodes -o yaml`")
    if any(isinstance(document.value, dict) and "kind" in document.value for document in documents):
        return _from_nodes(documents, file)
    if len(documents) > 1:
        raise BadInput(f"{documents[1].place()}: a fleet is one document")
    from seatrial.harness.scenario.reading import Reader  # noqa: PLC0415 - pydantic costs 0.15 s

    document = documents[0]
    problems = Problems()
    reader = Reader(document, problems)
    value = document.value
    if isinstance(value, dict):
        given = value.get("apiVersion", API_VERSION)
        if given != API_VERSION:
            reader.wrong(("apiVersion",), f"apiVersion {given!r} cannot be read; this Seatrial reads {API_VERSION}")
        value = {key: inner for key, inner in value.items() if key != "apiVersion"}
        if list(value) == ["fleet"]:
            problems.add(reader.place(("fleet",), key=True), "write the fleet's words at the top, not under `fleet:`")
            problems.raise_any()
    spec = fleet_of(value, reader, ())
    problems.raise_any()
    assert spec is not None
    return spec


def fleet_of(value: Any, reader: Reader, path: PathKey) -> FleetSpec | None:
    """A fleet from the mapping of a scenario; None and problems where it cannot be."""
    from seatrial.harness.scenario.shapes import FleetShape  # noqa: PLC0415 - pydantic costs 0.15 s

    shape = reader.fit(FleetShape, value, path, "the fleet", " (`seatrial explain fleet`)")
    if shape is None:
        return None
    lifecycle = shape.node_lifecycle or ""
    if isinstance(shape.clusters, int):
        groups = _groups(shape.nodegroups, reader, (*path, "nodegroups"))
        clusters = tuple(_cluster(f"c{number}", shape, groups) for number in range(1, shape.clusters + 1))
    else:
        if not shape.clusters:
            reader.wrong((*path, "clusters"), "clusters: 0: a fleet has one cluster at least")
        common = _groups(shape.nodegroups, reader, (*path, "nodegroups"))
        made: dict[str, ClusterSpec] = {}
        for index, one in enumerate(shape.clusters):
            inner = (*path, "clusters", index)
            if one.name in made:
                reader.wrong((*inner, "name"), f"two clusters are called {one.name!r}")
            groups = _groups(one.nodegroups, reader, (*inner, "nodegroups")) or common
            made[one.name] = _cluster(one.name, one, groups)
        clusters = tuple(made.values())
    if sum(group.nodes for cluster in clusters[:1] for group in cluster.nodegroups) > NODES_MAX:
        reader.wrong(path, f"more than {NODES_MAX:,} nodes in a cluster")
    return FleetSpec(clusters, lifecycle, reader.place(path))


def _cluster(name: str, shape: FleetShape | ClusterShape, groups: tuple[NodeGroup, ...]) -> ClusterSpec:
    return ClusterSpec(
        name=name,
        version=shape.version,
        nodegroups=groups,
        control_plane_node=shape.control_plane_node,
        region=shape.region,
        etcd_zones=tuple(_letter(zone) for zone in shape.etcd_zones),
    )


def _groups(shapes: list[NodeGroupShape], reader: Reader, path: PathKey) -> tuple[NodeGroup, ...]:
    groups: dict[str, NodeGroup] = {}
    for index, shape in enumerate(shapes):
        inner: PathKey = (*path, index)
        if shape.name in groups:
            reader.wrong((*inner, "name"), f"two node groups are called {shape.name!r}")
        zones = [_letter(zone) for zone in shape.zones]
        for number, zone in enumerate(zones):
            if not _ZONE.fullmatch(zone):
                reader.wrong((*inner, "zones", number), f"{zone!r} is no zone; zones are written a, b, c")
            elif zone in zones[:number]:
                reader.wrong((*inner, "zones", number), f"the zone {zone!r} is named twice")
        try:
            instance(shape.type)
        except BadInput as error:
            reader.wrong((*inner, "type"), str(error))
        groups[shape.name] = NodeGroup(
            name=shape.name,
            zones=tuple(zones),
            nodes=shape.nodes,
            type=shape.type,
            labels=tuple(shape.labels.items()),
            taints=tuple((taint.key, taint.value, taint.effect) for taint in shape.taints),
        )
    return tuple(groups.values())


def _letter(zone: str) -> str:
    """`us-east-1a` is written a; a hybrid site's zone keeps its name."""
    found = _ZONE_NAME.fullmatch(zone)
    return found.group(1) if found else zone


def _from_nodes(documents: tuple[Document, ...], file: str) -> FleetSpec:
    problems = Problems()
    nodes: dict[str, Obj] = {}
    warnings: list[str] = []
    others = 0
    for document in documents:
        value = document.value
        listed = isinstance(value, dict) and str(value.get("kind", "")).endswith("List") and "items" in value
        entries = enumerate(value["items"] or ()) if listed else [(None, value)]
        for index, obj in entries:
            path: PathKey = () if index is None else ("items", index)
            if not isinstance(obj, dict) or not isinstance(obj.get("metadata"), dict):
                problems.add(document.place(path), f"an object must be a mapping with metadata, not {kind_of(obj)}")
            elif obj.get("kind", str(value["kind"]).removesuffix("List")) != "Node":
                others += 1
            elif not isinstance(obj["metadata"].get("name"), str) or not obj["metadata"]["name"]:
                problems.add(document.place(path), "the Node has no metadata.name")
            elif obj["metadata"]["name"] in nodes:
                problems.add(document.place(path), f"the Node {obj['metadata']['name']} stands there twice")
            else:
                try:
                    node, told = clean_node(obj)
                except BadInput as error:
                    problems.add(document.place(path), str(error))
                    continue
                nodes[obj["metadata"]["name"]] = node
                warnings += told
    problems.raise_any()
    if not nodes:
        raise BadInput(f"{file}: holds no Node; make it with `kubectl get nodes -o yaml`")
    if others:
        warnings.append(f"{file}: {others} object(s) that are no Nodes are left out of the fleet; give them to --app")
    present = tuple(nodes.values())
    region, told = region_of(present)
    spec = ClusterSpec(name="c1", version=version_of(present), nodes=present, region=region)
    return FleetSpec((spec,), "", file, (*warnings, *told))
