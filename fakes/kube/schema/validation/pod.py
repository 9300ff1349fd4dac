"""Pods at their birth, and pod templates.

Source: ValidatePodSpec, ValidatePodCreate, ValidatePodTemplateSpec in pkg/apis/core/validation/validation.go (v1.36.3).
A spec that was found good is remembered by its identity: pods of one template share it. Not modelled: Windows pods,
claims of dynamic resources, annotations of AppArmor and seccomp.
"""

from __future__ import annotations

from seatrial.fakes.kube.quantity import nano
from seatrial.fakes.kube.schema.defaults.resources import container_requests
from seatrial.fakes.kube.schema.validation.amounts import amount, container_resource, requirements
from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    chosen,
    duplicate,
    forbidden,
    in_range,
    invalid,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.containers import Surroundings, containers, init_containers
from seatrial.fakes.kube.schema.validation.labels import annotation_map, label_name, labels
from seatrial.fakes.kube.schema.validation.names import dns_label, dns_subdomain, ip_text
from seatrial.fakes.kube.schema.validation.placing import affinity, spread, tolerations
from seatrial.fakes.kube.schema.validation.security import pod_security
from seatrial.fakes.kube.schema.validation.volumes import volumes
from seatrial.harness.ports.event import Obj

__all__ = ["RESTART_POLICIES", "pod_create", "pod_spec", "template"]

RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_NAMES = (("serviceAccountName", dns_subdomain), ("nodeName", dns_subdomain))
_LATER_NAMES = (("priorityClassName", dns_subdomain), ("runtimeClassName", dns_subdomain))
INT32_MAX = (1 << 31) - 1
NAMESERVERS_MAX, SEARCHES_MAX, SEARCH_LETTERS_MAX = 3, 32, 2048
MEMO_MAX = 16_384

_good: dict[tuple[int, bool], Obj] = {}  # by (id, of a pod): the spec itself, so that the id stays its own


