"""Defaults of pods and pod templates.

Source: pkg/apis/core/v1/defaults.go and conversion.go (v1.36.3). Pods of one template share one spec object, so what
was made of a spec is remembered by its identity: the second pod costs one look.
"""

from __future__ import annotations

import re
from typing import Any

from seatrial.fakes.kube.quantity import compare
from seatrial.fakes.kube.schema.defaults.resources import pod_resources
from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, quantities, within
from seatrial.fakes.kube.schema.defaults.volumes import volume
from seatrial.harness.ports.event import Obj

__all__ = ["field_ref", "pod", "pod_spec", "template"]

# More templates than this are not alive at once; the memo is a cache, so it may be emptied at any time.
MEMO_MAX = 16_384
_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {}}
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_HTTP = {"path": "/", "scheme": "HTTP"}
_SPEC = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
    "schedulerName": "default-scheduler",
}
_IMAGE = re.compile(
    r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::(?P<tag>[\w][\w.-]{0,127}))?(?P<digest>@[^@]+)?"
)

_specs: dict[
    int, tuple[Obj, Obj]
] = {}  # by id(spec): the spec itself, so that the id stays its own, and what it became
_pod_specs: dict[int, tuple[Obj, Obj]] = {}


def _remember(memo: dict[int, tuple[Obj, Obj]], spec: Obj, done: Obj) -> Obj:
    if len(memo) >= MEMO_MAX:
        memo.clear()
    memo[id(spec)] = (spec, done)
    memo[id(done)] = (done, done)
    return done


def pod(obj: Obj) -> Obj:
    """A Pod."""
    spec = obj.get("spec")
    if spec is None:
        obj, spec = {**obj, "spec": {}}, {}
    known = _pod_specs.get(id(spec))
    done = known[1] if known is not None else _remember(_pod_specs, spec, _of_pods_alone(pod_spec(spec)))
    return obj if done is spec else {**obj, "spec": done}


def template(obj: Obj) -> Obj:
    """A PodTemplateSpec."""
    spec = obj.get("spec")
    if spec is None:
        obj, spec = {**obj, "spec": {}}, {}
    if "metadata" not in obj:
        obj = {"metadata": {}, **obj}
    done = pod_spec(spec)
    return obj if done is spec else {**obj, "spec": done}


def pod_spec(spec: Obj) -> Obj:
    """A PodSpec, as pods and templates have it."""
    known = _specs.get(id(spec))
    return known[1] if known is not None else _remember(_specs, spec, _pod_spec(spec))


def _pod_spec(spec: Obj) -> Obj:
    out = filled(spec, _SPEC)
    account = out.get("serviceAccountName") or out.get("serviceAccount")
    if account:
        out = filled(out, {"serviceAccountName": account, "serviceAccount": account})
        if out["serviceAccount"] != account:
            out = {**out, "serviceAccount": account}
    for field in ("containers", "initContainers", "ephemeralContainers"):
        out = each(out, field, _container)
    out = each(out, "volumes", volume)
    if out.get("hostNetwork"):
        for field in ("containers", "initContainers"):
            out = each(out, field, _host_ports)
    if "overhead" in out:
        out = within(out, "overhead", quantities)
    if "resources" in out:
        out = within(out, "resources", resource_amounts)
    return out


def _of_pods_alone(spec: Obj) -> Obj:
    for field in ("containers", "initContainers"):
        out = each(spec, field, _requests_of_limits)
        spec = out
    if spec.get("resources"):
        spec = pod_resources(spec)
    return filled(spec, {"enableServiceLinks": True})


def _requests_of_limits(container: Obj) -> Obj:
    resources = container.get("resources") or {}
    limits = resources.get("limits")
    if not limits:
        return container
    requests = resources.get("requests") or {}
    full = filled(requests, limits)
    return container if full is requests else {**container, "resources": {**resources, "requests": full}}


def _container(container: Obj) -> Obj:
    out = filled(container, _CONTAINER)
    if not out.get("imagePullPolicy"):
        out = {**out, "imagePullPolicy": _pull_policy(out.get("image", ""))}
    out = within(out, "resources", resource_amounts)
    out = each(out, "ports", _port)
    out = each(out, "env", _env)
    for field in ("livenessProbe", "readinessProbe", "startupProbe"):
        if field in out:
            out = within(out, field, _probe)
    if "lifecycle" in out:
        out = within(out, "lifecycle", _lifecycle)
    return out


def _pull_policy(image: str) -> str:
    found = _IMAGE.fullmatch(image)
    if found is None or (found["tag"] or ("" if found["digest"] else "latest")) != "latest":
        return "IfNotPresent"
    return "Always"


def resource_amounts(resources: Obj) -> Obj:
    """ResourceRequirements with canonical amounts."""
    for field in ("limits", "requests"):
        if field in resources:
            resources = within(resources, field, quantities)
    return resources


def _port(port: Obj) -> Obj:
    return port if port.get("protocol") else {**port, "protocol": "TCP"}


def _host_ports(container: Obj) -> Obj:
    return each(container, "ports", _host_port)


def _host_port(port: Obj) -> Obj:
    if port.get("hostPort") or not port.get("containerPort"):
        return port
    return {**port, "hostPort": port["containerPort"]}


def field_ref(ref: Obj) -> Obj:
    """An ObjectFieldSelector."""
    return ref if ref.get("apiVersion") else {**ref, "apiVersion": "v1"}


def _env(entry: Obj) -> Obj:
    source = entry.get("valueFrom")
    if not source:
        return entry
    done = within(source, "fieldRef", field_ref)
    done = within(done, "resourceFieldRef", resource_ref)
    done = within(done, "fileKeyRef", _file_key)
    return changed(entry, "valueFrom", done)


def resource_ref(ref: Obj) -> Obj:
    """A ResourceFieldSelector; its divisor is written even where it is zero."""
    divisor: Any = ref.get("divisor")
    if divisor is None or (divisor != "0" and compare(divisor, "0") == 0):
        return {**ref, "divisor": "0"}
    return ref


def _file_key(ref: Obj) -> Obj:
    return filled(ref, {"optional": False})


def _probe(probe: Obj) -> Obj:
    for name in _PROBE:
        if not probe.get(name):
            probe = {**probe, **{field: value for field, value in _PROBE.items() if not probe.get(field)}}
            break
    return _handler(probe)


def _handler(handler: Obj) -> Obj:
    if "httpGet" in handler:
        handler = within(handler, "httpGet", _http)
    if "grpc" in handler:
        handler = within(handler, "grpc", _grpc)
    return handler


def _http(action: Obj) -> Obj:
    return filled(action, _HTTP)


def _grpc(action: Obj) -> Obj:
    return action if "service" in action else {**action, "service": ""}


def _lifecycle(lifecycle: Obj) -> Obj:
    for hook in ("postStart", "preStop"):
        lifecycle = within(lifecycle, hook, _handler)
    return lifecycle
