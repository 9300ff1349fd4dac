"""Valid objects, one of each kind: what the cases are mutations of."""

from __future__ import annotations

from typing import Any

__all__ = ["MANIFESTS", "PATHS"]

CONTAINER: dict[str, Any] = {
    "name": "main",
    "image": "registry.k8s.io/pause:3.10",
    "ports": [{"name": "http", "containerPort": 8080}],
    "env": [
        {"name": "A", "value": "1"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ],
    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}},
    "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
    "livenessProbe": {"tcpSocket": {"port": 8080}},
    "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "config", "mountPath": "/etc/config"}],
}
POD_SPEC: dict[str, Any] = {
    "containers": [CONTAINER],
    "volumes": [{"name": "data", "emptyDir": {}}, {"name": "config", "configMap": {"name": "settings"}}],
}
PLAIN_SPEC: dict[str, Any] = {"containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}]}
LABELS = {"app": "web"}


def _workload(api_version: str, kind: str, **spec: Any) -> dict[str, Any]:
    body = {
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": PLAIN_SPEC},
        **spec,
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": body}


def _object(api_version: str, kind: str, name: str, **parts: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **parts}


MANIFESTS: dict[str, dict[str, Any]] = {
    "pod": _object("v1", "Pod", "web-1", spec=POD_SPEC),
    "deployment": _workload("apps/v1", "Deployment", replicas=2),
    "replicaset": _workload("apps/v1", "ReplicaSet", replicas=2),
    "statefulset": _workload(
        "apps/v1",
        "StatefulSet",
        serviceName="web",
        volumeClaimTemplates=[
            {
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }
        ],
    ),
    "daemonset": _workload("apps/v1", "DaemonSet"),
    "job": _object("batch/v1", "Job", "once", spec={"template": {"spec": {**PLAIN_SPEC, "restartPolicy": "Never"}}}),
    "cronjob": _object(
        "batch/v1",
        "CronJob",
        "nightly",
        spec={
            "schedule": "0 3 * * *",
            "jobTemplate": {"spec": {"template": {"spec": {**PLAIN_SPEC, "restartPolicy": "OnFailure"}}}},
        },
    ),
    "service": _object(
        "v1", "Service", "web", spec={"selector": LABELS, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    ),
    "endpointslice": _object(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "web-abc",
        addressType="IPv4",
        endpoints=[{"addresses": ["10.0.0.1"], "conditions": {"ready": True}, "nodeName": "n1", "zone": "a"}],
        ports=[{"name": "http", "port": 8080}],
    ),
    "pdb": _object(
        "policy/v1", "PodDisruptionBudget", "web", spec={"minAvailable": 1, "selector": {"matchLabels": LABELS}}
    ),
    "pvc": _object(
        "v1",
        "PersistentVolumeClaim",
        "data",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    ),
    "pv": _object(
        "v1",
        "PersistentVolume",
        "disk",
        spec={
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/data"},
            "storageClassName": "slow",
        },
    ),
    "storageclass": _object("storage.k8s.io/v1", "StorageClass", "quick", provisioner="example.com/disk"),
    "configmap": _object("v1", "ConfigMap", "settings", data={"a": "1"}),
    "secret": _object("v1", "Secret", "token", data={"a": "MQ=="}),
    "namespace": _object("v1", "Namespace", "seatrial-parity-x"),
    "node": _object(
        "v1",
        "Node",
        "n1",
        spec={"podCIDR": "10.244.9.0/24", "taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]},
        status={"capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"}},
    ),
    "resourcequota": _object("v1", "ResourceQuota", "quota", spec={"hard": {"pods": "10", "requests.cpu": "4"}}),
    "limitrange": _object(
        "v1",
        "LimitRange",
        "range",
        spec={"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "100m"}}]},
    ),
    "priorityclass": _object("scheduling.k8s.io/v1", "PriorityClass", "high", value=1000),
    "lease": _object(
        "coordination.k8s.io/v1", "Lease", "lock", spec={"holderIdentity": "a", "leaseDurationSeconds": 15}
    ),
    "hpa": _object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "web",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 1,
            "maxReplicas": 5,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}},
                }
            ],
        },
    ),
    "ingress": _object(
        "networking.k8s.io/v1",
        "Ingress",
        "web",
        spec={
            "rules": [
                {
                    "host": "example.com",
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "web", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ]
        },
    ),
    "networkpolicy": _object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "web",
        spec={
            "podSelector": {"matchLabels": LABELS},
            "ingress": [{"ports": [{"port": 80}], "from": [{"podSelector": {"matchLabels": {"a": "b"}}}]}],
        },
    ),
    "serviceaccount": _object("v1", "ServiceAccount", "robot"),
    "role": _object(
        "rbac.authorization.k8s.io/v1",
        "Role",
        "reader",
        rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    ),
    "clusterrole": _object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        "seatrial-reader",
        rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    ),
    "rolebinding": _object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "reader",
        roleRef={"kind": "Role", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"},
        subjects=[{"kind": "ServiceAccount", "name": "robot", "namespace": "default"}],
    ),
    "crd": _object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "crontabs.stable.example.com",
        spec={
            "group": "stable.example.com",
            "names": {"plural": "crontabs", "kind": "CronTab"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "properties": {"cron": {"type": "string"}, "replicas": {"type": "integer"}},
                                }
                            },
                        }
                    },
                }
            ],
        },
    ),
}

