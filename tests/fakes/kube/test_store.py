"""The store: revisions, sharing, watchers, indexes that agree with a scan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.kube.selection import matches
from seatrial.fakes.kube.store import Store
from seatrial.fakes.kube.tables import Tables
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.errors import Bug
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.event import Key


class Log:
    """A watcher that keeps what it was told."""

    def __init__(self):
        self.events = []

    def on_event(self, event):
        self.events.append(event)


def make_store(**options):
    agenda = Agenda(1, 0)
    return Store(agenda, Recorder(agenda), **options)


def pod(name="web", namespace="default", labels=None, node="", owner=""):
    meta = {"name": name, "namespace": namespace}
    if labels is not None:
        meta["labels"] = labels
    if owner:
        meta["ownerReferences"] = [{"uid": owner}]
    return {"metadata": meta, "spec": {"nodeName": node} if node else {}, "status": {}}


def test_each_commit_has_a_higher_revision_and_unchanged_parts_are_shared():
    store = make_store()
    first = store.put("pods", pod(), actor="a")
    second = store.put("pods", {**first, "status": {"phase": "Running"}}, actor="a")

    assert int(second["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])
    assert second["spec"] is first["spec"]


def test_an_update_that_changes_nothing_is_no_commit():
    store, log = make_store(), Log()
    first = store.put("pods", pod(), actor="a")
    store.subscribe("pods", log)

    assert store.put("pods", {**first, "status": {}}, actor="a") is first
    assert log.events == []


def test_a_watcher_is_told_of_create_update_and_delete_in_order():
    store, log = make_store(), Log()
    store.subscribe("pods", log)
    first = store.put("pods", pod(), actor="a")
    store.put("pods", {**first, "status": {"phase": "Running"}}, actor="a")
    store.remove(Key("pods", "default", "web"), actor="a")

    assert [event.type for event in log.events] == ["ADDED", "MODIFIED", "DELETED"]
    assert log.events[2].old["metadata"]["resourceVersion"] == str(store.revision)


def test_what_a_commit_causes_has_its_record_as_cause():
    store = make_store()
    seen = []

    class Causes:
        def on_event(self, event):
            seen.append((event.record, store.agenda.cause))

    store.subscribe("pods", Causes())
    store.put("pods", pod(), actor="a")

    assert seen[0][0] == seen[0][1] != 0
    assert store.agenda.cause == 0


def test_the_watch_window_drops_only_what_is_old_and_many():
    store = make_store()
    obj = store.put("pods", pod(), actor="a")
    for number in range(300):
        store.agenda.time += SECOND
        obj = store.put("pods", {**obj, "status": {"number": number}}, actor="a")
    log = store.log("pods")

    assert len(log.events) == 100
    assert log.floor == log.events[0].resource_version - 1


def test_in_the_freezing_mode_a_change_in_place_is_a_bug():
    store = make_store(freezing=True)
    obj = store.put("pods", pod(labels={"app": "web"}), actor="a")

    with pytest.raises(Bug, match="shared object"):
        obj["metadata"]["labels"]["app"] = "other"


def test_a_posted_fact_reaches_watchers_without_revision_or_record():
    store, log = make_store(), Log()
    store.subscribe("renewals", log)
    store.renew("n1", 5, True)
    store.renew("n1", 5, True)
    store.renew("n1", 9, False)

    assert [event.type for event in log.events] == ["ADDED", "MODIFIED"]
    assert store.tables.renewed("n1") == (9, False)
    assert store.note.records == []


labels = st.none() | st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["x", "y"]), max_size=2)
selectors = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["x", "y"]), max_size=2),
        "matchExpressions": st.lists(
            st.fixed_dictionaries(
                {
                    "key": st.sampled_from(["app", "tier"]),
                    "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
                    "values": st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=2),
                }
            ),
            max_size=2,
        ),
    },
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "remove", "ask"]),
        st.sampled_from(["p1", "p2", "p3"]),
        labels,
        st.sampled_from(["", "n1", "n2"]),
        st.sampled_from(["", "o1", "o2"]),
        selectors,
    ),
    max_size=25,
)


@given(steps)
def test_every_index_agrees_with_a_scan(listed):
    tables, model = Tables(), {}
    asked = []
    for verb, name, some_labels, node, owner, selector in listed:
        if verb == "put":
            new = pod(name, labels=some_labels, node=node, owner=owner)
            tables.put("pods", model.get(name), new)
            model[name] = new
        elif verb == "remove" and name in model:
            tables.remove("pods", model.pop(name))
        elif verb == "ask":
            asked.append(selector)
        for one in asked:
            expected = [obj for obj in model.values() if matches(one, obj["metadata"].get("labels"))]
            assert list(tables.matching("pods", "default", one)) == expected
    for node in ("n1", "n2"):
        on_node = {obj["metadata"]["name"] for obj in tables.pods_on(node)}
        assert on_node == {name for name, obj in model.items() if obj["spec"].get("nodeName") == node}
    for owner in ("o1", "o2"):
        owned = {key.name for key, _ in tables.owned(owner)}
        assert owned == {
            name for name, obj in model.items() if obj["metadata"].get("ownerReferences") == [{"uid": owner}]
        }


def test_a_copy_of_the_tables_does_not_follow_the_original():
    tables = Tables()
    first = pod(labels={"app": "x"}, node="n1")
    tables.put("pods", None, first)
    twin = tables.copy()
    tables.remove("pods", first)

    assert list(twin.list("pods")) == [first]
    assert list(twin.pods_on("n1")) == [first]
    assert list(twin.matching("pods", "default", {"matchLabels": {"app": "x"}})) == [first]
    assert list(tables.list("pods")) == []
