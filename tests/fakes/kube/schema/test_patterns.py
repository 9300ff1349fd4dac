"""Patterns are Go's."""

from __future__ import annotations

import pytest

from seatrial.fakes.kube.schema.custom.patterns import compiled, pattern_error
from seatrial.harness.kernel.errors import Unsupported


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^(?i)(Trace|Debug)?$", ["", "TRACE", "debug"], ["Traces"]),
        ("a(?i)b", ["aB"], ["AB"]),
        ("^(x(?i)a|b)c$", ["xAc", "Bc"], ["XAc", "BC"]),
        ("^(?i)a(?-i)b$", ["Ab"], ["AB"]),
        ("^((?i)a)b$", ["Ab"], ["AB"]),
        ("^a$", ["a"], ["a\n"]),
        (r"^a\z", ["a"], ["a\n"]),
        (r"^a\$|[$]$", ["a$", "$"], ["a"]),
        ("^[[:alpha:]_]+$", ["ab_"], ["a1", ":"]),
        ("^[^[:space:]]$", ["a"], [" ", "\t"]),
        ("^[[:punct:]]+$", ["[]!~"], ["a"]),
        ("^[a[]$", ["[", "a"], ["]"]),
        (r"^[\[\]]$", ["[", "]"], ["a"]),
        ("^[]a]$", ["]", "a"], ["b"]),
        (r"^\x{e9}$", ["é"], ["e"]),
        ("^(?<year>[0-9]{4})$", ["2026"], ["26"]),
        (r"^\(?i\)$", ["(i)", "i)"], ["I)"]),
        (r"^\d+(\.\d+)?$", ["1.5"], ["٣"]),
    ],
)
def test_a_pattern_of_go_means_the_same_here(pattern: str, yes: list[str], no: list[str]) -> None:
    assert pattern_error(pattern) == ""
    assert [text for text in [*yes, *no] if compiled(pattern).search(text)] == yes


@pytest.mark.parametrize("pattern", ["(?=a)", "(?<!a)b", r"(a)\1", "(", "a)", "["])
def test_what_go_refuses_is_refused(pattern: str) -> None:
    assert pattern_error(pattern).startswith("error parsing regexp: ")


@pytest.mark.parametrize("pattern", [r"\p{L}", r"\PN", "(?U)a+"])
def test_what_python_cannot_say_is_unsupported(pattern: str) -> None:
    with pytest.raises(Unsupported):
        pattern_error(pattern)