def pod_create(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """The spec of a new Pod."""
    spec = obj.get("spec") or {}
    pod_spec(out, "spec", spec, of_pod=True)
    if spec.get("ephemeralContainers"):
        forbidden(out, "spec.ephemeralContainers", "cannot be set on create")
    if spec.get("nodeName") and spec.get("schedulingGates"):
        forbidden(out, "spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def template(out: Causes, path: str, given: Obj) -> None:
    """A PodTemplateSpec."""
    meta = given.get("metadata") or {}
    labels(out, f"{path}.labels", meta.get("labels"))
    annotation_map(out, f"{path}.annotations", meta.get("annotations"))
    spec = given.get("spec") or {}
    pod_spec(out, f"{path}.spec", spec, of_pod=False)
    if spec.get("ephemeralContainers"):
        forbidden(out, f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def pod_spec(out: Causes, path: str, spec: Obj, *, of_pod: bool) -> None:
    """A PodSpec; a good one is checked once."""
    if (id(spec), of_pod) in _good:
        return
    count = len(out)
    _inside(out, path, spec, of_pod=of_pod)
    _around(out, path, spec)
    if of_pod:
        _only_in_pods(out, path, spec)
    if len(out) == count:
        if len(_good) >= MEMO_MAX:
            _good.clear()
        _good[id(spec), of_pod] = spec


def _inside(out: Causes, path: str, spec: Obj, *, of_pod: bool) -> None:
    if spec.get("terminationGracePeriodSeconds") is None:
        required(out, f"{path}.terminationGracePeriodSeconds")
    known = volumes(out, f"{path}.volumes", spec["volumes"]) if spec.get("volumes") else {}
    around = Surroundings(
        known,
        spec.get("terminationGracePeriodSeconds") or 0,
        spec.get("restartPolicy", ""),
        spec.get("hostUsers") is not False,
    )
    regular = spec.get("containers") or []
    containers(out, f"{path}.containers", regular, around)
    if spec.get("initContainers"):
        init_containers(out, f"{path}.initContainers", spec["initContainers"], regular, around)
    if spec.get("resources"):
        _whole(out, f"{path}.resources", spec)
    if spec.get("hostNetwork"):
        _host_network(out, f"{path}.containers", regular, of_pod=of_pod)


def _whole(out: Causes, path: str, spec: Obj) -> None:
    requirements(out, path, spec["resources"], container_resource)
    requests = spec["resources"].get("requests") or {}
    for name, needed in sorted(container_requests(spec).items()):
        asked = requests.get(name)
        if asked is not None and nano(asked) < nano(needed):
            text = f"must be greater than or equal to aggregate container requests of {needed}"
            invalid(out, f"{path}.requests[{name}]", asked, text)


def _host_network(out: Causes, path: str, given: list[Obj], *, of_pod: bool) -> None:
    for index, container in enumerate(given):
        for number, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort", 0)
            if (of_pod or host) and host != port.get("containerPort", 0):
                place = f"{path}[{index}].ports[{number}].hostPort"
                invalid(out, place, host, "must match `containerPort` when `hostNetwork` is true")


def _around(out: Causes, path: str, spec: Obj) -> None:
    chosen(out, f"{path}.restartPolicy", spec.get("restartPolicy"), RESTART_POLICIES)
    policy = spec.get("dnsPolicy")
    chosen(out, f"{path}.dnsPolicy", policy, DNS_POLICIES)
    labels(out, f"{path}.nodeSelector", spec.get("nodeSelector"))
    if spec.get("securityContext") or spec.get("shareProcessNamespace"):
        pod_security(out, f"{path}.securityContext", spec.get("securityContext") or {}, spec)
    if spec.get("affinity"):
        affinity(out, f"{path}.affinity", spec["affinity"])
    if spec.get("dnsConfig") is not None or policy == "None":
        _dns(out, f"{path}.dnsConfig", spec.get("dnsConfig"), policy)
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        label_name(out, f"{path}.readinessGates[{index}].conditionType", gate.get("conditionType", ""))
    if spec.get("schedulingGates"):
        _gates(out, f"{path}.schedulingGates", spec["schedulingGates"])
    if spec.get("topologySpreadConstraints"):
        spread(out, f"{path}.topologySpreadConstraints", spec["topologySpreadConstraints"])
    if spec.get("hostUsers") is False:
        for field in ("hostPID", "hostIPC"):
            if spec.get(field):
                forbidden(out, f"{path}.{field[0].upper()}{field[1:]}", "when `hostUsers` is false")
    _names(out, path, spec)
    _last(out, path, spec)


def _names(out: Causes, path: str, spec: Obj) -> None:
    for field, rule in _NAMES:
        name = spec.get(field)
        if name:
            for message in rule(name):
                invalid(out, f"{path}.{field}", name, message)
    in_range(out, f"{path}.activeDeadlineSeconds", spec.get("activeDeadlineSeconds"), 1, INT32_MAX)
    for field in ("hostname", "subdomain"):
        name = spec.get(field)
        if name:
            for message in dns_label(name):
                # A label's own words, even where the text would be a subdomain.
                invalid(out, f"{path}.{field}", name, message)


def _last(out: Causes, path: str, spec: Obj) -> None:
    if spec.get("tolerations"):
        tolerations(out, f"{path}.tolerations", spec["tolerations"])
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        place = f"{path}.hostAliases[{index}]"
        for message in ip_text(alias.get("ip", "")):
            invalid(out, f"{place}.ip", alias.get("ip", ""), message)
        for number, name in enumerate(alias.get("hostnames") or ()):
            for message in dns_subdomain(name):
                invalid(out, f"{place}.hostnames[{number}]", name, message)
    for field, rule in _LATER_NAMES:
        name = spec.get(field)
        if name:
            for message in rule(name):
                invalid(out, f"{path}.{field}", name, message)
    one_of(out, f"{path}.preemptionPolicy", spec.get("preemptionPolicy"), ("PreemptLowerPriority", "Never"))
    for name, value in sorted((spec.get("overhead") or {}).items()):
        container_resource(out, f"{path}.overhead[{name}]", name)
        amount(out, f"{path}.overhead[{name}]", name, value)
    system = spec.get("os")
    if system is not None:
        chosen(out, f"{path}.os", system.get("name"), ("linux", "windows"))


def _dns(out: Causes, path: str, config: Obj | None, policy: str | None) -> None:
    if policy == "None":
        if config is None:
            required(out, path, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.get("nameservers"):
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            required(out, f"{path}.nameservers", text)
            return
    config = config or {}
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    if len(servers) > NAMESERVERS_MAX:
        invalid(out, f"{path}.nameservers", servers, f"must not have more than {NAMESERVERS_MAX} nameservers")
    for index, server in enumerate(servers):
        for message in ip_text(server):
            invalid(out, f"{path}.nameservers[{index}]", server, message)
    if len(searches) > SEARCHES_MAX:
        invalid(out, f"{path}.searches", searches, f"must not have more than {SEARCHES_MAX} search paths")
    if len(" ".join(searches)) > SEARCH_LETTERS_MAX:
        text = f"must not have more than {SEARCH_LETTERS_MAX} characters (including spaces) in the search list"
        invalid(out, f"{path}.searches", searches, text)
    for index, search in enumerate(searches):
        if search != ".":
            for message in dns_subdomain(search.removesuffix(".").replace("_", "a")):
                invalid(out, f"{path}.searches[{index}]", search, message)
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            required(out, f"{path}.options[{index}]", "must not be empty")


def _gates(out: Causes, path: str, gates: list[Obj]) -> None:
    seen: set[str] = set()
    for index, gate in enumerate(gates):
        name = gate.get("name", "")
        label_name(out, f"{path}[{index}]", name)
        if name in seen:
            duplicate(out, f"{path}[{index}]", name)
        seen.add(name)


def _only_in_pods(out: Causes, path: str, spec: Obj) -> None:
    if not spec.get("serviceAccountName"):
        for index, volume in enumerate(spec.get("volumes") or ()):
            for number, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
                if source.get("serviceAccountToken") is not None:
                    place = f"{path}.volumes[{index}].projected.sources[{number}].serviceAccountToken"
                    forbidden(out, place, "must not be specified when serviceAccountName is not set")
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field) or ()):
            image = container.get("image", "")
            if image.strip() != image:
                place = f"{path}.{field}[{index}].image"
                invalid(out, place, image, "must not have leading or trailing whitespace")
