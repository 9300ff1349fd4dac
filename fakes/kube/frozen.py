"""A test mode: objects that refuse to be changed, so that whoever breaks the rule is found on the spot."""

from __future__ import annotations

from typing import Any, NoReturn

from seatrial.harness.kernel.errors import Bug

__all__ = ["freeze"]


def _refuse(*_: object, **__: object) -> NoReturn:
    raise Bug("a shared object was about to be changed in place; copy the path that changes instead")


class FrozenDict(dict[str, Any]):
    """A dict that only reads."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return (_thaw_dict, (dict(self),))


class FrozenList(list[Any]):
    """A list that only reads."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return (_thaw_list, (list(self),))


def _thaw_dict(plain: dict[str, Any]) -> FrozenDict:
    return FrozenDict(plain)


def _thaw_list(plain: list[Any]) -> FrozenList:
    return FrozenList(plain)


def freeze(value: Any) -> Any:
    """The same value, read-only all the way down; what is frozen already stays the same object."""
    if type(value) is dict:
        return FrozenDict((key, freeze(item)) for key, item in value.items())
    if type(value) is list:
        return FrozenList(freeze(item) for item in value)
    return value
