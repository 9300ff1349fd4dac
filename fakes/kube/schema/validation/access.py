"""Roles and their bindings.

Source: pkg/apis/rbac/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.validation.causes import Causes, invalid, not_supported, required
from seatrial.fakes.kube.schema.validation.labels import selector
from seatrial.fakes.kube.schema.validation.names import dns_subdomain
from seatrial.harness.ports.event import Obj

__all__ = [
    "cluster_role",
    "cluster_role_binding",
    "cluster_role_binding_update",
    "role",
    "role_binding",
    "role_binding_update",
]

GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ("ServiceAccount", "User", "Group")


def role(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A Role."""
    for index, rule in enumerate(obj.get("rules") or ()):
        _rule(out, f"rules[{index}]", rule, namespaced=True)


def cluster_role(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A ClusterRole."""
    for index, rule in enumerate(obj.get("rules") or ()):
        _rule(out, f"rules[{index}]", rule, namespaced=False)
    aggregation = obj.get("aggregationRule")
    if aggregation is None:
        return
    chosen = aggregation.get("clusterRoleSelectors") or []
    if not chosen:
        text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        required(out, "aggregationRule.clusterRoleSelectors", text)
    for index, given in enumerate(chosen):
        selector(out, f"aggregationRule.clusterRoleSelectors[{index}]", given)


def _rule(out: Causes, path: str, rule: Obj, *, namespaced: bool) -> None:
    if not rule.get("verbs"):
        required(out, f"{path}.verbs", "verbs must contain at least one value")
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            text = "namespaced rules cannot apply to non-resource URLs"
            invalid(out, f"{path}.nonResourceURLs", urls, text)
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            text = "rules cannot apply to both regular resources and non-resource URLs"
            invalid(out, f"{path}.nonResourceURLs", urls, text)
        return
    if not rule.get("apiGroups"):
        required(out, f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        required(out, f"{path}.resources", "resource rules must supply at least one resource")


def role_binding(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A RoleBinding."""
    _binding(out, obj, ("ClusterRole", "Role"), namespaced=True)


def cluster_role_binding(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A ClusterRoleBinding."""
    _binding(out, obj, ("ClusterRole",), namespaced=False)


def _binding(out: Causes, obj: Obj, kinds: tuple[str, ...], *, namespaced: bool) -> None:
    ref = obj.get("roleRef") or {}
    if ref.get("apiGroup") != GROUP:
        not_supported(out, "roleRef.apiGroup", ref.get("apiGroup", ""), (GROUP,))
    if ref.get("kind") not in kinds:
        not_supported(out, "roleRef.kind", ref.get("kind", ""), kinds)
    name = ref.get("name")
    if not name:
        required(out, "roleRef.name")
    else:
        for mark in "/%":
            if mark in name:
                invalid(out, "roleRef.name", name, f"may not contain '{mark}'")
    for index, subject in enumerate(obj.get("subjects") or ()):
        _subject(out, f"subjects[{index}]", subject, namespaced=namespaced)


def _subject(out: Causes, path: str, subject: Obj, *, namespaced: bool) -> None:
    name, kind = subject.get("name", ""), subject.get("kind", "")
    if not name:
        required(out, f"{path}.name")
    if kind == "ServiceAccount":
        for message in dns_subdomain(name) if name else ():
            invalid(out, f"{path}.name", name, message)
        if subject.get("apiGroup"):
            not_supported(out, f"{path}.apiGroup", subject["apiGroup"], ("",))
        if not namespaced and not subject.get("namespace"):
            required(out, f"{path}.namespace")
    elif kind in ("User", "Group"):
        if subject.get("apiGroup") != GROUP:
            not_supported(out, f"{path}.apiGroup", subject.get("apiGroup", ""), (GROUP,))
    else:
        not_supported(out, f"{path}.kind", kind, _SUBJECTS)


def role_binding_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a RoleBinding."""
    role_binding(out, obj)
    _kept(out, obj, old)


def cluster_role_binding_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a ClusterRoleBinding."""
    cluster_role_binding(out, obj)
    _kept(out, obj, old)


def _kept(out: Causes, obj: Obj, old: Obj) -> None:
    """The role of a binding stays."""
    ref = obj.get("roleRef") or {}
    if ref != old.get("roleRef"):
        shown = {"APIGroup": ref.get("apiGroup", ""), "Kind": ref.get("kind", ""), "Name": ref.get("name", "")}
        invalid(out, "roleRef", shown, "cannot change roleRef")
