"""Fields that a door does not take, and that nobody can own through it.

Source: GetResetFields in pkg/registry/*/*/strategy.go (v1.36.3).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from seatrial.fakes.kube.fields.sets import Paths
from seatrial.fakes.kube.strategies.table import strategy_of

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["reset_paths"]

_ALL: Paths = {"": True}


def reset_paths(kind: Kind, subresource: str) -> Paths:
    """The set of a kind's door."""
    return _reset_paths(kind.resource, kind.custom, "status" in kind.subresources, subresource)


@cache
def _reset_paths(resource: str, custom: bool, has_status: bool, subresource: str) -> Paths:
    strategy = strategy_of(resource, custom, has_status)
    if subresource == "":
        if not strategy.status:
            return {}
        return {"f:spec": _ALL, "f:status": _ALL} if resource.startswith("certificatesigning") else {"f:status": _ALL}
    if subresource == "finalize":
        return {"f:status": _ALL}
    if subresource != "status":
        return {}
    if strategy.keeps == ("*",):
        return {"f:spec": _ALL, "f:metadata": _ALL}
    meta = {f"f:{name}": _ALL for name in strategy.keeps}
    if resource == "pods":
        meta["f:deletionTimestamp"] = _ALL
    return {"f:spec": _ALL, "f:metadata": meta} if meta else {"f:spec": _ALL}