_NAMED = "/namespaces/seatrial-parity"
PATHS: dict[str, tuple[str, str]] = {
    "pod": ("pods", f"/api/v1{_NAMED}/pods"),
    "deployment": ("deployments.apps", f"/apis/apps/v1{_NAMED}/deployments"),
    "replicaset": ("replicasets.apps", f"/apis/apps/v1{_NAMED}/replicasets"),
    "statefulset": ("statefulsets.apps", f"/apis/apps/v1{_NAMED}/statefulsets"),
    "daemonset": ("daemonsets.apps", f"/apis/apps/v1{_NAMED}/daemonsets"),
    "job": ("jobs.batch", f"/apis/batch/v1{_NAMED}/jobs"),
    "cronjob": ("cronjobs.batch", f"/apis/batch/v1{_NAMED}/cronjobs"),
    "service": ("services", f"/api/v1{_NAMED}/services"),
    "endpointslice": ("endpointslices.discovery.k8s.io", f"/apis/discovery.k8s.io/v1{_NAMED}/endpointslices"),
    "pdb": ("poddisruptionbudgets.policy", f"/apis/policy/v1{_NAMED}/poddisruptionbudgets"),
    "pvc": ("persistentvolumeclaims", f"/api/v1{_NAMED}/persistentvolumeclaims"),
    "pv": ("persistentvolumes", "/api/v1/persistentvolumes"),
    "storageclass": ("storageclasses.storage.k8s.io", "/apis/storage.k8s.io/v1/storageclasses"),
    "configmap": ("configmaps", f"/api/v1{_NAMED}/configmaps"),
    "secret": ("secrets", f"/api/v1{_NAMED}/secrets"),
    "namespace": ("namespaces", "/api/v1/namespaces"),
    "node": ("nodes", "/api/v1/nodes"),
    "resourcequota": ("resourcequotas", f"/api/v1{_NAMED}/resourcequotas"),
    "limitrange": ("limitranges", f"/api/v1{_NAMED}/limitranges"),
    "priorityclass": ("priorityclasses.scheduling.k8s.io", "/apis/scheduling.k8s.io/v1/priorityclasses"),
    "lease": ("leases.coordination.k8s.io", f"/apis/coordination.k8s.io/v1{_NAMED}/leases"),
    "hpa": ("horizontalpodautoscalers.autoscaling", f"/apis/autoscaling/v2{_NAMED}/horizontalpodautoscalers"),
    "ingress": ("ingresses.networking.k8s.io", f"/apis/networking.k8s.io/v1{_NAMED}/ingresses"),
    "networkpolicy": ("networkpolicies.networking.k8s.io", f"/apis/networking.k8s.io/v1{_NAMED}/networkpolicies"),
    "serviceaccount": ("serviceaccounts", f"/api/v1{_NAMED}/serviceaccounts"),
    "role": ("roles.rbac.authorization.k8s.io", f"/apis/rbac.authorization.k8s.io/v1{_NAMED}/roles"),
    "clusterrole": ("clusterroles.rbac.authorization.k8s.io", "/apis/rbac.authorization.k8s.io/v1/clusterroles"),
    "rolebinding": (
        "rolebindings.rbac.authorization.k8s.io",
        f"/apis/rbac.authorization.k8s.io/v1{_NAMED}/rolebindings",
    ),
    "crd": (
        "customresourcedefinitions.apiextensions.k8s.io",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    ),
}
