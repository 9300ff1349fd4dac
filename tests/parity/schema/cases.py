"""Bad objects, and some good ones: (kind, what is odd about it, changes of the valid manifest)."""

from __future__ import annotations

from typing import Any

try:
    from mutations import GONE
except ImportError:
    from tests.parity.schema.mutations import GONE

__all__ = ["CREATES", "UPDATES"]

Case = tuple[str, str, dict[str, Any]]
C = "/spec/containers/0"
T = "/spec/template/spec/containers/0"
POD: list[Case] = [
    ("pod", "valid", {}),
    ("pod", "name missing", {"/metadata/name": GONE}),
    ("pod", "name with capitals", {"/metadata/name": "Web"}),
    ("pod", "name too long", {"/metadata/name": "a" * 254}),
    ("pod", "generateName bad", {"/metadata/name": GONE, "/metadata/generateName": "Bad_"}),
    ("pod", "label key bad", {"/metadata/labels": {"a b": "c"}}),
    ("pod", "label prefix bad", {"/metadata/labels": {"A_/b": "c"}}),
    ("pod", "label key empty name", {"/metadata/labels": {"a/": "c"}}),
    ("pod", "label value bad", {"/metadata/labels": {"a": "b c"}}),
    ("pod", "label value long", {"/metadata/labels": {"a": "b" * 64}}),
    ("pod", "label key long", {"/metadata/labels": {"a" * 64: "b"}}),
    ("pod", "label key slashes", {"/metadata/labels": {"a/b/c": "b"}}),
    ("pod", "annotation key bad", {"/metadata/annotations": {"a b": "c"}}),
    ("pod", "annotations too long", {"/metadata/annotations": {"a": "c" * 262145}}),
    ("pod", "finalizer bad", {"/metadata/finalizers": ["a b"]}),
    ("pod", "finalizer unqualified", {"/metadata/finalizers": ["ab"]}),
    ("pod", "finalizers two gc", {"/metadata/finalizers": ["orphan", "foregroundDeletion"]}),
    ("pod", "owner incomplete", {"/metadata/ownerReferences": [{"apiVersion": "", "kind": "", "name": "", "uid": ""}]}),
    (
        "pod",
        "owner two controllers",
        {
            "/metadata/ownerReferences": [
                {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "1", "controller": True},
                {"apiVersion": "v1", "kind": "B", "name": "b", "uid": "2", "controller": True},
            ]
        },
    ),
    (
        "pod",
        "owner event",
        {"/metadata/ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "1"}]},
    ),
    (
        "pod",
        "owner bad version",
        {"/metadata/ownerReferences": [{"apiVersion": "a/b/c", "kind": "A", "name": "a", "uid": "1"}]},
    ),
    ("pod", "spec missing", {"/spec": GONE}),
    ("pod", "containers missing", {"/spec/containers": GONE}),
    ("pod", "containers empty", {"/spec/containers": []}),
    ("pod", "container name missing", {f"{C}/name": GONE}),
    ("pod", "container name bad", {f"{C}/name": "Main_1"}),
    ("pod", "container name long", {f"{C}/name": "a" * 64}),
    ("pod", "container name twice", {"/spec/containers/-": {"name": "main", "image": "x"}}),
    ("pod", "container image missing", {f"{C}/image": GONE}),
    ("pod", "container image with spaces", {f"{C}/image": " x "}),
    ("pod", "image pull policy bad", {f"{C}/imagePullPolicy": "Sometimes"}),
    ("pod", "termination message policy bad", {f"{C}/terminationMessagePolicy": "Screen"}),
    ("pod", "port zero", {f"{C}/ports/0/containerPort": 0}),
    ("pod", "port missing", {f"{C}/ports/0/containerPort": GONE}),
    ("pod", "port too high", {f"{C}/ports/0/containerPort": 70000}),
    ("pod", "port name bad", {f"{C}/ports/0/name": "HTTP"}),
    ("pod", "port name long", {f"{C}/ports/0/name": "a" * 16}),
    ("pod", "port name digits", {f"{C}/ports/0/name": "80"}),
    ("pod", "port name dashes", {f"{C}/ports/0/name": "a--b"}),
    ("pod", "port name twice", {f"{C}/ports/-": {"name": "http", "containerPort": 8081}}),
    ("pod", "port protocol bad", {f"{C}/ports/0/protocol": "ICMP"}),
    ("pod", "host port bad", {f"{C}/ports/0/hostPort": 70000}),
    (
        "pod",
        "host port twice",
        {f"{C}/ports/0/hostPort": 80, f"{C}/ports/-": {"containerPort": 81, "hostPort": 80}},
    ),
    ("pod", "host network other host port", {"/spec/hostNetwork": True, f"{C}/ports/0/hostPort": 80}),
    ("pod", "host network", {"/spec/hostNetwork": True}),
    ("pod", "env name missing", {f"{C}/env/0/name": ""}),
    ("pod", "env name bad", {f"{C}/env/0/name": "a=b"}),
    ("pod", "env name dot", {f"{C}/env/0/name": "."}),
    ("pod", "env value and source", {f"{C}/env/1/value": "x"}),
    ("pod", "env source empty", {f"{C}/env/1/valueFrom": {}}),
    ("pod", "env field bad", {f"{C}/env/1/valueFrom/fieldRef/fieldPath": "spec.foo"}),
    ("pod", "env field missing", {f"{C}/env/1/valueFrom/fieldRef/fieldPath": ""}),
    ("pod", "env field unsupported", {f"{C}/env/1/valueFrom/fieldRef/fieldPath": "metadata.labels"}),
    ("pod", "env field of label", {f"{C}/env/1/valueFrom/fieldRef/fieldPath": "metadata.labels['a']"}),
    (
        "pod",
        "env two sources",
        {f"{C}/env/1/valueFrom/configMapKeyRef": {"name": "a", "key": "b"}},
    ),
    ("pod", "env config map key missing", {f"{C}/env/1/valueFrom": {"configMapKeyRef": {"name": "a"}}}),
    ("pod", "env config map name missing", {f"{C}/env/1/valueFrom": {"configMapKeyRef": {"key": "a"}}}),
    ("pod", "env secret key bad", {f"{C}/env/1/valueFrom": {"secretKeyRef": {"name": "a", "key": "a b"}}}),
    ("pod", "env resource bad", {f"{C}/env/1/valueFrom": {"resourceFieldRef": {"resource": "limits.foo"}}}),
    ("pod", "env resource missing", {f"{C}/env/1/valueFrom": {"resourceFieldRef": {"resource": ""}}}),
    (
        "pod",
        "env resource divisor bad",
        {f"{C}/env/1/valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "3m"}}},
    ),
    ("pod", "env resource", {f"{C}/env/1/valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}),
    ("pod", "envFrom empty", {f"{C}/envFrom": [{}]}),
    ("pod", "envFrom two", {f"{C}/envFrom": [{"configMapRef": {"name": "a"}, "secretRef": {"name": "b"}}]}),
    ("pod", "envFrom name missing", {f"{C}/envFrom": [{"configMapRef": {}}]}),
    ("pod", "envFrom prefix bad", {f"{C}/envFrom": [{"prefix": "a=", "configMapRef": {"name": "a"}}]}),
    ("pod", "request over limit", {f"{C}/resources/requests/cpu": "1"}),
    ("pod", "request over limit memory", {f"{C}/resources/requests/memory": "1Gi"}),
    ("pod", "request negative", {f"{C}/resources/requests/cpu": "-1"}),
    ("pod", "limit negative", {f"{C}/resources/limits/memory": "-1Gi"}),
    ("pod", "resource unknown", {f"{C}/resources/requests/foo": "1"}),
    ("pod", "resource bad name", {f"{C}/resources/requests/foo_~1bar baz": "1"}),
    (
        "pod",
        "extended resource without limit",
        {f"{C}/resources/requests/example.com~1gpu": "1"},
    ),
    (
        "pod",
        "extended resource fraction",
        {f"{C}/resources/limits/example.com~1gpu": "500m"},
    ),
    (
        "pod",
        "extended resource differs",
        {f"{C}/resources/limits/example.com~1gpu": "2", f"{C}/resources/requests/example.com~1gpu": "1"},
    ),
    ("pod", "hugepages alone", {f"{C}/resources": {"limits": {"hugepages-2Mi": "2Mi"}}}),
    (
        "pod",
        "ephemeral storage over",
        {f"{C}/resources/requests/ephemeral-storage": "2Gi", f"{C}/resources/limits/ephemeral-storage": "1Gi"},
    ),
    ("pod", "probe no handler", {f"{C}/readinessProbe": {"periodSeconds": 3}}),
    ("pod", "probe two handlers", {f"{C}/readinessProbe/tcpSocket": {"port": 80}}),
    (
        "pod",
        "probe negative numbers",
        {
            f"{C}/readinessProbe/periodSeconds": -1,
            f"{C}/readinessProbe/timeoutSeconds": -2,
            f"{C}/readinessProbe/initialDelaySeconds": -3,
            f"{C}/readinessProbe/failureThreshold": -4,
            f"{C}/readinessProbe/successThreshold": -5,
        },
    ),
    ("pod", "liveness success threshold", {f"{C}/livenessProbe/successThreshold": 2}),
    ("pod", "readiness grace", {f"{C}/readinessProbe/terminationGracePeriodSeconds": 3}),
    ("pod", "liveness grace zero", {f"{C}/livenessProbe/terminationGracePeriodSeconds": 0}),
    ("pod", "probe port bad", {f"{C}/readinessProbe/httpGet/port": 0}),
    ("pod", "probe port name bad", {f"{C}/readinessProbe/httpGet/port": "UPPER"}),
    ("pod", "probe scheme bad", {f"{C}/readinessProbe/httpGet/scheme": "FTP"}),
    ("pod", "probe header bad", {f"{C}/readinessProbe/httpGet/httpHeaders": [{"name": "a b", "value": "c"}]}),
    ("pod", "probe exec empty", {f"{C}/livenessProbe": {"exec": {"command": []}}}),
    ("pod", "probe grpc bad port", {f"{C}/livenessProbe": {"grpc": {"port": 0}}}),
    ("pod", "probe grpc", {f"{C}/livenessProbe": {"grpc": {"port": 90}}}),
    ("pod", "startup probe success", {f"{C}/startupProbe": {"tcpSocket": {"port": 1}, "successThreshold": 3}}),
    ("pod", "lifecycle empty", {f"{C}/lifecycle": {"preStop": {}}}),
    ("pod", "lifecycle sleep", {f"{C}/lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}),
    ("pod", "lifecycle sleep too long", {f"{C}/lifecycle": {"preStop": {"sleep": {"seconds": 500}}}}),
    ("pod", "lifecycle two", {f"{C}/lifecycle": {"preStop": {"exec": {"command": ["a"]}, "sleep": {"seconds": 5}}}}),
    ("pod", "mount of unknown volume", {f"{C}/volumeMounts/0/name": "nope"}),
    ("pod", "mount name missing", {f"{C}/volumeMounts/0/name": ""}),
    ("pod", "mount path missing", {f"{C}/volumeMounts/0/mountPath": ""}),
    ("pod", "mount path twice", {f"{C}/volumeMounts/1/mountPath": "/data"}),
    ("pod", "mount subPath absolute", {f"{C}/volumeMounts/0/subPath": "/a"}),
    ("pod", "mount subPath back", {f"{C}/volumeMounts/0/subPath": "a/../b"}),
    ("pod", "mount subPath both", {f"{C}/volumeMounts/0/subPath": "a", f"{C}/volumeMounts/0/subPathExpr": "b"}),
    ("pod", "mount propagation", {f"{C}/volumeMounts/0/mountPropagation": "Bidirectional"}),
    ("pod", "mount propagation bad", {f"{C}/volumeMounts/0/mountPropagation": "Foo"}),
    ("pod", "volume device unknown", {f"{C}/volumeDevices": [{"name": "nope", "devicePath": "/dev/x"}]}),
    ("pod", "volume name bad", {"/spec/volumes/0/name": "Data_1"}),
    ("pod", "volume name missing", {"/spec/volumes/0/name": ""}),
    ("pod", "volume name twice", {"/spec/volumes/1/name": "data"}),
    ("pod", "volume two sources", {"/spec/volumes/0/hostPath": {"path": "/x"}}),
    ("pod", "volume hostPath empty", {"/spec/volumes/0": {"name": "data", "hostPath": {"path": ""}}}),
    ("pod", "volume hostPath back", {"/spec/volumes/0": {"name": "data", "hostPath": {"path": "/a/../b"}}}),
    ("pod", "volume hostPath type", {"/spec/volumes/0": {"name": "data", "hostPath": {"path": "/a", "type": "Disk"}}}),
    ("pod", "volume emptyDir negative", {"/spec/volumes/0/emptyDir/sizeLimit": "-1"}),
    ("pod", "volume emptyDir medium", {"/spec/volumes/0/emptyDir/medium": "Tape"}),
    ("pod", "volume config map nameless", {"/spec/volumes/1/configMap/name": ""}),
    ("pod", "volume config map mode", {"/spec/volumes/1/configMap/defaultMode": 1000}),
    (
        "pod",
        "volume config map items",
        {
            "/spec/volumes/1/configMap/items": [
                {"key": "", "path": ""},
                {"key": "a", "path": "../x"},
                {"key": "b", "path": "/x"},
            ]
        },
    ),
    ("pod", "volume secret nameless", {"/spec/volumes/1": {"name": "config", "secret": {}}}),
    (
        "pod",
        "volume claim nameless",
        {"/spec/volumes/1": {"name": "config", "persistentVolumeClaim": {"claimName": ""}}},
    ),
    (
        "pod",
        "volume downward bad",
        {
            "/spec/volumes/1": {
                "name": "config",
                "downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "status.hostIP"}}]},
            }
        },
    ),
    ("pod", "volume downward none", {"/spec/volumes/1": {"name": "config", "downwardAPI": {"items": [{"path": "a"}]}}}),
    (
        "pod",
        "volume projected conflict",
        {
            "/spec/volumes/1": {
                "name": "config",
                "projected": {
                    "sources": [
                        {"configMap": {"name": "a", "items": [{"key": "k", "path": "p"}]}},
                        {"secret": {"name": "b", "items": [{"key": "k", "path": "p"}]}},
                    ]
                },
            }
        },
    ),
    ("pod", "volume projected empty source", {"/spec/volumes/1": {"name": "config", "projected": {"sources": [{}]}}}),
    (
        "pod",
        "volume projected token short",
        {
            "/spec/volumes/1": {
                "name": "config",
                "projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 10}}]},
            }
        },
    ),
    ("pod", "volume csi bad", {"/spec/volumes/1": {"name": "config", "csi": {"driver": ""}}}),
    ("pod", "volume nfs bad", {"/spec/volumes/1": {"name": "config", "nfs": {"server": "", "path": "a"}}}),
    (
        "pod",
        "volume ephemeral bad",
        {"/spec/volumes/1": {"name": "config", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}},
    ),
    ("pod", "restart policy bad", {"/spec/restartPolicy": "Sometimes"}),
    ("pod", "dns policy bad", {"/spec/dnsPolicy": "Own"}),
    ("pod", "dns policy none", {"/spec/dnsPolicy": "None"}),
    ("pod", "dns config bad", {"/spec/dnsConfig": {"nameservers": ["x", "1.1.1.1", "1.1.1.2", "1.1.1.3"]}}),
    ("pod", "grace negative", {"/spec/terminationGracePeriodSeconds": -1}),
    ("pod", "deadline zero", {"/spec/activeDeadlineSeconds": 0}),
    ("pod", "deadline huge", {"/spec/activeDeadlineSeconds": 1 << 33}),
    ("pod", "node selector bad", {"/spec/nodeSelector": {"a b": "c d"}}),
    ("pod", "node name bad", {"/spec/nodeName": "N_1"}),
    ("pod", "service account bad", {"/spec/serviceAccountName": "A_1"}),
    ("pod", "hostname bad", {"/spec/hostname": "A_1", "/spec/subdomain": "b."}),
    ("pod", "scheduler name bad", {"/spec/schedulerName": "A B"}),
    ("pod", "pull secret nameless", {"/spec/imagePullSecrets": [{}]}),
    ("pod", "host alias bad", {"/spec/hostAliases": [{"ip": "x", "hostnames": ["A_1"]}]}),
    ("pod", "toleration key bad", {"/spec/tolerations": [{"key": "a b", "operator": "Exists"}]}),
    ("pod", "toleration operator bad", {"/spec/tolerations": [{"key": "a", "operator": "Is", "value": "b"}]}),
    ("pod", "toleration exists value", {"/spec/tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}),
    ("pod", "toleration no key", {"/spec/tolerations": [{"operator": "Equal", "value": "b"}]}),
    ("pod", "toleration effect bad", {"/spec/tolerations": [{"key": "a", "operator": "Exists", "effect": "No"}]}),
    (
        "pod",
        "toleration seconds",
        {"/spec/tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 3}]},
    ),
    (
        "pod",
        "toleration value bad",
        {"/spec/tolerations": [{"key": "a", "operator": "Equal", "value": "b c", "effect": "NoSchedule"}]},
    ),
    (
        "pod",
        "spread skew zero",
        {
            "/spec/topologySpreadConstraints": [
                {"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
            ]
        },
    ),
    (
        "pod",
        "spread key missing",
        {"/spec/topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "", "whenUnsatisfiable": "DoNotSchedule"}]},
    ),
    (
        "pod",
        "spread when bad",
        {"/spec/topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "Never"}]},
    ),
    ("pod", "spread when missing", {"/spec/topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone"}]}),
    (
        "pod",
        "spread twice",
        {
            "/spec/topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
            ]
            * 2
        },
    ),
    (
        "pod",
        "spread min domains soft",
        {
            "/spec/topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}
            ]
        },
    ),
    (
        "pod",
        "spread min domains zero",
        {
            "/spec/topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 0}
            ]
        },
    ),
    (
        "pod",
        "spread policies bad",
        {
            "/spec/topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "zone",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "nodeAffinityPolicy": "x",
                    "nodeTaintsPolicy": "y",
                }
            ]
        },
    ),
    (
        "pod",
        "spread match keys bad",
        {
            "/spec/topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"]}
            ]
        },
    ),
    (
        "pod",
        "spread selector bad",
        {
            "/spec/topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "zone",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]},
                }
            ]
        },
    ),
    (
        "pod",
        "node affinity empty",
        {
            "/spec/affinity": {
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}
            }
        },
    ),
    (
        "pod",
        "node affinity operator",
        {
            "/spec/affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {"key": "a", "operator": "Is"},
                                    {"key": "b", "operator": "In"},
                                    {"key": "c", "operator": "Exists", "values": ["x"]},
                                    {"key": "d", "operator": "Gt", "values": ["x", "y"]},
                                    {"key": "e f", "operator": "Exists"},
                                ]
                            }
                        ]
                    }
                }
            }
        },
    ),
    (
        "pod",
        "node affinity fields",
        {
            "/spec/affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchFields": [{"key": "a", "operator": "In", "values": ["x", "y"]}]}]
                    }
                }
            }
        },
    ),
    (
        "pod",
        "node affinity weight",
        {
            "/spec/affinity": {
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 101, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}
                    ]
                }
            }
        },
    ),
    (
        "pod",
        "pod affinity key missing",
        {
            "/spec/affinity": {
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": ""}
                    ]
                }
            }
        },
    ),
    (
        "pod",
        "pod affinity weight",
        {
            "/spec/affinity": {
                "podAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "weight": 0,
                            "podAffinityTerm": {
                                "labelSelector": {"matchLabels": {"a": "b c"}},
                                "topologyKey": "z",
                                "namespaces": ["A_"],
                            },
                        }
                    ]
                }
            }
        },
    ),
    ("pod", "readiness gate bad", {"/spec/readinessGates": [{"conditionType": "a b"}]}),
    ("pod", "scheduling gates", {"/spec/schedulingGates": [{"name": "a b"}, {"name": "x"}, {"name": "x"}]}),
    ("pod", "gate with node", {"/spec/schedulingGates": [{"name": "x"}], "/spec/nodeName": "n1"}),
    ("pod", "init container valid", {"/spec/initContainers": [{"name": "i", "image": "x"}]}),
    (
        "pod",
        "init container probe",
        {
            "/spec/initContainers": [
                {
                    "name": "i",
                    "image": "x",
                    "readinessProbe": {"tcpSocket": {"port": 1}},
                    "livenessProbe": {"tcpSocket": {"port": 1}},
                    "startupProbe": {"tcpSocket": {"port": 1}},
                    "lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
                }
            ]
        },
    ),
    ("pod", "init container same name", {"/spec/initContainers": [{"name": "main", "image": "x"}]}),
    (
        "pod",
        "sidecar",
        {
            "/spec/initContainers": [
                {"name": "i", "image": "x", "restartPolicy": "Always", "readinessProbe": {"tcpSocket": {"port": 1}}}
            ]
        },
    ),
    ("pod", "init restart policy bad", {"/spec/initContainers": [{"name": "i", "image": "x", "restartPolicy": "Foo"}]}),
    ("pod", "container restart policy", {f"{C}/restartPolicy": "Always"}),
    ("pod", "ephemeral at create", {"/spec/ephemeralContainers": [{"name": "e", "image": "x"}]}),
    (
        "pod",
        "privileged no escalation",
        {f"{C}/securityContext": {"privileged": True, "allowPrivilegeEscalation": False}},
    ),
    ("pod", "run as user negative", {f"{C}/securityContext": {"runAsUser": -1, "runAsGroup": -1}}),
    ("pod", "proc mount bad", {f"{C}/securityContext": {"procMount": "Foo"}}),
    ("pod", "seccomp bad", {"/spec/securityContext": {"seccompProfile": {"type": "Foo"}}}),
    ("pod", "seccomp localhost", {"/spec/securityContext": {"seccompProfile": {"type": "Localhost"}}}),
    (
        "pod",
        "pod security bad",
        {
            "/spec/securityContext": {
                "runAsUser": -1,
                "runAsGroup": -2,
                "fsGroup": -3,
                "supplementalGroups": [-4],
                "fsGroupChangePolicy": "Foo",
                "sysctls": [
                    {"name": "a b", "value": "x"},
                    {"name": "kernel.a", "value": "1"},
                    {"name": "kernel.a", "value": "1"},
                ],
            }
        },
    ),
    ("pod", "host pid and share", {"/spec/hostPID": True, "/spec/shareProcessNamespace": True}),
    ("pod", "overhead without class", {"/spec/overhead": {"cpu": "1"}}),
    ("pod", "runtime class bad", {"/spec/runtimeClassName": "A_"}),
    ("pod", "os bad", {"/spec/os": {"name": "plan9"}}),
    ("pod", "preemption policy bad", {"/spec/preemptionPolicy": "Foo"}),
    ("pod", "resize policy bad", {f"{C}/resizePolicy": [{"resourceName": "foo", "restartPolicy": "x"}]}),
    ("pod", "pod resources", {"/spec/resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}),
    ("pod", "pod resources too small", {"/spec/resources": {"requests": {"cpu": "10m"}}}),
    (
        "pod",
        "many at once",
        {f"{C}/image": "", f"{C}/name": "", "/spec/restartPolicy": "x", "/metadata/labels": {"a b": "c"}},
    ),
]
WORKLOADS: list[Case] = [
    ("deployment", "valid", {}),
    ("deployment", "name bad", {"/metadata/name": "A_"}),
    ("deployment", "selector missing", {"/spec/selector": GONE}),
    ("deployment", "selector empty", {"/spec/selector": {}}),
    ("deployment", "selector differs", {"/spec/selector/matchLabels": {"a": "b"}}),
    ("deployment", "selector bad", {"/spec/selector/matchLabels": {"a b": "c d"}}),
    (
        "deployment",
        "selector operator bad",
        {"/spec/selector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}},
    ),
    (
        "deployment",
        "selector exists values",
        {"/spec/selector": {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["x"]}]}},
    ),
    ("deployment", "template missing", {"/spec/template": GONE}),
    ("deployment", "template labels missing", {"/spec/template/metadata": GONE}),
    ("deployment", "template label bad", {"/spec/template/metadata/labels": {"app": "web", "x": "a b"}}),
    ("deployment", "replicas negative", {"/spec/replicas": -1}),
    ("deployment", "restart policy", {"/spec/template/spec/restartPolicy": "Never"}),
    ("deployment", "deadline", {"/spec/template/spec/activeDeadlineSeconds": 5}),
    ("deployment", "strategy bad", {"/spec/strategy": {"type": "Foo"}}),
    (
        "deployment",
        "strategy recreate rolling",
        {"/spec/strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
    ),
    ("deployment", "strategy both zero", {"/spec/strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}),
    (
        "deployment",
        "strategy percent bad",
        {"/spec/strategy": {"rollingUpdate": {"maxSurge": "x", "maxUnavailable": "200%"}}},
    ),
    ("deployment", "strategy negative", {"/spec/strategy": {"rollingUpdate": {"maxSurge": -1, "maxUnavailable": -1}}}),
    ("deployment", "min ready negative", {"/spec/minReadySeconds": -1}),
    ("deployment", "history negative", {"/spec/revisionHistoryLimit": -1}),
    ("deployment", "progress below ready", {"/spec/minReadySeconds": 10, "/spec/progressDeadlineSeconds": 10}),
    ("deployment", "progress negative", {"/spec/progressDeadlineSeconds": -1}),
    ("deployment", "image missing", {f"{T}/image": GONE}),
    ("deployment", "container missing", {"/spec/template/spec/containers": []}),
    ("deployment", "spec missing", {"/spec": GONE}),
    (
        "deployment",
        "full pod",
        {"/spec/template/spec/volumes": [{"name": "d"}], f"{T}/volumeMounts": [{"name": "e", "mountPath": "/x"}]},
    ),
    ("replicaset", "valid", {}),
    ("replicaset", "selector differs", {"/spec/selector/matchLabels": {"a": "b"}}),
    ("replicaset", "selector missing", {"/spec/selector": GONE}),
    ("replicaset", "replicas negative", {"/spec/replicas": -1, "/spec/minReadySeconds": -1}),
    ("replicaset", "restart policy", {"/spec/template/spec/restartPolicy": "Never"}),
    ("statefulset", "valid", {}),
    ("statefulset", "name bad", {"/metadata/name": "a.b_"}),
    ("statefulset", "name dotted", {"/metadata/name": "a.b"}),
    ("statefulset", "selector missing", {"/spec/selector": GONE}),
    ("statefulset", "selector differs", {"/spec/selector/matchLabels": {"a": "b"}}),
    ("statefulset", "policy bad", {"/spec/podManagementPolicy": "Foo"}),
    ("statefulset", "strategy bad", {"/spec/updateStrategy": {"type": "Foo"}}),
    (
        "statefulset",
        "strategy on delete rolling",
        {"/spec/updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}},
    ),
    ("statefulset", "partition negative", {"/spec/updateStrategy": {"rollingUpdate": {"partition": -1}}}),
    ("statefulset", "retention bad", {"/spec/persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Foo"}}),
    ("statefulset", "replicas negative", {"/spec/replicas": -1, "/spec/minReadySeconds": -1}),
    ("statefulset", "restart policy", {"/spec/template/spec/restartPolicy": "Never"}),
    ("statefulset", "ordinals", {"/spec/ordinals": {"start": -1}}),
    ("statefulset", "claim bad", {"/spec/volumeClaimTemplates/0/spec/accessModes": []}),
    ("statefulset", "service name bad", {"/spec/serviceName": "A_b"}),
    ("daemonset", "valid", {}),
    ("daemonset", "selector missing", {"/spec/selector": GONE}),
    ("daemonset", "selector differs", {"/spec/selector/matchLabels": {"a": "b"}}),
    ("daemonset", "restart policy", {"/spec/template/spec/restartPolicy": "Never"}),
    ("daemonset", "strategy bad", {"/spec/updateStrategy": {"type": "Foo"}}),
    ("daemonset", "strategy zero", {"/spec/updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}),
    ("daemonset", "strategy both", {"/spec/updateStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}}),
    ("daemonset", "strategy percent", {"/spec/updateStrategy": {"rollingUpdate": {"maxUnavailable": "101%"}}}),
    ("daemonset", "min ready negative", {"/spec/minReadySeconds": -1, "/spec/revisionHistoryLimit": -1}),
    ("job", "valid", {}),
    ("job", "restart policy", {"/spec/template/spec/restartPolicy": "Always"}),
    ("job", "restart policy missing", {"/spec/template/spec/restartPolicy": GONE}),
    (
        "job",
        "negative numbers",
        {
            "/spec/parallelism": -1,
            "/spec/completions": -1,
            "/spec/backoffLimit": -1,
            "/spec/activeDeadlineSeconds": -1,
            "/spec/ttlSecondsAfterFinished": -1,
        },
    ),
    ("job", "selector given", {"/spec/selector": {"matchLabels": {"a": "b"}}}),
    ("job", "manual selector missing", {"/spec/manualSelector": True}),
    (
        "job",
        "manual selector differs",
        {
            "/spec/manualSelector": True,
            "/spec/selector": {"matchLabels": {"a": "b"}},
            "/spec/template/metadata": {"labels": {"a": "c"}},
        },
    ),
    ("job", "indexed without completions", {"/spec/completionMode": "Indexed", "/spec/parallelism": 1}),
    ("job", "completion mode bad", {"/spec/completionMode": "Foo"}),
    ("job", "replacement bad", {"/spec/podReplacementPolicy": "Foo"}),
    ("job", "backoff per index alone", {"/spec/backoffLimitPerIndex": 1}),
    (
        "job",
        "failure policy",
        {
            "/spec/podFailurePolicy": {
                "rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}]
            }
        },
    ),
    (
        "job",
        "failure policy bad",
        {"/spec/podFailurePolicy": {"rules": [{"action": "Foo", "onExitCodes": {"operator": "Is", "values": [0]}}]}},
    ),
    ("job", "managed by bad", {"/spec/managedBy": "x"}),
    ("job", "image missing", {f"{T}/image": GONE}),
    ("cronjob", "valid", {}),
    ("cronjob", "name too long", {"/metadata/name": "a" * 53}),
    ("cronjob", "schedule missing", {"/spec/schedule": GONE}),
    ("cronjob", "schedule short", {"/spec/schedule": "0 3 * *"}),
    ("cronjob", "schedule word", {"/spec/schedule": "0 x * * *"}),
    ("cronjob", "schedule range", {"/spec/schedule": "99 3 * * *"}),
    ("cronjob", "schedule descriptor", {"/spec/schedule": "@hourly"}),
    ("cronjob", "schedule descriptor bad", {"/spec/schedule": "@foo"}),
    ("cronjob", "schedule zone inside", {"/spec/schedule": "TZ=UTC 0 3 * * *"}),
    ("cronjob", "time zone bad", {"/spec/timeZone": "Mars/Base"}),
    ("cronjob", "time zone", {"/spec/timeZone": "Europe/Berlin"}),
    ("cronjob", "concurrency bad", {"/spec/concurrencyPolicy": "Foo"}),
    (
        "cronjob",
        "numbers",
        {
            "/spec/startingDeadlineSeconds": -1,
            "/spec/successfulJobsHistoryLimit": -1,
            "/spec/failedJobsHistoryLimit": -1,
        },
    ),
    ("cronjob", "restart policy", {"/spec/jobTemplate/spec/template/spec/restartPolicy": GONE}),
    ("cronjob", "manual selector", {"/spec/jobTemplate/spec/manualSelector": True}),
]
OTHERS: list[Case] = [
    ("service", "valid", {}),
    ("service", "name bad", {"/metadata/name": "1.web"}),
    ("service", "ports missing", {"/spec/ports": GONE}),
    ("service", "port out of range", {"/spec/ports/0/port": 0}),
    ("service", "port high", {"/spec/ports/0/port": 70000}),
    ("service", "target port bad", {"/spec/ports/0/targetPort": 70000}),
    ("service", "target port name bad", {"/spec/ports/0/targetPort": "HTTP_"}),
    ("service", "ports unnamed", {"/spec/ports/0/name": GONE, "/spec/ports/-": {"port": 81}}),
    ("service", "port name twice", {"/spec/ports/-": {"name": "http", "port": 81}}),
    ("service", "port twice", {"/spec/ports/-": {"name": "b", "port": 80}}),
    ("service", "port name bad", {"/spec/ports/0/name": "H_"}),
    ("service", "protocol bad", {"/spec/ports/0/protocol": "ICMP"}),
    ("service", "selector bad", {"/spec/selector": {"a b": "c d"}}),
    ("service", "type bad", {"/spec/type": "Foo"}),
    ("service", "affinity bad", {"/spec/sessionAffinity": "Foo"}),
    (
        "service",
        "affinity seconds",
        {"/spec/sessionAffinity": "ClientIP", "/spec/sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}},
    ),
    ("service", "affinity", {"/spec/sessionAffinity": "ClientIP"}),
    ("service", "headless", {"/spec/clusterIP": "None"}),
    ("service", "headless node port", {"/spec/clusterIP": "None", "/spec/type": "NodePort"}),
    ("service", "cluster ip bad", {"/spec/clusterIP": "x"}),
    ("service", "external name", {"/spec": {"type": "ExternalName", "externalName": "example.com"}}),
    ("service", "external name missing", {"/spec": {"type": "ExternalName"}}),
    ("service", "external name bad", {"/spec": {"type": "ExternalName", "externalName": "A B"}}),
    ("service", "external ip bad", {"/spec/externalIPs": ["x", "127.0.0.1"]}),
    ("service", "external traffic policy", {"/spec/externalTrafficPolicy": "Local"}),
    ("service", "external traffic policy bad", {"/spec/type": "NodePort", "/spec/externalTrafficPolicy": "Foo"}),
    ("service", "internal traffic policy bad", {"/spec/internalTrafficPolicy": "Foo"}),
    ("service", "traffic distribution bad", {"/spec/trafficDistribution": "Foo"}),
    ("service", "node port on cluster ip", {"/spec/ports/0/nodePort": 30000}),
    ("service", "load balancer", {"/spec/type": "LoadBalancer"}),
    ("service", "ip family bad", {"/spec/ipFamilyPolicy": "Foo"}),
    ("endpointslice", "valid", {}),
    ("endpointslice", "type missing", {"/addressType": GONE}),
    ("endpointslice", "type bad", {"/addressType": "Foo"}),
    ("endpointslice", "address bad", {"/endpoints/0/addresses": ["x"]}),
    ("endpointslice", "address special", {"/endpoints/0/addresses": ["127.0.0.1"]}),
    ("endpointslice", "addresses missing", {"/endpoints/0/addresses": []}),
    ("endpointslice", "node name bad", {"/endpoints/0/nodeName": "N_"}),
    ("endpointslice", "zone topology", {"/endpoints/0/deprecatedTopology": {"a b": "c"}}),
    ("endpointslice", "port twice", {"/ports/-": {"name": "http", "port": 81}}),
    ("endpointslice", "port bad", {"/ports/0/port": 0, "/ports/0/protocol": "X", "/ports/0/name": "A_"}),
    ("endpointslice", "hints", {"/endpoints/0/hints": {"forZones": [{"name": "a b"}]}}),
    ("pdb", "valid", {}),
    ("pdb", "both", {"/spec/maxUnavailable": 1}),
    ("pdb", "percent bad", {"/spec/minAvailable": "x"}),
    ("pdb", "percent high", {"/spec/minAvailable": "101%"}),
    ("pdb", "negative", {"/spec/minAvailable": -1}),
    ("pdb", "unhealthy policy bad", {"/spec/unhealthyPodEvictionPolicy": "Foo"}),
    ("pdb", "selector bad", {"/spec/selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}),
    ("pvc", "valid", {}),
    ("pvc", "modes missing", {"/spec/accessModes": []}),
    ("pvc", "mode bad", {"/spec/accessModes": ["Foo"]}),
    ("pvc", "mode pod and other", {"/spec/accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}),
    ("pvc", "storage missing", {"/spec/resources": {}}),
    ("pvc", "storage zero", {"/spec/resources/requests/storage": "0"}),
    ("pvc", "storage negative", {"/spec/resources/requests/storage": "-1"}),
    ("pvc", "class bad", {"/spec/storageClassName": "A_"}),
    ("pvc", "volume mode bad", {"/spec/volumeMode": "Foo"}),
    ("pvc", "selector bad", {"/spec/selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}),
    ("pvc", "name bad", {"/metadata/name": "A"}),
    ("pvc", "data source bad", {"/spec/dataSource": {"kind": "Foo", "name": ""}}),
    ("pv", "valid", {}),
    ("pv", "capacity missing", {"/spec/capacity": GONE}),
    ("pv", "capacity other", {"/spec/capacity/cpu": "1"}),
    ("pv", "capacity zero", {"/spec/capacity/storage": "0"}),
    ("pv", "modes missing", {"/spec/accessModes": GONE}),
    ("pv", "mode bad", {"/spec/accessModes": ["Foo"]}),
    ("pv", "source missing", {"/spec/hostPath": GONE}),
    ("pv", "two sources", {"/spec/nfs": {"server": "a", "path": "/b"}}),
    ("pv", "reclaim bad", {"/spec/persistentVolumeReclaimPolicy": "Foo"}),
    ("pv", "class bad", {"/spec/storageClassName": "A_"}),
    ("pv", "volume mode bad", {"/spec/volumeMode": "Foo"}),
    (
        "pv",
        "affinity",
        {
            "/spec/nodeAffinity": {
                "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In"}]}]}
            }
        },
    ),
    ("pv", "affinity empty", {"/spec/nodeAffinity": {}}),
    ("pv", "local without affinity", {"/spec/hostPath": GONE, "/spec/local": {"path": "/a"}}),
    ("pv", "host path root recycle", {"/spec/hostPath/path": "/", "/spec/persistentVolumeReclaimPolicy": "Recycle"}),
    ("storageclass", "valid", {}),
    ("storageclass", "provisioner missing", {"/provisioner": ""}),
    ("storageclass", "provisioner bad", {"/provisioner": "a b/c d"}),
    ("storageclass", "reclaim bad", {"/reclaimPolicy": "Foo"}),
    ("storageclass", "binding bad", {"/volumeBindingMode": "Foo"}),
    ("storageclass", "topologies", {"/allowedTopologies": [{"matchLabelExpressions": [{"key": "a b", "values": []}]}]}),
    ("storageclass", "parameters bad", {"/parameters": {"": "x"}}),
    ("configmap", "valid", {}),
    ("configmap", "key bad", {"/data": {"a b": "c", "..": "d", "..x": "e"}}),
    ("configmap", "key twice", {"/binaryData": {"a": "MQ=="}}),
    ("configmap", "too large", {"/data": {"a": "x" * (1 << 20), "b": "y"}}),
    ("secret", "valid", {}),
    ("secret", "key bad", {"/data": {"a b": "MQ=="}}),
    ("secret", "tls without keys", {"/type": "kubernetes.io/tls"}),
    ("secret", "docker bad", {"/type": "kubernetes.io/dockerconfigjson", "/data": {".dockerconfigjson": "MQ" + "=="}}),
    ("secret", "docker missing", {"/type": "kubernetes.io/dockerconfigjson"}),
    ("secret", "basic auth", {"/type": "kubernetes.io/basic-auth"}),
    ("secret", "ssh", {"/type": "kubernetes.io/ssh-auth"}),
    ("secret", "token", {"/type": "kubernetes.io/service-account-token"}),
    ("namespace", "valid", {}),
    ("namespace", "name dotted", {"/metadata/name": "a.b"}),
    ("namespace", "name long", {"/metadata/name": "a" * 64}),
    ("namespace", "finalizer bad", {"/spec": {"finalizers": ["a b"]}}),
    ("node", "valid", {}),
    ("node", "name bad", {"/metadata/name": "N_1"}),
    (
        "node",
        "taint bad",
        {"/spec/taints": [{"key": "a b", "value": "c d", "effect": "No"}, {"key": "", "effect": ""}]},
    ),
    ("node", "taint twice", {"/spec/taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}] * 2}),
    ("node", "pod cidr bad", {"/spec/podCIDR": "x"}),
    ("node", "capacity negative", {"/status/capacity/cpu": "-1"}),
    (
        "node",
        "external id",
        {"/spec/configSource": {"configMap": {"name": "a", "namespace": "b", "kubeletConfigKey": "c"}}},
    ),
    ("resourcequota", "valid", {}),
    ("resourcequota", "negative", {"/spec/hard/pods": "-1"}),
    ("resourcequota", "fraction", {"/spec/hard/pods": "1500m"}),
    ("resourcequota", "unknown", {"/spec/hard/foo": "1"}),
    ("resourcequota", "count", {"/spec/hard/count~1pods": "1"}),
    ("resourcequota", "scope bad", {"/spec/scopes": ["Foo"]}),
    ("resourcequota", "scope conflict", {"/spec/scopes": ["Terminating", "NotTerminating"]}),
    ("resourcequota", "scope not for resource", {"/spec/hard/services": "1", "/spec/scopes": ["BestEffort"]}),
    (
        "resourcequota",
        "scope selector",
        {"/spec/scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}},
    ),
    ("limitrange", "valid", {}),
    ("limitrange", "type twice", {"/spec/limits/-": {"type": "Container"}}),
    ("limitrange", "min over max", {"/spec/limits/0/min/cpu": "3"}),
    ("limitrange", "default over max", {"/spec/limits/0/default": {"cpu": "3"}}),
    (
        "limitrange",
        "request over default",
        {"/spec/limits/0/defaultRequest": {"cpu": "1"}, "/spec/limits/0/default": {"cpu": "500m"}},
    ),
    ("limitrange", "ratio", {"/spec/limits/0/maxLimitRequestRatio": {"cpu": "500m"}}),
    (
        "limitrange",
        "pod default",
        {"/spec/limits/0": {"type": "Pod", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}}},
    ),
    ("limitrange", "claim", {"/spec/limits/0": {"type": "PersistentVolumeClaim", "default": {"storage": "1"}}}),
    ("limitrange", "resource bad", {"/spec/limits/0/max/foo": "1"}),
    ("priorityclass", "valid", {}),
    ("priorityclass", "value high", {"/value": 1000000001}),
    ("priorityclass", "system name", {"/metadata/name": "system-foo"}),
    ("priorityclass", "policy bad", {"/preemptionPolicy": "Foo"}),
    ("lease", "valid", {}),
    ("lease", "duration zero", {"/spec/leaseDurationSeconds": 0, "/spec/leaseTransitions": -1}),
    ("lease", "strategy", {"/spec/strategy": "Foo"}),
    ("hpa", "valid", {}),
    ("hpa", "min over max", {"/spec/minReplicas": 6}),
    ("hpa", "min zero", {"/spec/minReplicas": 0}),
    ("hpa", "max zero", {"/spec/maxReplicas": 0}),
    ("hpa", "target bad", {"/spec/scaleTargetRef": {"kind": "", "name": ""}}),
    ("hpa", "metric type bad", {"/spec/metrics/0/type": "Foo"}),
    ("hpa", "metric source missing", {"/spec/metrics/0/resource": GONE}),
    ("hpa", "metric target zero", {"/spec/metrics/0/resource/target/averageUtilization": 0}),
    ("hpa", "metric target none", {"/spec/metrics/0/resource/target": {"type": "Utilization"}}),
    ("hpa", "metric target type", {"/spec/metrics/0/resource/target/type": "Foo"}),
    ("hpa", "metric name missing", {"/spec/metrics/0/resource/name": ""}),
    (
        "hpa",
        "behavior bad",
        {
            "/spec/behavior": {
                "scaleDown": {
                    "stabilizationWindowSeconds": -1,
                    "selectPolicy": "Foo",
                    "policies": [{"type": "Foo", "value": 0, "periodSeconds": 0}],
                }
            }
        },
    ),
    (
        "hpa",
        "behavior long",
        {
            "/spec/behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 3601,
                    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}],
                }
            }
        },
    ),
    ("hpa", "behavior empty", {"/spec/behavior": {"scaleUp": {"policies": []}}}),
    ("ingress", "valid", {}),
    ("ingress", "nothing", {"/spec": {}}),
    ("ingress", "host bad", {"/spec/rules/0/host": "A_b"}),
    ("ingress", "host ip", {"/spec/rules/0/host": "1.2.3.4"}),
    ("ingress", "host wildcard bad", {"/spec/rules/0/host": "*.a_"}),
    ("ingress", "path relative", {"/spec/rules/0/http/paths/0/path": "a"}),
    ("ingress", "path double", {"/spec/rules/0/http/paths/0/path": "/a//b/../c"}),
    ("ingress", "path type missing", {"/spec/rules/0/http/paths/0/pathType": GONE}),
    ("ingress", "path type bad", {"/spec/rules/0/http/paths/0/pathType": "Foo"}),
    ("ingress", "paths missing", {"/spec/rules/0/http/paths": []}),
    ("ingress", "backend empty", {"/spec/rules/0/http/paths/0/backend": {}}),
    ("ingress", "service nameless", {"/spec/rules/0/http/paths/0/backend/service/name": ""}),
    ("ingress", "service port none", {"/spec/rules/0/http/paths/0/backend/service/port": {}}),
    ("ingress", "service port both", {"/spec/rules/0/http/paths/0/backend/service/port": {"name": "a", "number": 1}}),
    ("ingress", "class bad", {"/spec/ingressClassName": "A_"}),
    ("ingress", "tls host bad", {"/spec/tls": [{"hosts": ["A_b"], "secretName": "B_"}]}),
    ("networkpolicy", "valid", {}),
    ("networkpolicy", "port bad", {"/spec/ingress/0/ports/0/port": 70000}),
    ("networkpolicy", "port name bad", {"/spec/ingress/0/ports/0/port": "A_"}),
    ("networkpolicy", "end port", {"/spec/ingress/0/ports/0/endPort": 79}),
    ("networkpolicy", "protocol bad", {"/spec/ingress/0/ports/0/protocol": "X"}),
    ("networkpolicy", "peer empty", {"/spec/ingress/0/from": [{}]}),
    ("networkpolicy", "peer block and selector", {"/spec/ingress/0/from/0/ipBlock": {"cidr": "10.0.0.0/8"}}),
    ("networkpolicy", "block bad", {"/spec/ingress/0/from": [{"ipBlock": {"cidr": "x"}}]}),
    (
        "networkpolicy",
        "block except",
        {"/spec/ingress/0/from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/8"]}}]},
    ),
    ("networkpolicy", "types bad", {"/spec/policyTypes": ["Foo"]}),
    ("networkpolicy", "types many", {"/spec/policyTypes": ["Ingress", "Egress", "Ingress"]}),
    ("networkpolicy", "selector bad", {"/spec/podSelector": {"matchLabels": {"a b": "c"}}}),
    ("networkpolicy", "egress", {"/spec/egress": [{"to": [{"namespaceSelector": {}}]}]}),
    ("serviceaccount", "valid", {}),
    ("serviceaccount", "name bad", {"/metadata/name": "A"}),
    ("role", "valid", {}),
    ("role", "verbs missing", {"/rules/0/verbs": []}),
    ("role", "groups missing", {"/rules/0/apiGroups": []}),
    ("role", "resources missing", {"/rules/0/resources": []}),
    ("role", "urls", {"/rules/0": {"nonResourceURLs": ["/x"], "verbs": ["get"]}}),
    ("role", "name bad", {"/metadata/name": "a/b"}),
    ("clusterrole", "valid", {}),
    ("clusterrole", "urls and resources", {"/rules/0/nonResourceURLs": ["/x"]}),
    ("clusterrole", "aggregation", {"/aggregationRule": {"clusterRoleSelectors": []}}),
    ("rolebinding", "valid", {}),
    ("rolebinding", "ref kind bad", {"/roleRef/kind": "Foo"}),
    ("rolebinding", "ref group bad", {"/roleRef/apiGroup": "x"}),
    ("rolebinding", "ref nameless", {"/roleRef/name": ""}),
    ("rolebinding", "subject bad", {"/subjects/0": {"kind": "Foo", "name": ""}}),
    ("rolebinding", "subject group", {"/subjects/0": {"kind": "User", "name": "a", "apiGroup": "x"}}),
    ("rolebinding", "subject namespace", {"/subjects/0/namespace": GONE}),
]
V = "/spec/versions/0"
S = f"{V}/schema/openAPIV3Schema"
DEFINITIONS: list[Case] = [
    ("crd", "valid", {}),
    ("crd", "name differs", {"/metadata/name": "foo.stable.example.com"}),
    ("crd", "group missing", {"/spec/group": ""}),
    ("crd", "group undotted", {"/spec/group": "x", "/metadata/name": "crontabs.x"}),
    ("crd", "group bad", {"/spec/group": "A_.b", "/metadata/name": "crontabs.A_.b"}),
    ("crd", "scope bad", {"/spec/scope": "Foo"}),
    ("crd", "scope missing", {"/spec/scope": GONE}),
    ("crd", "plural missing", {"/spec/names/plural": ""}),
    ("crd", "kind missing", {"/spec/names/kind": ""}),
    ("crd", "plural bad", {"/spec/names/plural": "Cron_", "/metadata/name": "Cron_.stable.example.com"}),
    ("crd", "kind bad", {"/spec/names/kind": "Cron_Tab"}),
    ("crd", "short names bad", {"/spec/names/shortNames": ["A_"], "/spec/names/categories": ["B_"]}),
    ("crd", "list kind same", {"/spec/names/listKind": "CronTab"}),
    ("crd", "versions missing", {"/spec/versions": []}),
    ("crd", "version name bad", {f"{V}/name": "V_1"}),
    (
        "crd",
        "version twice",
        {
            "/spec/versions/-": {
                "name": "v1",
                "served": True,
                "storage": False,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        },
    ),
    ("crd", "no storage", {f"{V}/storage": False}),
    ("crd", "schema missing", {f"{V}/schema": GONE}),
    ("crd", "schema type missing", {f"{S}/type": GONE}),
    ("crd", "schema root not object", {S: {"type": "string"}}),
    ("crd", "field type missing", {f"{S}/properties/spec/properties/cron": {}}),
    ("crd", "field type bad", {f"{S}/properties/spec/properties/cron/type": "text"}),
    ("crd", "items missing", {f"{S}/properties/spec/properties/cron": {"type": "array"}}),
    (
        "crd",
        "unique items",
        {f"{S}/properties/spec/properties/cron": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}},
    ),
    ("crd", "additional and properties", {f"{S}/properties/spec/additionalProperties": {"type": "string"}}),
    ("crd", "ref", {f"{S}/properties/spec/properties/cron/$ref": "#/x"}),
    ("crd", "pattern bad", {f"{S}/properties/spec/properties/cron/pattern": "(?=a)"}),
    ("crd", "type in anyOf", {f"{S}/properties/spec/properties/cron/anyOf": [{"type": "string"}]}),
    ("crd", "default bad", {f"{S}/properties/spec/properties/replicas/default": "x"}),
    ("crd", "default unknown", {f"{S}/properties/spec/default": {"foo": 1}}),
    (
        "crd",
        "list type bad",
        {
            f"{S}/properties/spec/properties/cron": {
                "type": "array",
                "items": {"type": "string"},
                "x-kubernetes-list-type": "bag",
            }
        },
    ),
    (
        "crd",
        "list map keys missing",
        {
            f"{S}/properties/spec/properties/cron": {
                "type": "array",
                "items": {"type": "object"},
                "x-kubernetes-list-type": "map",
            }
        },
    ),
    (
        "crd",
        "list map key undefined",
        {
            f"{S}/properties/spec/properties/cron": {
                "type": "array",
                "items": {"type": "object", "properties": {"a": {"type": "string"}}},
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["b"],
            }
        },
    ),
    ("crd", "int or string with type", {f"{S}/properties/spec/properties/cron/x-kubernetes-int-or-string": True}),
    ("crd", "preserve on string", {f"{S}/properties/spec/properties/cron/x-kubernetes-preserve-unknown-fields": True}),
    (
        "crd",
        "metadata with rules",
        {f"{S}/properties/metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}},
    ),
    ("crd", "printer column bad", {f"{V}/additionalPrinterColumns": [{"name": "", "type": "text", "jsonPath": "x"}]}),
    ("crd", "scale bad", {f"{V}/subresources": {"scale": {"specReplicasPath": "x", "statusReplicasPath": ".spec.x"}}}),
    (
        "crd",
        "subresources",
        {
            f"{V}/subresources": {
                "status": {},
                "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
            }
        },
    ),
    ("crd", "conversion webhook bad", {"/spec/conversion": {"strategy": "Webhook"}}),
    ("crd", "conversion strategy bad", {"/spec/conversion": {"strategy": "Foo"}}),
    ("crd", "preserve all", {"/spec/preserveUnknownFields": True}),
    ("crd", "unprotected group", {"/spec/group": "foo.k8s.io", "/metadata/name": "crontabs.foo.k8s.io"}),
]
DECODING: list[Case] = [
    ("deployment", "replicas text", {"/spec/replicas": "3"}),
    ("deployment", "replicas fraction", {"/spec/replicas": 1.5}),
    ("deployment", "replicas huge", {"/spec/replicas": 1 << 40}),
    ("deployment", "replicas null", {"/spec/replicas": None}),
    ("deployment", "template list", {"/spec/template": []}),
    ("deployment", "spec text", {"/spec": "x"}),
    ("deployment", "labels list", {"/metadata/labels": ["a"]}),
    ("deployment", "label number", {"/metadata/labels": {"a": 1}}),
    ("deployment", "label null", {"/metadata/labels": {"a": None}}),
    ("deployment", "paused text", {"/spec/paused": "yes"}),
    ("deployment", "selector text", {"/spec/selector": "a=b"}),
    ("deployment", "containers object", {"/spec/template/spec/containers": {}}),
    ("deployment", "container text", {T: "x"}),
    ("deployment", "container null", {T: None}),
    ("deployment", "command text", {f"{T}/command": "run"}),
    ("deployment", "env number", {f"{T}/env": [{"name": "A", "value": 1}]}),
    ("deployment", "port text", {f"{T}/ports": [{"containerPort": "80"}]}),
    ("deployment", "quantity bad", {f"{T}/resources": {"limits": {"cpu": "1 core"}}}),
    ("deployment", "quantity object", {f"{T}/resources": {"limits": {"cpu": {}}}}),
    ("deployment", "quantity number", {f"{T}/resources": {"limits": {"cpu": 0.1}}}),
    ("deployment", "surge bool", {"/spec/strategy": {"rollingUpdate": {"maxSurge": True}}}),
    ("deployment", "surge fraction", {"/spec/strategy": {"rollingUpdate": {"maxSurge": 1.5}}}),
    ("deployment", "time bad", {"/metadata/creationTimestamp": "yesterday"}),
    ("deployment", "unknown field", {"/spec/foo": 1, f"{T}/bar": {"x": 1}}),
    ("configmap", "value number", {"/data": {"a": 1}}),
    ("configmap", "data null", {"/data": None}),
    ("secret", "not base64", {"/data": {"a": "???"}}),
    ("lease", "time bad", {"/spec/renewTime": "now"}),
    ("service", "target port object", {"/spec/ports/0/targetPort": {}}),
    ("pod", "metadata text", {"/metadata": "x"}),
]
CREATES: list[Case] = [*POD, *WORKLOADS, *OTHERS, *DEFINITIONS, *DECODING]

UPDATES: list[Case] = [
    ("pod", "image", {f"{C}/image": "registry.k8s.io/pause:3.9"}),
    ("pod", "env", {f"{C}/env/0/value": "2"}),
    ("pod", "container added", {"/spec/containers/-": {"name": "b", "image": "x"}}),
    ("pod", "deadline set", {"/spec/activeDeadlineSeconds": 100}),
    ("pod", "toleration added", {"/spec/tolerations/-": {"key": "x", "operator": "Exists"}}),
    ("pod", "tolerations gone", {"/spec/tolerations": []}),
    ("pod", "node name", {"/spec/nodeName": "n2"}),
    ("pod", "grace shortened", {"/spec/terminationGracePeriodSeconds": 1}),
    ("pod", "image empty", {f"{C}/image": ""}),
    ("pod", "gate added", {"/spec/schedulingGates": [{"name": "x"}]}),
    ("pod", "labels", {"/metadata/labels": {"a": "b"}}),
    (
        "deployment",
        "selector",
        {"/spec/selector/matchLabels": {"app": "x"}, "/spec/template/metadata/labels": {"app": "x"}},
    ),
    ("deployment", "replicas", {"/spec/replicas": 5}),
    ("deployment", "uid", {"/metadata/uid": "00000000-0000-0000-0000-000000000000"}),
    (
        "replicaset",
        "selector",
        {"/spec/selector/matchLabels": {"app": "x"}, "/spec/template/metadata/labels": {"app": "x"}},
    ),
    ("statefulset", "service name", {"/spec/serviceName": "x"}),
    (
        "statefulset",
        "selector",
        {"/spec/selector/matchLabels": {"app": "x"}, "/spec/template/metadata/labels": {"app": "x"}},
    ),
    ("statefulset", "policy", {"/spec/podManagementPolicy": "Parallel"}),
    ("statefulset", "claims", {"/spec/volumeClaimTemplates/0/metadata/name": "x"}),
    ("statefulset", "replicas", {"/spec/replicas": 3}),
    (
        "daemonset",
        "selector",
        {"/spec/selector/matchLabels": {"app": "x"}, "/spec/template/metadata/labels": {"app": "x"}},
    ),
    ("job", "completions", {"/spec/completions": 3}),
    ("job", "template", {f"{T}/image": "x"}),
    ("job", "parallelism", {"/spec/parallelism": 3}),
    ("job", "completion mode", {"/spec/completionMode": "Indexed"}),
    ("job", "selector", {"/spec/selector/matchLabels": {"a": "b"}}),
    ("cronjob", "schedule bad", {"/spec/schedule": "x"}),
    ("service", "cluster ip", {"/spec/clusterIP": "10.96.77.7", "/spec/clusterIPs": ["10.96.77.7"]}),
    ("service", "cluster ip gone", {"/spec/clusterIP": GONE, "/spec/clusterIPs": GONE}),
    ("service", "selector", {"/spec/selector": {"a": "b"}}),
    ("endpointslice", "type", {"/addressType": "IPv6", "/endpoints": []}),
    ("pdb", "budget", {"/spec/minAvailable": 2}),
    ("pvc", "modes", {"/spec/accessModes": ["ReadOnlyMany"]}),
    ("pvc", "storage more", {"/spec/resources/requests/storage": "2Gi"}),
    ("pvc", "storage less", {"/spec/resources/requests/storage": "500Mi"}),
    ("pvc", "class", {"/spec/storageClassName": "x"}),
    ("pv", "source", {"/spec/hostPath/path": "/x"}),
    (
        "pv",
        "affinity",
        {
            "/spec/nodeAffinity": {
                "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}
            }
        },
    ),
    ("pv", "reclaim", {"/spec/persistentVolumeReclaimPolicy": "Delete"}),
    ("storageclass", "provisioner", {"/provisioner": "x/y"}),
    ("storageclass", "parameters", {"/parameters": {"a": "b"}}),
    ("storageclass", "reclaim", {"/reclaimPolicy": "Retain"}),
    ("storageclass", "binding", {"/volumeBindingMode": "WaitForFirstConsumer"}),
    ("configmap", "data", {"/data": {"b": "2"}}),
    ("configmap", "immutable", {"/immutable": True}),
    ("secret", "type", {"/type": "x/y"}),
    ("priorityclass", "value", {"/value": 5}),
    ("priorityclass", "policy", {"/preemptionPolicy": "Never"}),
    ("resourcequota", "scopes", {"/spec/scopes": ["BestEffort"], "/spec/hard": {"pods": "1"}}),
    ("rolebinding", "role", {"/roleRef/name": "x"}),
    ("ingress", "host", {"/spec/rules/0/host": "b.example.com"}),
    ("hpa", "max", {"/spec/maxReplicas": 0}),
    ("lease", "holder", {"/spec/holderIdentity": ""}),
]
