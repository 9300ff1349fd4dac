"""Defaults of role bindings.

Source: pkg/apis/rbac/v1/defaults.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled
from seatrial.harness.ports.event import Obj

__all__ = ["role_binding"]

GROUP = "rbac.authorization.k8s.io"


def role_binding(obj: Obj) -> Obj:
    """A RoleBinding or a ClusterRoleBinding."""
    obj = changed(obj, "roleRef", filled(obj.get("roleRef") or {}, {"apiGroup": GROUP}))
    return each(obj, "subjects", _subject)


def _subject(subject: Obj) -> Obj:
    return filled(subject, {"apiGroup": GROUP}) if subject.get("kind") in ("User", "Group") else subject
