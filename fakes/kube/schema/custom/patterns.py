"""Regular expressions of schemas: Go's RE2, as far as Python's `re` agrees with it.

Differs from the real one: RE2 has no look-around and no back-references, which are refused here too; Unicode classes
such as `\\p{L}` are Unsupported.
"""

from __future__ import annotations

import re
from functools import lru_cache

from seatrial.harness.kernel.errors import Unsupported

__all__ = ["compiled", "pattern_error"]

_PERL = re.compile(r"(?<!\\)(?:\\\\)*(?P<bad>\(\?(?:=|!|<=|<!|>|\())")
_BACK = re.compile(r"(?<!\\)(?:\\\\)*(?P<bad>\\[1-9])")


@lru_cache(maxsize=4096)
def pattern_error(text: str) -> str:
    """What RE2 says of a pattern that it does not take; nothing if it does."""
    found = _PERL.search(text)
    if found is not None:
        return f"error parsing regexp: invalid or unsupported Perl syntax: `{found['bad']}`"
    found = _BACK.search(text)
    if found is not None:
        return f"error parsing regexp: invalid escape sequence: `{found['bad']}`"
    try:
        compiled(text)
    except re.error as error:
        return f"error parsing regexp: {error.msg}: `{text}`"
    return ""


@lru_cache(maxsize=4096)
def compiled(text: str) -> re.Pattern[str]:
    """The pattern, ready to search. Raises re.error, or Unsupported for what Python cannot say."""
    if re.search(r"(?<!\\)(?:\\\\)*\\[pP]", text):
        raise Unsupported(f"the pattern {text!r} names a Unicode class, which Python's re does not know")
    return re.compile(re.sub(r"(?<!\\)((?:\\\\)*)\\z", r"\1\\Z", text), re.ASCII)
