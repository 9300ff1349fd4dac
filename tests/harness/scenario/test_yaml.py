"""YAML is read with places and bounds, and every refusal names file, line and column."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import INPUT_BYTES_MAX
from seatrial.harness.scenario.yaml import Mark, load_text, read_text


def value(text: str, **more: Any) -> Any:
    return load_text(text, "f.yaml", **more)[0].value


def refusal(text: str, **more: Any) -> str:
    with pytest.raises(BadInput) as error:
        load_text(text, "f.yaml", **more)
    return str(error.value)


def test_every_value_and_key_has_its_place() -> None:
    document = load_text("a:\n- b: 1\n  c:\n    d: two\n", "f.yaml")[0]

    assert document.place(("a", 0, "c", "d")) == "f.yaml:4:8"
    assert document.place(("a", 0, "c"), key=True) == "f.yaml:3:3"
    assert document.mark(("a", 0, "c", "nowhere")) == Mark(4, 5)


def test_several_documents_are_told_apart_and_empty_ones_left_out() -> None:
    documents = load_text("a: 1\n---\n---\n# nothing\n---\nb: 2\n", "f.yaml")

    assert [document.value for document in documents] == [{"a": 1}, {"b": 2}]
    assert documents[1].place() == "f.yaml:6:1"


def test_helms_source_comments_are_part_of_a_place() -> None:
    text = "---\n# Source: shop/templates/a.yaml\na: 1\n---\n# Source: shop/templates/b.yaml\nb: 2\n---\nc: 3\n"

    places = [document.place() for document in load_text(text, "out.yaml")]

    assert places == [
        "out.yaml:3:1 (shop/templates/a.yaml)",
        "out.yaml:6:1 (shop/templates/b.yaml)",
        "out.yaml:8:1",
    ]


def test_aliases_are_shared_not_copied() -> None:
    found = value("a: &x {b: [1, 2]}\nc: *x\n")

    assert found["c"] is found["a"]


def test_merge_keys_fill_in_what_is_not_said() -> None:
    found = value("base: &b {p: 1, q: 1}\nother: &o {q: 2, r: 2}\nmade:\n  <<: [*b, *o]\n  p: 0\n")

    assert found["made"] == {"p": 0, "q": 1, "r": 2}


def test_explicit_tags_of_yaml_itself_are_read() -> None:
    assert value("[!!str 5, !!int '5', !!float 1.5, !!bool yes, !!null '', ! 7]") == ["5", 5, 1.5, True, None, "7"]


@pytest.mark.parametrize("tag", ["!custom", "!!python/object:os.system", "!!set", "!<tag:example.com,2000:x>"])
@pytest.mark.parametrize("form", ["a: {} 1", "a: {} [1]", "a: {} {{b: 1}}"])
def test_other_tags_are_refused(tag: str, form: str) -> None:
    assert refusal(form.format(tag)).startswith("f.yaml:1:4: the tag ")


def test_a_duplicate_key_wins_last_with_a_warning() -> None:
    document = load_text("a: 1\nb: 2\na: 3\n", "f.yaml")[0]

    assert document.value == {"a": 3, "b": 2}
    assert document.warnings == ("f.yaml:3:1: the key 'a' stands here twice; the last one wins, as for kubectl",)


def test_a_duplicate_key_is_an_error_where_keys_must_be_unique() -> None:
    assert refusal("a: 1\na: 2\n", unique_keys=True) == "f.yaml:2:1: the key 'a' stands here twice"


@pytest.mark.parametrize("text", ["a: &x 1", "a: *x", "a: &x {b: 1}", "- &x [1]"])
def test_aliases_are_refused_where_they_may_not_stand(text: str) -> None:
    assert "cannot stand here; write the value out" in refusal(text, aliases=False)


def test_an_alias_to_nothing_is_refused() -> None:
    assert refusal("a: *x") == "f.yaml:1:4: there is no anchor &x before this alias"


def test_an_alias_inside_what_it_names_is_refused() -> None:
    assert refusal("a: &x\n- *x\n") == "f.yaml:2:3: the alias *x stands inside what it names"


def test_an_anchor_of_another_document_is_not_known() -> None:
    assert "no anchor &x" in refusal("a: &x 1\n---\nb: *x\n")


def test_a_bomb_is_refused_by_its_expanded_size_before_it_is_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    text = refusal("\n".join(lines))

    assert text.startswith("f.yaml:7:")
    assert "YAML bomb" in text


def test_a_bomb_of_merge_keys_is_refused_too() -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}, <<: *a{n - 1}}}" for n in range(1, 60)]

    assert "YAML bomb" in refusal("\n".join(lines))


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "[" * 101 + "]" * 101])
def test_depth_is_bounded(text: str) -> None:
    assert "nested deeper than 100 levels" in refusal(text)


def test_depth_through_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)]

    assert "nested deeper" in refusal("\n".join(lines))


def test_depth_at_the_bound_is_read() -> None:
    assert value("[" * 99 + "x" + "]" * 99)


def test_the_number_of_values_is_bounded() -> None:
    assert refusal("[" + "x, " * 60 + "]", nodes_max=50).startswith("f.yaml:1:")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\tb: 1\n", "f.yaml:2:1: a tab cannot indent YAML; use spaces"),
        ("a: b: c\n", "f.yaml:1:5: mapping values are not allowed"),
        ("a: [1,\n", "f.yaml:2:1: did not find expected node content"),
        ("a: 'x\n", "f.yaml:2:1: found unexpected end of stream"),
        ("a: 1\n b: 2\n", "f.yaml:2:3: mapping values are not allowed"),
        ("ok: 1\nx: a\x00b\n", "f.yaml:2:5: a NUL byte cannot stand in YAML"),
        ("x: \x1b[31m\n", "f.yaml:1:4: a control character U+001B"),
        ("? [a]\n: 1\n", "f.yaml:1:3: a key must be a word or a number"),
        ("~: 1\n", "f.yaml:1:1: a key must be a word or a number"),
        ("a: .nan\n", "f.yaml:1:4: .nan is no JSON number"),
        ("a: !!int x\n", "f.yaml:1:4: 'x' is no int"),
        ("a: !!binary '****'\n", "f.yaml:1:4: !!binary holds no base64"),
        ("a: {<<: 3}\n", "f.yaml:1:9: << wants a mapping"),
        ("%YAML 9.9\n---\na: 1\n", "f.yaml:1:"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, told: str) -> None:
    assert refusal(text).startswith(told)


def test_bytes_that_are_no_utf8_are_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"a: 1\nb: x\xff\n")

    with pytest.raises(BadInput, match=r"f\.yaml:2:5: byte 0xff is not UTF-8"):
        read_text(str(file))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("a: é\n".encode(encoding))

    assert load_text(read_text(str(file)), "f")[0].value == {"a": "é"}


def test_a_file_of_100_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)

    with pytest.raises(BadInput, match="104,857,600 bytes"):
        read_text(str(file))


def test_standard_input_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= INPUT_BYTES_MAX + 1
            return b"x" * size

    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": Endless()})())

    with pytest.raises(BadInput, match="<stdin>: more than"):
        read_text("-", 1000)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_a_device_without_end_is_bounded() -> None:
    with pytest.raises(BadInput, match="more than 1,000 bytes"):
        read_text("/dev/zero", 1000)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        read_text(str(tmp_path / "nope.yaml"))


def test_an_empty_text_has_no_documents() -> None:
    assert load_text("", "f") == ()
    assert load_text("# only words\n", "f") == ()
