"""Who owns which field: updates, applies, conflicts, removals, resets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.kube.fields.sets import decode, difference, encode, has, intersection, paths_of, union
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.kube import BadRequest, Conflict, Invalid

TEMPLATES = "podtemplates"


def applied(**spec):
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}, "template": {"spec": spec}}


def apply(server, by, body, *, force=False):
    return server.client("tester", managed=True, field_manager=by).patch(
        TEMPLATES, "default", "t", body, kind="apply", force=force
    )


def owners(obj):
    return {(entry["manager"], entry["operation"]): entry["fieldsV1"] for entry in obj["metadata"]["managedFields"]}


BASE = applied(containers=[{"name": "main", "image": "i:1"}])


def test_what_is_applied_no_more_is_removed_unless_somebody_else_owns_it(server):
    apply(server, "alice", BASE)
    apply(server, "bob", applied(terminationGracePeriodSeconds=5, activeDeadlineSeconds=9))
    apply(server, "carol", applied(activeDeadlineSeconds=9))
    new = apply(server, "bob", applied(hostname="h"))

    assert "hostname" in new["template"]["spec"]
    assert new["template"]["spec"]["activeDeadlineSeconds"] == 9
    assert new["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_another_value_for_an_owned_field_is_a_conflict_with_cause_and_path(server):
    apply(server, "alice", applied(terminationGracePeriodSeconds=5, **BASE["template"]["spec"]))

    with pytest.raises(Conflict) as caught:
        apply(server, "bob", applied(terminationGracePeriodSeconds=6))
    path = ".template.spec.terminationGracePeriodSeconds"
    assert caught.value.message == f'Apply failed with 1 conflict: conflict with "alice": {path}'
    assert caught.value.details["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "alice"', "field": path}
    ]


def test_force_takes_the_field_over(server):
    apply(server, "alice", applied(terminationGracePeriodSeconds=5, **BASE["template"]["spec"]))
    new = apply(server, "bob", applied(terminationGracePeriodSeconds=6), force=True)

    spec = {"f:template": {"f:spec": {"f:terminationGracePeriodSeconds": {}}}}
    assert new["template"]["spec"]["terminationGracePeriodSeconds"] == 6
    assert owners(new)["bob", "Apply"] == spec
    assert "f:terminationGracePeriodSeconds" not in owners(new)["alice", "Apply"]["f:template"]["f:spec"]


def test_the_same_value_is_owned_together(server):
    apply(server, "alice", applied(terminationGracePeriodSeconds=5, **BASE["template"]["spec"]))
    new = apply(server, "bob", applied(terminationGracePeriodSeconds=5))

    assert {name for name, _ in owners(new)} == {"alice", "bob"}


def test_list_items_are_owned_by_key(server):
    apply(server, "alice", BASE)
    new = apply(server, "bob", applied(containers=[{"name": "side", "image": "s"}]))
    back = apply(server, "bob", {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}})

    assert [item["name"] for item in new["template"]["spec"]["containers"]] == ["main", "side"]
    assert 'k:{"name":"side"}' in owners(new)["bob", "Apply"]["f:template"]["f:spec"]["f:containers"]
    assert [item["name"] for item in back["template"]["spec"]["containers"]] == ["main"]
    assert ("bob", "Apply") not in owners(back)


def test_an_update_takes_what_it_changes_from_those_who_applied_it(server):
    apply(server, "alice", applied(terminationGracePeriodSeconds=5, **BASE["template"]["spec"]))
    server.pass_time(SECOND)
    kube = server.client("tester", managed=True, field_manager="carol")
    new = kube.patch(TEMPLATES, "default", "t", {"template": {"spec": {"terminationGracePeriodSeconds": 9}}})

    assert owners(new)["carol", "Update"] == {"f:template": {"f:spec": {"f:terminationGracePeriodSeconds": {}}}}
    assert new["metadata"]["managedFields"][1]["time"] == "2026-01-01T00:00:01Z"
    with pytest.raises(Conflict, match=r'conflict with "carol" using v1'):
        apply(server, "alice", applied(terminationGracePeriodSeconds=5, **BASE["template"]["spec"]))


def test_admission_and_status_are_nobodys_in_a_create(server):
    kube = server.client("tester", managed=True)
    kube.create("pods", "default", server.pod())
    (entry,) = kube.get("pods", "default", "p")["metadata"]["managedFields"]

    assert "f:status" not in entry["fieldsV1"]
    assert "f:tolerations" not in entry["fieldsV1"]["f:spec"]
    assert "f:restartPolicy" in entry["fieldsV1"]["f:spec"]


def test_writes_of_controllers_are_told_apart_by_subresource(server):
    server.running_pod()
    pod = server.client("tester", managed=True).get("pods", "default", "p")

    entries = [(e["manager"], e.get("subresource", "")) for e in pod["metadata"]["managedFields"]]
    assert entries == [("kubelet", "status"), ("tester", "")]


def test_pods_of_one_spec_own_what_the_controller_wrote(server):
    body = {"metadata": {"generateName": "web-", "labels": {"app": "web"}}, "spec": server.pod()["spec"]}
    made = [server.submit("create", "pods", "", body, by="rs") for _ in range(2)]
    seen = [server.client("t", managed=True).get("pods", "default", pod["metadata"]["name"]) for pod in made]

    assert owners(seen[0]) == owners(seen[1])
    assert "f:tolerations" not in owners(seen[1])["rs", "Update"]["f:spec"]


def test_an_empty_list_forgets_everyone(server):
    kube = server.client("tester", managed=True)
    kube.create("configmaps", "default", server.config())
    before = server.store.revision
    reset = kube.update("configmaps", "default", server.config(managedFields=[]))

    assert "managedFields" not in reset["metadata"]
    assert server.store.revision == before + 1


def test_the_eleventh_updater_makes_the_oldest_ancient(server):
    kube = server.client("first", managed=True)
    kube.create("configmaps", "default", server.config())
    for number in range(12):
        server.pass_time(SECOND)
        client = server.client("tester", managed=True, field_manager=f"m{number:02}")
        new = client.patch("configmaps", "default", "c", {"data": {f"k{number}": "v"}})

    names = [entry["manager"] for entry in new["metadata"]["managedFields"]]
    assert len(names) == 10
    assert names[0] == "ancient-changes"


def test_apply_needs_a_manager_and_a_complete_type(server):
    nobody = server.api.kube(type(server.kube.client)("x", user_agent=""))

    with pytest.raises(Invalid, match=r"fieldManager: Required value: is required for apply patch"):
        nobody.patch(TEMPLATES, "default", "t", BASE, kind="apply")
    with pytest.raises(BadRequest, match=r"metadata.managedFields must be nil"):
        apply(server, "a", {**BASE, "metadata": {"name": "t", "managedFields": []}})


PATHS = st.recursive(
    st.just({"": True}),
    lambda inner: st.dictionaries(st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}']), inner, min_size=1),
    max_leaves=6,
)


def members(paths):
    return set(paths_of(paths))


@given(PATHS, PATHS)
def test_sets_of_paths_obey_the_laws_of_sets(one, other):
    assert members(union(one, other)) == members(one) | members(other)
    assert members(intersection(one, other)) == members(one) & members(other)
    assert members(difference(one, other)) == members(one) - members(other)
    assert all(has(one, *path) for path in members(one))


@given(st.dictionaries(st.sampled_from(["f:a", "f:b"]), PATHS, min_size=1))
def test_fields_v1_loses_nothing(paths):
    assert members(decode(encode(paths))) == members(paths)
