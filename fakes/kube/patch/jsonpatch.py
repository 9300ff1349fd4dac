"""JSON Patch (RFC 6902), with the API server's words for what goes wrong.

The library `jsonpatch` does the work, on a copy of the containers that the paths pass through. Source of the texts:
k8s.io/apiserver/pkg/endpoints/handlers/patch.go and gopkg.in/evanphx/json-patch.v4 (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from jsonpatch import JsonPatch, JsonPatchConflict, JsonPatchException, JsonPatchTestFailed  # type: ignore[import-untyped]
from jsonpointer import JsonPointerException  # type: ignore[import-untyped]

from seatrial.harness.ports.kube import ApiError, BadRequest

__all__ = ["apply_json_patch"]

# MaxJSONPatchOperations of the API server's configuration.
OPERATIONS_MAX = 10_000


def apply_json_patch(target: dict[str, Any], operations: Any) -> dict[str, Any]:
    """The target after all operations, or an error and nothing."""
    if not isinstance(operations, list):
        raise BadRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    if len(operations) > OPERATIONS_MAX:
        raise ApiError(
            f"The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, got {len(operations)}",
            413,
            "RequestEntityTooLarge",
        )
    draft = _copied(target)
    for operation in operations:
        draft = _step(draft, operation)
    return draft


def _step(draft: Any, operation: Any) -> Any:
    try:
        return JsonPatch([operation]).apply(draft, in_place=True)
    except JsonPatchTestFailed:
        raise _refused(f"testing value {operation.get('path', '')} failed: test failed") from None
    except (JsonPatchConflict, JsonPointerException) as error:
        path = operation.get("from") if operation.get("op") in ("move", "copy") else operation.get("path", "")
        raise _refused(_missing(operation.get("op", ""), str(path), str(error))) from None
    except (JsonPatchException, AttributeError, TypeError) as error:
        raise BadRequest(f"error decoding patch: {error}") from None


def _missing(operation: str, path: str, why: str) -> str:
    if operation == "remove":
        return f'remove operation does not apply: doc is missing path: "{path}": missing value' if why else why
    if operation == "replace":
        return f"replace operation does not apply: doc is missing path: {path}: missing value"
    return f'{operation} operation does not apply: doc is missing path: "{path}": missing value'


def _refused(text: str) -> ApiError:
    return ApiError(f"the server rejected our request due to an error in our request: {text}", 422, "Invalid")


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
