"""Patches: what changes, what stays the same object, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.kube.frozen import freeze
from seatrial.fakes.kube.patch.jsonpatch import apply_json_patch
from seatrial.fakes.kube.patch.merge import merge
from seatrial.fakes.kube.patch.strategic import strategic_merge
from seatrial.fakes.kube.schema import Schema
from seatrial.harness.ports.kube import ApiError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def rfc7396(target, patch):
    """The RFC's own pseudo code."""
    if not isinstance(patch, dict):
        return patch
    out = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = rfc7396(out.get(name), value)
    return out


@given(st.dictionaries(st.sampled_from("abc"), JSON), st.dictionaries(st.sampled_from("abc"), JSON))
def test_a_merge_patch_does_what_its_rfc_says_and_mutates_nothing(target, patch):
    assert merge(freeze(target), freeze(patch)) == rfc7396(target, patch)


def test_a_merge_patch_copies_only_the_path_that_changes():
    target = {"spec": {"a": 1, "deep": {"b": 2}}, "status": {"c": 3}}

    new = merge(target, {"status": {"c": 4}})

    assert new["spec"] is target["spec"]
    assert merge(target, {"spec": {"a": 1, "deep": {"b": 2}}}) is target


def test_one_is_not_true():
    assert merge({"a": 1}, {"a": True})["a"] is True


def test_a_json_patch_leaves_its_target_alone_even_when_it_fails_half_way():
    target = freeze({"a": {"b": 1}})

    with pytest.raises(ApiError) as caught:
        apply_json_patch(
            target, [{"op": "replace", "path": "/a/b", "value": 2}, {"op": "test", "path": "/a/b", "value": 9}]
        )

    assert caught.value.code == 422
    assert target == {"a": {"b": 1}}


def test_a_json_patch_has_at_most_ten_thousand_operations():
    operation = {"op": "add", "path": "/a", "value": 1}

    with pytest.raises(ApiError) as caught:
        apply_json_patch({}, [operation] * 10_001)

    assert (caught.value.code, caught.value.reason) == (413, "RequestEntityTooLarge")


@pytest.fixture(scope="module")
def pods():
    schema = Schema("1.36")
    return schema.structure(schema.kind("pods"))


def containers(*names):
    return freeze({"spec": {"containers": [{"name": name, "image": f"{name}:1"} for name in names]}})


def test_a_strategic_merge_finds_list_items_by_their_key(pods):
    old = containers("a", "b")

    new = strategic_merge(old, {"spec": {"containers": [{"name": "b", "image": "b:2"}]}}, pods)

    assert new["spec"]["containers"] == [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}]
    assert new["spec"]["containers"][0] is old["spec"]["containers"][0]


def test_new_items_come_before_what_the_patch_does_not_name(pods):
    new = strategic_merge(containers("a", "b"), {"spec": {"containers": [{"name": "new"}, {"name": "b"}]}}, pods)

    assert [item["name"] for item in new["spec"]["containers"]] == ["new", "a", "b"]


def test_an_item_goes_by_directive_and_all_go_by_replace(pods):
    gone = strategic_merge(containers("a", "b"), {"spec": {"containers": [{"name": "a", "$patch": "delete"}]}}, pods)
    swept = strategic_merge(
        containers("a", "b"), {"spec": {"containers": [{"name": "z"}, {"$patch": "replace"}]}}, pods
    )

    assert [item["name"] for item in gone["spec"]["containers"]] == ["b"]
    assert swept["spec"]["containers"] == [{"name": "z"}]


def test_set_element_order_orders_what_the_patch_does_not_touch(pods):
    patch = {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}

    new = strategic_merge(containers("a", "b"), patch, pods)

    assert [item["name"] for item in new["spec"]["containers"]] == ["b", "a"]


def test_retain_keys_clears_the_rest(pods):
    old = freeze({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}})
    patch = {"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]}}

    assert strategic_merge(old, patch, pods)["spec"]["volumes"] == [{"name": "v", "secret": {"secretName": "s"}}]


def test_primitive_lists_merge_as_sets_and_shrink_by_directive(pods):
    old = freeze({"metadata": {"finalizers": ["x.io/a", "x.io/b"]}})

    grown = strategic_merge(old, {"metadata": {"finalizers": ["x.io/b", "x.io/c"]}}, pods)
    shrunk = strategic_merge(old, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x.io/a"]}}, pods)

    assert grown["metadata"]["finalizers"] == ["x.io/a", "x.io/b", "x.io/c"]
    assert shrunk["metadata"]["finalizers"] == ["x.io/b"]


def test_a_list_without_merge_strategy_is_replaced(pods):
    old = freeze({"spec": {"tolerations": [{"key": "a"}]}})

    new = strategic_merge(old, {"spec": {"tolerations": [{"key": "b"}]}}, pods)

    assert new["spec"]["tolerations"] == [{"key": "b"}]


def test_an_item_without_its_key_is_refused_as_go_prints_it(pods):
    with pytest.raises(ApiError, match=r"map: map\[image:x\] does not contain declared merge key: name"):
        strategic_merge(containers("a"), {"spec": {"containers": [{"image": "x"}]}}, pods)


@given(st.permutations(["a", "b", "c"]), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_a_strategic_patch_is_idempotent(order, named):
    schema = Schema("1.36")
    node = schema.structure(schema.kind("pods"))
    patch = {"spec": {"containers": [{"name": name, "image": "new"} for name in sorted(named)]}}

    once = strategic_merge(containers(*order), patch, node)

    assert strategic_merge(once, patch, node) is once
