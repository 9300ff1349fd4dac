"""The app under test: everything that a user's manifests put into a cluster, in the order in which it is installed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.manifests.assumed import assumed
from seatrial.harness.scenario.manifests.clean import cleaned, dropped
from seatrial.harness.scenario.manifests.files import Found, collect
from seatrial.harness.scenario.manifests.kinds import (
    BUILTIN_GROUPS,
    CLUSTER_NAMESPACES,
    CLUSTER_WIDE,
    WORKLOADS,
    group_of,
    install_rank,
    title_of,
)
from seatrial.harness.scenario.manifests.owners import without_children
from seatrial.harness.scenario.problems import Problems

__all__ = ["App", "load_app"]


@dataclass(frozen=True)
class App:
    """What is deployed. workloads, services: `deployments.apps/shop/web`, `services/shop/web`.

    places: FILE:LINE:COLUMN by title (`Deployment/shop/web`), also for what was assumed (of who needs it).
    """

    objects: tuple[Obj, ...]
    workloads: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    places: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def load_app(paths: Sequence[str], *, strict: bool = False) -> App:
    """Read manifests from files, folders, `-` and `builtin/NAME`. Raises BadInput with every place.

    strict: what would be assumed, or left out for want of a controller, is refused.
    """
    problems = Problems()
    warnings: list[str] = []
    found = collect(paths, problems, warnings)
    problems.raise_any()
    if not found:
        raise BadInput(f"{', '.join(paths)}: holds no object; is it the right file?")
    found = _namespaced(found)
    _refuse_twins(found, problems)
    found = _kept(found, warnings)
    found = without_children(found, problems, warnings, strict=strict)
    found = _known(found, problems, warnings, strict=strict)
    found = [Found(cleaned(one.obj), one.place) for one in found]
    extra = _namespaces(found)
    extra += assumed(found)
    for obj, place, warning in extra:
        if strict:
            problems.add(place, warning)
        warnings.append(f"{place}: {warning}; it is assumed")
        found.append(Found(obj, place))
    problems.raise_any()
    if not any(group_of(one.obj) in WORKLOADS for one in found):
        warnings.append(f"{', '.join(paths)}: holds no workload, so nothing will run")
    found.sort(key=lambda one: install_rank(one.obj))
    return App(
        objects=tuple(one.obj for one in found),
        workloads=tuple(_listed(found, WORKLOADS)),
        services=tuple(_listed(found, {("", "Service"): "services"})),
        warnings=tuple(dict.fromkeys(warnings)),
        places={title_of(one.obj): one.place for one in found},
        names=tuple(paths),
    )


def _listed(found: Sequence[Found], resources: dict[tuple[str, str], str]) -> list[str]:
    return [
        f"{resources[group_of(one.obj)]}/{one.obj['metadata'].get('namespace', '')}/{one.obj['metadata']['name']}"
        for one in found
        if group_of(one.obj) in resources and one.obj["metadata"].get("name")
    ]


def _namespaced(found: Sequence[Found]) -> list[Found]:
    """Objects of namespaced kinds say their namespace, cluster-wide ones do not. Custom kinds ask their CRD."""
    scopes = {}
    for one in found:
        spec = one.obj.get("spec")
        if group_of(one.obj) == ("apiextensions.k8s.io", "CustomResourceDefinition") and isinstance(spec, dict):
            names = spec.get("names")
            if isinstance(names, dict):
                scopes[spec.get("group"), names.get("kind")] = spec.get("scope")
    made = []
    for one in found:
        what = group_of(one.obj)
        meta = one.obj["metadata"]
        wide = what in CLUSTER_WIDE or scopes.get(what) == "Cluster"
        if wide and "namespace" in meta:
            meta = {key: value for key, value in meta.items() if key != "namespace"}
        elif not wide and not meta.get("namespace"):
            meta = {**meta, "namespace": "default"}
        made.append(one if meta is one.obj["metadata"] else Found({**one.obj, "metadata": meta}, one.place))
    return made


def _refuse_twins(found: Sequence[Found], problems: Problems) -> None:
    first: dict[tuple[str, str, str, str], str] = {}
    for one in found:
        meta = one.obj["metadata"]
        if not meta.get("name"):
            continue  # generateName: every one is another
        slot = (*group_of(one.obj), meta.get("namespace") or "", meta["name"])
        if slot in first:
            problems.add(one.place, f"{title_of(one.obj)} stands here a second time; the first is at {first[slot]}")
        first.setdefault(slot, one.place)


def _kept(found: Sequence[Found], warnings: list[str]) -> list[Found]:
    kept = []
    left: dict[str, Counter[str]] = {}
    for one in found:
        why = dropped(one.obj)
        if why:
            left.setdefault(why, Counter())[one.obj["kind"]] += 1
        else:
            kept.append(one)
    for why, kinds in left.items():
        listed = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
        warnings.append(f"left out ({why}): {listed}")
    return kept


def _known(found: Sequence[Found], problems: Problems, warnings: list[str], *, strict: bool) -> list[Found]:
    """Without the custom resources that no CRD among the manifests defines: an API server would not take them."""
    defined = set()
    for one in found:
        spec = one.obj.get("spec")
        if one.obj["kind"] == "CustomResourceDefinition" and isinstance(spec, dict):
            names = spec.get("names")
            defined.add((spec.get("group"), names.get("kind") if isinstance(names, dict) else None))
    kept = []
    lacking: dict[tuple[str, str], list[Found]] = {}
    for one in found:
        what = group_of(one.obj)
        if what[0] in BUILTIN_GROUPS or what in defined:
            kept.append(one)
        else:
            lacking.setdefault(what, []).append(one)
    for (group, kind), ones in sorted(lacking.items()):
        text = f"no CustomResourceDefinition of {kind} ({group}) is among the manifests"
        if strict:
            problems.add(ones[0].place, text)
        warnings.append(f"{ones[0].place}: {text}; {len(ones)} object{'s' * (len(ones) > 1)} left out")
    return kept


def _namespaces(found: Sequence[Found]) -> list[tuple[Obj, str, str]]:
    """Those that manifests name and do not create, as `helm template` leaves them."""
    there = {"default", *CLUSTER_NAMESPACES}
    there |= {one.obj["metadata"].get("name", "") for one in found if group_of(one.obj) == ("", "Namespace")}
    made = []
    for one in found:
        name = one.obj["metadata"].get("namespace")
        if name and name not in there:
            there.add(name)
            obj: Obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            made.append(
                (obj, one.place, f"Namespace/{name}, in which {title_of(one.obj)} is, is not among the manifests")
            )
    return made
