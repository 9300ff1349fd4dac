"""JSON Patch (RFC 6902), with the API server's words for what goes wrong.

The library `jsonpatch` does the work, on a copy of the containers that the paths pass through. Source of the texts:
k8s.io/apiserver/pkg/endpoints/handlers/patch.go and gopkg.in/evanphx/json-patch.v4 (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from jsonpatch import JsonPatch, JsonPatchException
from jsonpointer import JsonPointer, JsonPointerException

from seatrial.harness.ports.kube import ApiError, BadRequest

__all__ = ["apply_json_patch"]

# MaxJSONPatchOperations of the API server's configuration.
OPERATIONS_MAX = 10_000


def apply_json_patch(target: dict[str, Any], operations: Any) -> dict[str, Any]:
    """The target after all operations, or an error and nothing."""
    if not isinstance(operations, list):
        raise BadRequest(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        )
    if len(operations) > OPERATIONS_MAX:
        raise ApiError(
            f"The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, got {len(operations)}",
            413,
            "RequestEntityTooLarge",
        )
    draft: dict[str, Any] = _copied(target)
    for operation in operations:
        draft = _step(draft, operation)
    return draft


def _step(draft: Any, operation: Any) -> Any:
    try:
        return JsonPatch([_lenient(draft, operation)]).apply(draft, in_place=True)
    except (JsonPatchException, JsonPointerException, AttributeError, TypeError, KeyError):
        # The real server tells the client nothing more than this.
        text = "the server rejected our request due to an error in our request"
        raise ApiError(text, 422, "Invalid") from None


def _lenient(draft: Any, operation: Any) -> Any:
    """The server's library lets `replace` make a key that an object does not have, and `test` find null there."""
    if not isinstance(operation, dict) or operation.get("op") not in ("replace", "test"):
        return operation
    holder, key = JsonPointer(operation.get("path", "")).to_last(draft)
    if not isinstance(holder, dict) or key in holder:
        return operation
    if operation["op"] == "replace":
        return {**operation, "op": "add"}
    return {"op": "test", "path": "", "value": draft} if operation.get("value") is None else operation


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
