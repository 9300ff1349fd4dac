"""Label and field selectors as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.kube.selectors import field_selector, label_selector
from seatrial.harness.ports.kube import BadRequest


@pytest.mark.parametrize(
    ("text", "labels", "wanted"),
    [
        ("a=1", {"a": "1"}, True),
        ("a==1", {"a": "2"}, False),
        ("a!=1", {}, True),
        ("a in (1, 2),!b", {"a": "2"}, True),
        ("a in (1,2),!b", {"a": "2", "b": ""}, False),
        ("a notin (1)", {}, True),
        ("a", {"a": ""}, True),
        ("!a", {"a": ""}, False),
        ("a>5", {"a": "6"}, True),
        ("a<5", {"a": "x"}, False),
        ("a=", {"a": ""}, True),
        ("x.io/a=1,b", {"x.io/a": "1", "b": "z"}, True),
        ("", {}, True),
    ],
)
def test_a_label_selector_takes_what_it_says(text, labels, wanted):
    assert label_selector(text).matches(labels) is wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a,", "unable to parse requirement: found '', expected: identifier after ','"),
    ],
)
def test_a_broken_selector_is_refused_with_the_servers_words(text, told):
    with pytest.raises(BadRequest) as caught:
        label_selector(text)

    assert caught.value.message == told


def test_a_field_selector_compares_texts_of_fields():
    pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}

    assert field_selector("pods", "spec.nodeName=n1,status.phase!=Pending").matches(pod)
    assert not field_selector("pods", "spec.nodeName=").matches(pod)
    assert field_selector("nodes", "spec.unschedulable=false").matches({"metadata": {}, "spec": {}})


def test_a_field_that_cannot_be_selected_is_refused():
    with pytest.raises(BadRequest, match=r"field label not supported: spec.nonsense"):
        field_selector("pods", "spec.nonsense=1")
    with pytest.raises(BadRequest, match=r'only "metadata.name", "metadata.namespace"'):
        field_selector("configmaps", "data.a=1")


_WORDS = st.text("ab", min_size=1, max_size=2)


@given(_WORDS, st.sets(_WORDS, min_size=1), st.dictionaries(_WORDS, _WORDS))
def test_in_and_notin_are_opposites_where_the_label_is_there(key, values, labels):
    listed = ",".join(sorted(values))
    taken = label_selector(f"{key} in ({listed})").matches(labels)

    assert taken == (labels.get(key) in values)
    assert label_selector(f"{key} notin ({listed})").matches(labels) is not taken
