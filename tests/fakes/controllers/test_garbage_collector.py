"""Garbage collection on a store: background, foreground, orphans, owners that never were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.words.kinds import BUILT_IN
from seatrial.harness.ports.kube import Conflict
from seatrial.harness.testing.builders import make_node, make_object, make_owner, make_pod, make_replicaset
from seatrial.harness.testing.views import resource_of


def a_map(name, *owners, namespace="default", block=True, **more):
    references = [{**make_owner(owner), "blockOwnerDeletion": block} for owner in owners]
    return make_object("v1", "ConfigMap", name, namespace=namespace, ownerReferences=references or None, **more)


def left(stage):
    return sorted(obj["metadata"]["name"] for resource in stage.view.resources() for obj in stage.list(resource))


@pytest.fixture
def s(stage):
    return stage(GarbageCollector())


def test_what_a_deleted_owner_owned_goes_and_so_does_what_that_owned(s):
    top = a_map("top")
    middle = a_map("middle", top)
    s.put(top, middle, a_map("low", middle), a_map("other"))
    s.until(1)
    s.delete("configmaps", "top")
    s.until(2)

    assert left(s) == ["other"]


def test_an_object_with_another_owner_stays_without_the_reference(s):
    one, two = a_map("one"), a_map("two")
    s.put(one, two, a_map("child", one, two))
    s.until(1)
    s.delete("configmaps", "one")
    s.until(2)

    assert left(s) == ["child", "two"]
    assert [owner["name"] for owner in s.get("configmaps", "child")["metadata"]["ownerReferences"]] == ["two"]


def test_an_owner_that_never_was_takes_its_dependents_with_it(s):
    s.put(a_map("child", a_map("ghost")))
    s.until(1)

    assert left(s) == []


def test_an_owner_of_the_same_name_but_another_uid_is_none(s):
    s.put(make_object("v1", "ConfigMap", "owner"))
    ghost = a_map("owner")
    ghost["metadata"]["uid"] = "of-an-earlier-one"
    s.put(a_map("child", ghost))
    s.until(1)

    assert left(s) == ["owner"]


def test_an_owner_in_another_namespace_is_none_and_that_is_told(s):
    owner = a_map("owner", namespace="elsewhere")
    s.put(owner)
    s.put(a_map("child", owner))
    s.until(1)

    assert left(s) == ["owner"]
    (event,) = s.events("OwnerRefInvalidNamespace")
    assert event[1:] == (
        "configmaps/default/child",
        f"ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: {owner['metadata']['uid']}] "
        'does not exist in namespace "default"',
    )


def test_a_cluster_wide_owner_is_found_and_its_end_felt(s):
    node = make_node("n1")
    lease = make_object("coordination.k8s.io/v1", "Lease", "n1", ownerReferences=[make_owner(node)])
    s.put(node, lease)
    s.until(1)
    assert left(s) == ["n1", "n1", "n1"]  # the lease's pseudo-resource among them
    s.delete("nodes", "n1", "")
    s.until(2)

    assert s.list("leases.coordination.k8s.io") == []


def test_a_namespaced_owner_of_a_cluster_wide_object_is_never_judged(s):
    s.put(make_object("v1", "PersistentVolume", "pv", namespace="", ownerReferences=[make_owner(a_map("ghost"))]))
    s.until(1)

    assert left(s) == ["pv"]


def test_an_unknown_kind_of_owner_is_never_judged(s):
    ghost = make_object("example.com/v1", "Widget", "w")
    s.put(a_map("child", ghost))
    s.until(1)

    assert left(s) == ["child"]


def test_a_custom_resource_is_found_as_an_owner(s):
    crd = make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.example.com", namespace="")
    names = {"plural": "widgets", "kind": "Widget"}
    widget = make_object("example.com/v1", "Widget", "w")
    s.put({**crd, "spec": {"group": "example.com", "names": names, "scope": "Namespaced"}}, widget)
    s.put(a_map("kept", widget), a_map("lost", make_object("example.com/v1", "Widget", "ghost")))
    s.until(1)

    assert left(s) == ["kept", "w", "widgets.example.com"]


def test_foreground_deletion_waits_for_dependents_that_block(s):
    owner = a_map("owner")
    s.put(owner, a_map("child", owner, finalizers=["a/b"]), a_map("loose", owner, block=False, finalizers=["a/b"]))
    s.until(1)
    s.delete("configmaps", "owner", propagation="Foreground")
    s.until(2)
    assert left(s) == ["child", "loose", "owner"]
    assert all("deletionTimestamp" in s.get("configmaps", name)["metadata"] for name in ("owner", "child", "loose"))
    s.remove("configmaps", "child")
    s.until(3)

    assert left(s) == ["loose"]


def test_foreground_deletion_goes_down_through_those_that_have_dependents(s):
    top = a_map("top")
    middle = a_map("middle", top)
    s.put(top, middle, a_map("low", middle, finalizers=["a/b"]))
    s.until(1)
    s.delete("configmaps", "top", propagation="Foreground")
    s.until(2)
    assert [s.get("configmaps", name)["metadata"]["finalizers"] for name in ("top", "middle")] == [
        ["foregroundDeletion"],
        ["foregroundDeletion"],
    ]
    s.remove("configmaps", "low")
    s.until(3)

    assert left(s) == []


def test_an_owner_that_waits_is_dropped_by_a_child_with_another_one(s):
    one, two = a_map("one"), a_map("two")
    s.put(one, two, a_map("child", one, two))
    s.until(1)
    s.delete("configmaps", "one", propagation="Foreground")
    s.until(2)

    assert left(s) == ["child", "two"]


def test_owners_in_a_circle_do_not_wait_for_each_other(s):
    one, two = a_map("one"), a_map("two")
    s.put(a_map("one", two), a_map("two", one))
    s.until(1)
    s.delete("configmaps", "one", propagation="Foreground")
    s.until(2)

    assert left(s) == []


def test_orphaned_dependents_stay_without_an_owner(s):
    owner = make_replicaset("rs")
    s.put(owner, make_pod("a", owner=owner), make_pod("b", owner=owner))
    s.until(1)
    s.delete("replicasets.apps", "rs", propagation="Orphan")
    s.until(2)

    assert left(s) == ["a", "b"]
    assert all(
        "ownerReferences" not in pod["metadata"] or not pod["metadata"]["ownerReferences"] for pod in s.list("pods")
    )


def test_a_pod_on_a_node_is_told_to_go_and_goes_when_its_kubelet_says_so(s):
    owner = make_replicaset("rs")
    s.put(owner, make_pod("a", owner=owner, node="n1"))
    s.until(1)
    s.delete("replicasets.apps", "rs")
    s.until(2)

    assert "deletionTimestamp" in s.get("pods", "a")["metadata"]


def test_an_object_that_changes_meanwhile_is_deleted_all_the_same(s):
    owner = a_map("owner")
    s.put(owner, a_map("child", owner))
    s.until(1)
    s.desk.submit, submit = None, s.desk.submit
    tries = []

    def refuse_once(write, client):
        if write.verb == "delete" and write.key.name == "child":
            tries.append(write.resource_version)
            if len(tries) == 1:
                raise Conflict.modified("configmaps", "child")
        return submit(write, client)

    s.desk.submit = refuse_once
    s.remove("configmaps", "owner")
    s.until(2)

    assert left(s) == []
    assert tries[0]
    assert tries[1:] == [""]


def test_the_kinds_are_called_as_kubectl_calls_them():
    assert BUILT_IN["", "Endpoints"].resource == "endpoints"
    assert BUILT_IN["networking.k8s.io", "Ingress"].resource == "ingresses.networking.k8s.io"
    assert BUILT_IN["networking.k8s.io", "NetworkPolicy"].resource == "networkpolicies.networking.k8s.io"
    assert BUILT_IN["storage.k8s.io", "StorageClass"].resource == "storageclasses.storage.k8s.io"
    assert not BUILT_IN["", "Node"].namespaced
    assert all(
        resource_of({"apiVersion": f"{group}/v1" if group else "v1", "kind": kind}) == found.resource
        for (group, kind), found in BUILT_IN.items()
        if kind != "Endpoints"
    )


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.integers(0, 9), max_size=3, unique=True), max_size=10), st.sets(st.integers(0, 9)))
def test_what_is_left_has_an_owner_that_is_left_or_never_had_one(stage_class, parents, deleted):
    s = stage_class(GarbageCollector())
    maps = [a_map(f"m{number}") for number in range(len(parents))]
    owners = {n: [p for p in own if p < n] for n, own in enumerate(parents)}  # no circles
    s.put(*(a_map(f"m{n}", *(maps[p] for p in own)) for n, own in owners.items()))
    s.until(1)
    gone = sorted(n for n in deleted if n < len(maps))
    for number in gone:
        if s.get("configmaps", f"m{number}") is not None:
            s.delete("configmaps", f"m{number}")
    s.until(2)

    alive = {}
    for number, own in owners.items():
        alive[number] = number not in gone and (not own or any(alive[p] for p in own))
    assert left(s) == sorted(f"m{number}" for number, lives in alive.items() if lives)
