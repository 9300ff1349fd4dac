"""Defaults of a PodSpec (pkg/apis/core/v1/defaults.go). Pods of one template share the result."""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.defaults.fill import each, fill, within

__all__ = ["pod_spec", "template"]

Spec = dict[str, Any]


def template(value: Spec) -> Spec:
    """A PodTemplateSpec."""
    return within(value, "spec", pod_spec)


def pod_spec(spec: Spec) -> Spec:
    """A PodSpec."""
    spec = fill(
        spec,
        dnsPolicy="ClusterFirst",
        restartPolicy="Always",
        schedulerName="default-scheduler",
        securityContext={},
        terminationGracePeriodSeconds=30,
    )
    if "serviceAccountName" in spec and "serviceAccount" not in spec:
        spec = {**spec, "serviceAccount": spec["serviceAccountName"]}
    elif "serviceAccount" in spec and "serviceAccountName" not in spec:
        spec = {**spec, "serviceAccountName": spec["serviceAccount"]}
    spec = each(spec, "containers", container)
    spec = each(spec, "initContainers", container)
    spec = each(spec, "volumes", volume)
    if spec.get("hostNetwork"):
        spec = each(each(spec, "containers", _host_ports), "initContainers", _host_ports)
    return spec


def container(value: Spec) -> Spec:
    """A Container."""
    value = fill(
        value,
        imagePullPolicy=_pull_policy(value.get("image", "")),
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    value = within(value, "resources", _resources)
    value = each(value, "ports", _port)
    value = each(value, "env", _env)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        value = within(value, name, probe)
    return within(value, "lifecycle", _lifecycle)


def _pull_policy(image: str) -> str:
    """`latest`, said or implied, is pulled always; a digest or another tag is not."""
    last = image.rpartition("/")[2]
    name, at, _ = last.partition("@")
    if at and ":" not in name:
        return "IfNotPresent"
    tag = name.partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _resources(value: Spec) -> Spec:
    limits, requests = value.get("limits"), value.get("requests") or {}
    missing = {name: amount for name, amount in (limits or {}).items() if name not in requests}
    return {**value, "requests": {**requests, **missing}} if missing else value


def _port(value: Spec) -> Spec:
    return fill(value, protocol="TCP")


def _host_ports(value: Spec) -> Spec:
    return each(value, "ports", lambda port: fill(port, hostPort=port["containerPort"]))


def _env(value: Spec) -> Spec:
    return within(value, "valueFrom", lambda source: within(source, "fieldRef", lambda ref: fill(ref, apiVersion="v1")))


def probe(value: Spec) -> Spec:
    """A Probe."""
    value = fill(value, failureThreshold=3, periodSeconds=10, successThreshold=1, timeoutSeconds=1)
    value = within(value, "grpc", lambda grpc: fill(grpc, service=""))
    return within(value, "httpGet", _http_get)


def _http_get(value: Spec) -> Spec:
    return fill(value, path="/", scheme="HTTP")


def _lifecycle(value: Spec) -> Spec:
    for name in ("postStart", "preStop"):
        value = within(value, name, lambda handler: within(handler, "httpGet", _http_get))
    return value


def volume(value: Spec) -> Spec:
    """A Volume; one without a source is an emptyDir."""
    if len(value) == 1:
        return {**value, "emptyDir": {}}
    value = within(value, "secret", lambda source: fill(source, defaultMode=420))
    value = within(value, "configMap", lambda source: fill(source, defaultMode=420))
    value = within(value, "hostPath", lambda source: fill(source, type=""))
    value = within(value, "downwardAPI", _downward)
    value = within(value, "iscsi", lambda source: fill(source, iscsiInterface="default"))
    value = within(value, "ephemeral", _ephemeral)
    return within(value, "projected", _projected)


def _downward(value: Spec) -> Spec:
    return each(fill(value, defaultMode=420), "items", _downward_item)


def _downward_item(value: Spec) -> Spec:
    return within(value, "fieldRef", lambda ref: fill(ref, apiVersion="v1"))


def _ephemeral(value: Spec) -> Spec:
    return within(
        value,
        "volumeClaimTemplate",
        lambda claim: within(claim, "spec", lambda spec: fill(spec, volumeMode="Filesystem")),
    )


def _projected(value: Spec) -> Spec:
    return each(fill(value, defaultMode=420), "sources", _source)


def _source(value: Spec) -> Spec:
    value = within(value, "serviceAccountToken", lambda token: fill(token, expirationSeconds=3600))
    return within(value, "downwardAPI", lambda downward: each(downward, "items", _downward_item))
