"""A history that was written and read again is the history that was lived."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.harness.history.changes import apply, changes
from seatrial.harness.history.log import History
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Key, Record, record_id

POD = Key("pods", "default", "web")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=4)


def record(seq, verb, old, new, key=POD, time=None, cluster=1, cause=0):
    return Record(seq if time is None else time, cluster, seq, cause, "test", verb, key, old, new)


@given(objects, objects)
def test_changes_turn_the_old_version_into_the_new_one(old, new):
    assert json.dumps(apply(old, changes(old, new)), sort_keys=True) == json.dumps(new, sort_keys=True)


def test_a_change_lists_only_the_paths_that_differ():
    old = {"metadata": {"name": "web"}, "status": {"phase": "Pending", "conditions": [{"status": "False"}]}}
    new = {**old, "status": {"phase": "Running", "conditions": [{"status": "True"}]}}

    assert changes(old, new) == [(("status", "phase"), "Running"), (("status", "conditions", 0, "status"), "True")]


def test_a_history_that_was_written_and_read_has_the_same_records_and_digest(tmp_path):
    first, second = {"metadata": {"name": "web"}}, {"metadata": {"name": "web"}, "status": {"phase": "Running"}}
    lived = History(
        [
            [record(1, "phase", None, {}, Key("phase", "", "storm"), cluster=0)],
            [
                record(1, "create", None, first),
                record(2, "update", first, second, time=5, cause=record_id(1, 1)),
                record(3, "delete", second, None, time=6),
            ],
        ],
        seed=7,
    )
    lived.write(tmp_path / "history.jsonl")

    read = History.read(tmp_path / "history.jsonl")

    assert list(read) == list(lived)
    assert read.digest() == lived.digest()


def test_settle_is_folded_to_one_create_for_each_object_that_is_left():
    first, second = {"metadata": {"name": "web"}}, {"metadata": {"name": "web"}, "status": {"phase": "Running"}}
    gone = Key("pods", "default", "gone")
    history = History(
        [
            [
                record(1, "create", None, first),
                record(2, "create", None, first, gone),
                record(3, "update", first, second),
                record(4, "delete", first, None, gone),
                record(5, "phase", None, {}, Key("phase", "", "storm")),
                record(6, "update", second, first),
            ]
        ],
        seed=0,
    )

    folded = list(history.folded())

    assert [(kept.seq, kept.verb) for kept in folded] == [(3, "create"), (5, "phase"), (6, "update")]
    assert folded[0].new == second


def test_what_a_cluster_lives_after_the_storm_began_is_not_folded():
    web = {"metadata": {"name": "web"}}
    storm = record(3, "phase", None, {}, Key("phase", "", "storm"), cluster=0)
    lived = [record(1, "create", None, web), record(4, "update", web, web), record(5, "delete", web, None)]
    history = History([[storm], lived], seed=0)

    assert history.folded().cluster(1) == lived
    assert history.digest() != History([[storm], lived[:1]], seed=0).digest()


def test_secret_data_never_reaches_the_file(tmp_path):
    secret = {"metadata": {"name": "s"}, "data": {"password": "aHVudGVyMg=="}}
    history = History([[record(1, "create", None, secret, Key("secrets", "default", "s"))]], seed=3)

    history.write(tmp_path / "h.jsonl")

    text = (tmp_path / "h.jsonl").read_text()
    assert "aHVudGVyMg" not in text
    assert "veiled:" in text


def test_the_walk_along_the_causes_ends_where_it_began():
    history = History(
        [
            [],
            [
                record(1, "inject", None, {}),
                record(2, "note", None, {}, cause=record_id(1, 1)),
                record(3, "note", None, {}, cause=record_id(1, 2)),
            ],
        ],
        seed=0,
    )

    walk = history.why(history.cluster(1)[2])

    assert [step.seq for step in walk] == [3, 2, 1]


@pytest.mark.parametrize(
    "text", [b"", b"not json\n", b'{"kind":"Pod"}\n', b'{"apiVersion":"seatrial.dev/v9","kind":"History"}\n']
)
def test_a_file_that_is_no_history_is_bad_input(tmp_path, text):
    path = tmp_path / "history.jsonl"
    path.write_bytes(text)

    with pytest.raises(BadInput, match="history"):
        History.read(path)


def test_a_history_that_was_cut_off_names_the_line(tmp_path):
    path = tmp_path / "history.jsonl"
    History([[record(1, "create", None, {"metadata": {"name": "web"}}, cluster=0)]], seed=0).write(path)
    path.write_bytes(path.read_bytes()[:-9])

    with pytest.raises(BadInput, match="line 2"):
        History.read(path)
