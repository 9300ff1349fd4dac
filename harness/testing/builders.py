"""Objects as an API server returns them, with only what a test is about set at the call.

    web = make_deployment("web", replicas=3, max_surge=0)
    pod = make_pod("web-1", labels={"app": "web"}, node="n1", ready=True)

Every object has uid, creationTimestamp and the defaults that controllers rely on. Equal arguments make equal objects.
"""

from __future__ import annotations

from seatrial.harness.testing.objects import (
    make_condition,
    make_namespace,
    make_node,
    make_object,
    make_owner,
    make_pod,
    make_service,
    make_template,
)
from seatrial.harness.testing.workloads import (
    make_cronjob,
    make_daemonset,
    make_deployment,
    make_job,
    make_pdb,
    make_replicaset,
    make_statefulset,
)

__all__ = [
    "make_condition",
    "make_cronjob",
    "make_daemonset",
    "make_deployment",
    "make_job",
    "make_namespace",
    "make_node",
    "make_object",
    "make_owner",
    "make_pdb",
    "make_pod",
    "make_replicaset",
    "make_service",
    "make_statefulset",
    "make_template",
]
