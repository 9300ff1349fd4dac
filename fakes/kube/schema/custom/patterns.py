"""Regular expressions of schemas: Go's RE2, put into the words of Python's `re`.

Differs from the real one: RE2 has no look-around and no back-references, which are refused here too; Unicode classes
such as `\\p{L}` and the ungreedy flag `(?U)` are Unsupported.
"""

from __future__ import annotations

import re
from functools import lru_cache

from seatrial.harness.kernel.errors import Unsupported

__all__ = ["compiled", "pattern_error"]

_PERL = re.compile(r"(?<!\\)(?:\\\\)*(?P<bad>\(\?(?:=|!|<=|<!|>|\())")
_BACK = re.compile(r"(?<!\\)(?:\\\\)*(?P<bad>\\[1-9])")
_TOKEN = re.compile(
    r"(?P<unicode>\\[pP](?:\{[^}]*\}|.)?)|(?P<end>\$|\\z)|(?P<code>\\x\{[0-9A-Fa-f]{1,8}\})|(?P<escape>\\.)"
    r"|(?P<flags>\(\?[imsU-]+\))|(?P<open>\(\?P?<(?![=!])|\(\?[ims-]*:|\()"
    r"|(?P<set>\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\])|(?P<any>.)",
    re.DOTALL,
)
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


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
    return re.compile(_in_python(text), re.ASCII)


def _in_python(text: str) -> str:
    """The pattern as Python writes it.

    Flags in the middle, `a(?i)b`, hold until their group ends, which Python writes `a(?i:b)`; `$` and `\\z` are the
    very end; `[[:alpha:]]` is spelt out.
    """
    out: list[str] = []
    flags = [""]  # of each open group
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None  # the last alternative takes anything
        at = token.end()
        kind, word = token.lastgroup, token[0]
        if kind == "unicode" or (kind == "flags" and "U" in word):
            raise Unsupported(f"the pattern {text!r} has {word}, which Python's re does not know")
        if kind == "flags":
            out.append(f"{word[:-1]}:")
            flags[-1] += out[-1]
        elif word == "|":
            # What a flag began, ends here for Python and goes on for Go.
            out.append(")" * flags[-1].count("(") + "|" + flags[-1])
        elif word == ")":
            out.append(")" * flags[-1].count("(") + ")")
            if len(flags) > 1:
                flags.pop()
        elif kind == "open":
            flags.append("")
            out.append("(?P<" if word == "(?<" else word)
        elif kind == "end":
            out.append(r"\Z")
        elif kind == "code":
            out.append(f"\\U{word[3:-1]:0>8}")
        else:
            out.append(_class(word) if kind == "set" else word)
    return "".join(out) + ")" * flags[0].count("(")


def _class(word: str) -> str:
    for name, members in _POSIX.items():
        word = word.replace(f"[:{name}:]", members)
    return "[" + word[1:].replace("[", r"\[") if r"\[" not in word else word
