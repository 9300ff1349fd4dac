"""What every namespace is born with: the ServiceAccount `default` and the ConfigMap `kube-root-ca.crt`.

Source: pkg/controller/serviceaccount/serviceaccounts_controller.go, pkg/controller/certificates/rootcacertpublisher
(v1.36.3), two controllers there. Differs from the real ones: the certificate is a placeholder text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["ServiceAccountController", "decide"]

ROOT_CA = "kube-root-ca.crt"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n"


def decide(namespace: Obj, account: Obj | None, bundle: Obj | None) -> tuple[Write, ...]:
    """Create what a namespace lacks; nothing while it is being deleted."""
    name = namespace["metadata"]["name"]
    if (namespace.get("status") or {}).get("phase") == "Terminating" or "deletionTimestamp" in namespace["metadata"]:
        return ()
    writes = []
    if account is None:
        body: Obj = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
        writes.append(Write("create", Key("serviceaccounts", name, "default"), body, tolerate=("AlreadyExists",)))
    notes = {"kubernetes.io/description": DESCRIPTION}
    data = {"ca.crt": CERTIFICATE}
    key = Key("configmaps", name, ROOT_CA)
    if bundle is None:
        meta: Obj = {"name": ROOT_CA, "namespace": name, "annotations": notes}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
        writes.append(Write("create", key, body, tolerate=("AlreadyExists",)))
    elif bundle.get("data") != data or not (bundle["metadata"].get("annotations") or {}).get(
        "kubernetes.io/description"
    ):
        annotations = {**(bundle["metadata"].get("annotations") or {}), **notes}
        body = {**bundle, "data": data, "metadata": {**bundle["metadata"], "annotations": annotations}}
        writes.append(Write("update", key, body))
    return tuple(writes)


class ServiceAccountController:
    """The twins of kube-controller-manager's serviceaccount and root-ca-certificate-publisher controllers."""

    name: ClassVar[str] = "service-account-controller"
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("namespaces"),
        Watch("serviceaccounts", "children"),
        Watch("configmaps", "children"),
    )
    workers: ClassVar[int] = 1

    def children(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The namespace of a default account or bundle that was deleted or changed."""
        if old is None or old["metadata"]["name"] not in ("default", ROOT_CA):
            return ()
        return (Key("namespaces", "", old["metadata"]["namespace"]),)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Give the namespace what it lacks."""
        namespace = view.get("namespaces", "", key.name)
        if namespace is None:
            return DONE
        account = view.get("serviceaccounts", key.name, "default")
        return Next(decide(namespace, account, view.get("configmaps", key.name, ROOT_CA)))
