"""Lists in chunks, watches, and what is no more."""

import pytest

from seatrial.fakes.kube.verbs.watching import Cursor
from seatrial.harness.kernel.limits import COMPACTION_PERIOD, WATCH_EVENTS_MIN, WATCH_WINDOW_MIN
from seatrial.harness.kernel.time import MINUTE
from seatrial.harness.ports.kube import BadRequest, Gone, ServerError


def make(server, *names, namespace="default", **meta):
    for name in names:
        server.kube.create("configmaps", namespace, server.config(name, **meta))


def names(found):
    return [obj["metadata"]["name"] for obj in found["items"]]


def test_a_list_is_in_the_order_of_etcds_keys(server):
    make(server, "b", namespace="other")
    make(server, "z", "a")

    assert names(server.kube.list("configmaps")) == ["a", "z", "b"]
    assert names(server.kube.list("configmaps", "other")) == ["b"]


def test_chunks_show_one_moment(server):
    make(server, "a", "b", "c", "d")
    first = server.kube.list("configmaps", "default", limit=2)
    server.kube.delete("configmaps", "default", "c")
    make(server, "bb")
    second = server.kube.list("configmaps", "default", limit=2, token=first["metadata"]["continue"])

    assert (names(first), first["metadata"]["remainingItemCount"]) == (["a", "b"], 2)
    assert names(second) == ["c", "d"]
    assert "continue" not in second["metadata"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_token_dies_with_the_compaction(server):
    make(server, "a", "b", "c")
    token = server.kube.list("configmaps", "default", limit=1)["metadata"]["continue"]
    server.pass_time(2 * COMPACTION_PERIOD)

    with pytest.raises(Gone, match="The provided continue parameter is too old") as caught:
        server.kube.list("configmaps", "default", limit=1, token=token)
    rest = server.kube.list("configmaps", "default", token=caught.value.list_meta["continue"])
    assert names(rest) == ["b", "c"]


def test_a_token_that_is_none_is_refused(server):
    with pytest.raises(BadRequest):
        server.kube.list("configmaps", "default", token="nonsense")


def test_a_watch_tells_what_happened_since(server):
    make(server, "a")
    since = server.kube.list("configmaps", "default")["metadata"]["resourceVersion"]
    server.kube.patch("configmaps", "default", "a", {"data": {"a": "2"}})
    make(server, "x", namespace="other")
    server.kube.delete("configmaps", "default", "a")

    events = list(server.kube.watch("configmaps", "default", since=since))

    assert [event.type for event in events] == ["MODIFIED", "DELETED"]
    versions = [event.resource_version for event in events]
    assert versions == sorted(versions)


def test_a_watch_from_nowhere_begins_with_what_is(server):
    make(server, "a", "b")

    assert [event.type for event in server.kube.watch("configmaps")] == ["ADDED", "ADDED"]


def test_a_watch_from_below_the_window_is_gone(server):
    make(server, "a")
    since = server.kube.list("configmaps")["metadata"]["resourceVersion"]
    server.pass_time(WATCH_WINDOW_MIN + 1)
    for number in range(WATCH_EVENTS_MIN + 1):
        server.kube.patch("configmaps", "default", "a", {"data": {"n": str(number)}})
    server.pass_time(WATCH_WINDOW_MIN + 1)
    server.kube.patch("configmaps", "default", "a", {"data": {"n": "last"}})

    with pytest.raises(Gone, match="too old resource version"):
        list(server.kube.watch("configmaps", since=since))


def test_a_filtered_watch_sees_objects_come_and_go_by_their_labels(server):
    make(server, "a", labels={"on": "no"})
    cursor = Cursor(server.api.core, "configmaps", "default", str(server.store.revision), labels="on=yes")
    for value in ("yes", "yes!", "no"):
        server.kube.patch(
            "configmaps",
            "default",
            "a",
            {"metadata": {"labels": {"on": value.rstrip("!")}}, "data": {"n": value}},
        )

    seen = cursor.poll()

    assert [event.type for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    assert seen[2].obj["metadata"]["labels"] == {"on": "yes"}
    assert int(seen[2].obj["metadata"]["resourceVersion"]) == server.store.revision
    assert cursor.poll() == []


def test_bookmarks_tell_a_quiet_watcher_where_it_is(server):
    cursor = Cursor(server.api.core, "configmaps", None, str(server.store.revision), bookmarks=True)
    server.kube.create("pods", "default", server.pod())
    quiet = cursor.poll()
    server.pass_time(MINUTE)
    (mark,) = cursor.poll()

    assert quiet == []
    assert mark.type == "BOOKMARK"
    assert int(mark.obj["metadata"]["resourceVersion"]) == server.store.revision


def test_a_streamed_list_ends_with_a_marked_bookmark(server):
    make(server, "a")
    cursor = Cursor(server.api.core, "configmaps", None, "", bookmarks=True, initial_events=True)
    added, mark = cursor.poll()

    assert added.type == "ADDED"
    assert mark.obj["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_list_can_ask_for_the_past(server):
    make(server, "a", "b")
    then = server.kube.list("configmaps", "default")
    server.kube.patch("configmaps", "default", "a", {"data": {"a": "2"}})
    server.kube.delete("configmaps", "default", "b")
    make(server, "b", "c")

    past = server.kube.list("configmaps", "default", version=then["metadata"]["resourceVersion"], match="Exact")

    assert past == then


def test_a_version_that_has_not_come_yet_times_out(server):
    with pytest.raises(ServerError, match="Too large resource version: 99999") as caught:
        server.kube.list("configmaps", version="99999")
    assert (caught.value.code, caught.value.retry_after) == (504, 1)


def test_a_read_from_the_cache_needs_no_quorum(server):
    make(server, "a")
    server.links.shut("etcd", "t")

    assert names(server.kube.list("configmaps", "default", version="0")) == ["a"]
    assert server.kube.get("configmaps", "default", "a", version="0")
    with pytest.raises(ServerError, match="etcdserver: request timed out"):
        server.kube.list("configmaps", "default")
