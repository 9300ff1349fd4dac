"""A custom resource with a schema of many constraints, and odd objects of its kind."""

from __future__ import annotations

from typing import Any

try:
    from mutations import GONE
except ImportError:
    from tests.parity.schema.mutations import GONE

__all__ = ["CUSTOM_CASES", "CUSTOM_PATH", "DEFINITION", "OBJECT"]

_SPEC: dict[str, Any] = {
    "type": "object",
    "required": ["cron"],
    "properties": {
        "cron": {"type": "string", "pattern": "^[a-z* ]+$", "minLength": 1, "maxLength": 10},
        "replicas": {"type": "integer", "minimum": 0, "maximum": 10, "default": 1},
        "small": {"type": "integer", "format": "int32"},
        "share": {"type": "number", "exclusiveMinimum": True, "minimum": 0, "multipleOf": 0.5},
        "mode": {"type": "string", "enum": ["Fast", "Slow"], "default": "Slow"},
        "port": {"x-kubernetes-int-or-string": True},
        "names": {
            "type": "array",
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
            "maxItems": 3,
            "minItems": 1,
        },
        "parts": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "size": {"type": "integer", "default": 7}},
            },
        },
        "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
        "free": {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
            "properties": {"a": {"type": "integer"}},
        },
        "maybe": {"type": "string", "nullable": True},
        "nothing": {"type": "string", "default": "x"},
        "flag": {"type": "boolean"},
        "when": {"type": "string", "format": "date-time"},
        "ip": {"type": "string", "format": "ipv4"},
        "data": {"type": "string", "format": "byte"},
        "choice": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        "any": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "anyOf": [{"properties": {"a": {"minimum": 5}}, "required": ["a"]}, {"required": ["b"]}],
        },
        "not": {"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}},
        "all": {"type": "integer", "allOf": [{"minimum": 2}, {"maximum": 4}]},
        "deep": {
            "type": "object",
            "default": {},
            "properties": {"x": {"type": "integer", "default": 3}, "y": {"type": "string"}},
        },
        "pod": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
    },
}
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "trials.parity.example.com"},
    "spec": {
        "group": "parity.example.com",
        "names": {"plural": "trials", "kind": "Trial", "shortNames": ["tri"]},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
                },
                "additionalPrinterColumns": [{"name": "Cron", "type": "string", "jsonPath": ".spec.cron"}],
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": _SPEC,
                            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
                        },
                    }
                },
            }
        ],
    },
}
OBJECT: dict[str, Any] = {
    "apiVersion": "parity.example.com/v1",
    "kind": "Trial",
    "metadata": {"name": "one"},
    "spec": {"cron": "* * *"},
}
CUSTOM_PATH = "/apis/parity.example.com/v1/namespaces/seatrial-parity/trials"
CUSTOM_CASES: list[tuple[str, dict[str, Any]]] = [
    ("valid", {}),
    ("name bad", {"/metadata/name": "A_"}),
    ("label bad", {"/metadata/labels": {"a b": "c"}}),
    ("spec missing", {"/spec": GONE}),
    ("spec null", {"/spec": None}),
    ("spec text", {"/spec": "x"}),
    ("required missing", {"/spec/cron": GONE}),
    ("required null", {"/spec/cron": None}),
    ("pattern", {"/spec/cron": "UP"}),
    ("too short", {"/spec/cron": ""}),
    ("too long", {"/spec/cron": "abcdefghijkl"}),
    ("wrong type", {"/spec/cron": 3}),
    ("integer text", {"/spec/replicas": "x"}),
    ("integer fraction", {"/spec/replicas": 1.5}),
    ("integer bool", {"/spec/replicas": True}),
    ("integer object", {"/spec/replicas": {}}),
    ("too small", {"/spec/replicas": -1}),
    ("too large", {"/spec/replicas": 11}),
    ("int32 overflow", {"/spec/small": 1 << 40}),
    ("exclusive minimum", {"/spec/share": 0}),
    ("multiple of", {"/spec/share": 0.7}),
    ("number whole", {"/spec/share": 1}),
    ("enum", {"/spec/mode": "Other"}),
    ("int or string number", {"/spec/port": 80}),
    ("int or string text", {"/spec/port": "http"}),
    ("int or string object", {"/spec/port": {}}),
    ("int or string fraction", {"/spec/port": 1.5}),
    ("set duplicate", {"/spec/names": ["a", "b", "a"]}),
    ("too many items", {"/spec/names": ["a", "b", "c", "d"]}),
    ("too few items", {"/spec/names": []}),
    ("item type", {"/spec/names": ["a", 1]}),
    ("array object", {"/spec/names": {}}),
    ("map duplicate", {"/spec/parts": [{"name": "a"}, {"name": "a"}]}),
    ("map key missing", {"/spec/parts": [{"size": 1}]}),
    ("map defaults", {"/spec/parts": [{"name": "a"}, {"name": "b", "size": 1}]}),
    ("map item text", {"/spec/parts": ["x"]}),
    ("additional type", {"/spec/labels": {"a": 1}}),
    ("additional many", {"/spec/labels": {"a": "1", "b": "2", "c": "3"}}),
    ("unknown fields", {"/spec/foo": 1, "/bar": 2, "/spec/parts": [{"name": "a", "zip": 1}]}),
    ("preserved fields", {"/spec/free": {"x": {"y": [1]}}}),
    ("preserved typed", {"/spec/free": {"a": "x"}}),
    ("nullable null", {"/spec/maybe": None}),
    ("default null", {"/spec/nothing": None}),
    ("flag text", {"/spec/flag": "yes"}),
    ("time bad", {"/spec/when": "now"}),
    ("time", {"/spec/when": "2026-01-01T00:00:00Z"}),
    ("ip bad", {"/spec/ip": "x"}),
    ("bytes bad", {"/spec/data": "???"}),
    ("one of none", {"/spec/choice": {}}),
    ("one of both", {"/spec/choice": {"a": "1", "b": "2"}}),
    ("one of", {"/spec/choice": {"a": "1"}}),
    ("any of none", {"/spec/any": {"a": 1}}),
    ("any of", {"/spec/any": {"a": 6}}),
    ("not", {"/spec/not": {"a": "x"}}),
    ("all of", {"/spec/all": 5}),
    ("nested default", {"/spec/deep": {"y": "z"}}),
    (
        "embedded",
        {"/spec/pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "foo": 1}, "spec": {"z": 1}}},
    ),
    ("embedded without kind", {"/spec/pod": {"spec": {}}}),
    (
        "embedded bad name",
        {"/spec/pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"a b": "c"}}}},
    ),
    ("status at create", {"/status": {"replicas": 3}}),
    ("metadata bad type", {"/metadata/labels": "x"}),
    ("many at once", {"/spec/cron": 3, "/spec/replicas": 11, "/spec/mode": "Other", "/spec/flag": 1}),
]
