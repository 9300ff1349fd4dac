"""The ReplicaSet of a Deployment's present template: its name and its making.

Source: getNewReplicaSet in pkg/controller/deployment/sync.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.controllers.words.meta import (
    owner_reference,
)
from seatrial.fakes.controllers.words.rollouts import (
    annotated,
    with_sizes,
)
from seatrial.fakes.controllers.words.templates import TEMPLATE_HASH, template_hash, with_label
from seatrial.harness.ports.event import Obj

__all__ = ["new_set", "new_set_name"]

NAME_MAX = 253


def new_set_name(deployment: Obj) -> str:
    """The name that a ReplicaSet of the Deployment's present template would have."""
    status = deployment.get("status") or {}
    suffix = "-" + template_hash(deployment["spec"]["template"], status.get("collisionCount"))
    name: str = deployment["metadata"]["name"]
    return name[: NAME_MAX - len(suffix)] + suffix


def new_set(deployment: Obj, revision: int, size: int) -> Obj:
    """The ReplicaSet of the Deployment's present template."""
    meta, spec = deployment["metadata"], deployment["spec"]
    name = new_set_name(deployment)
    suffix = name.rpartition("-")[2]
    template = with_label(spec["template"], TEMPLATE_HASH, suffix)
    selector = spec["selector"]
    body: Obj = {
        "replicas": size,
        "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), TEMPLATE_HASH: suffix}},
        "template": template,
    }
    if spec.get("minReadySeconds"):
        body["minReadySeconds"] = spec["minReadySeconds"]
    head = {
        "name": name,
        "namespace": meta.get("namespace", ""),
        "labels": template["metadata"]["labels"],
        "ownerReferences": [owner_reference(deployment, "apps/v1", "Deployment")],
    }
    rs: Obj = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": head, "spec": body}
    return with_sizes(deployment, annotated(deployment, rs, revision))
