"""POST: names, metadata, defaults, admission, and pods that share a spec."""

import pytest

from seatrial.harness.ports.kube import AlreadyExists, ApiError, BadRequest, Forbidden, Invalid, NotFound


def test_a_new_object_gets_uid_version_and_time(server):
    made = server.kube.create(
        "configmaps", "default", server.config(uid="mine", creationTimestamp="2000-01-01T00:00:00Z")
    )

    assert made["metadata"]["uid"] != "mine"
    assert made["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert int(made["metadata"]["resourceVersion"]) == server.store.revision


def test_a_name_that_comes_back_gets_another_uid(server):
    first = server.kube.create("configmaps", "default", server.config())
    server.kube.delete("configmaps", "default", "c")

    assert server.kube.create("configmaps", "default", server.config())["metadata"]["uid"] != first["metadata"]["uid"]


def test_generated_names_are_the_same_in_every_run(server):
    body = {**server.config(), "metadata": {"generateName": "gen-"}}
    names = [server.kube.create("configmaps", "default", body)["metadata"]["name"] for _ in range(3)]
    again = [type(server)().kube.create("configmaps", "default", body)["metadata"]["name"] for _ in range(1)]

    assert len(set(names)) == 3
    assert again == names[:1]
    assert all(len(name) == len("gen-") + 5 for name in names)


def test_a_name_is_taken_once(server):
    server.kube.create("configmaps", "default", server.config())

    with pytest.raises(AlreadyExists, match='configmaps "c" already exists'):
        server.kube.create("configmaps", "default", server.config())


def test_a_namespace_must_be_there_and_not_going(server):
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        server.kube.create("configmaps", "nowhere", server.config())
    server.kube.delete("namespaces", "", "other")

    with pytest.raises(
        Forbidden, match="unable to create new content in namespace other because it is being"
    ) as caught:
        server.kube.create("configmaps", "other", server.config())
    assert caught.value.details["causes"][0]["reason"] == "NamespaceTerminating"


def test_another_namespace_in_the_body_is_refused(server):
    with pytest.raises(BadRequest, match="namespace of the provided object does not match"):
        server.kube.create("configmaps", "default", server.config(namespace="other"))


def test_a_resource_that_is_not_served_is_not_found(server):
    with pytest.raises(ApiError) as caught:
        server.kube.list("unicorns.example.com")

    assert (caught.value.code, caught.value.message) == (404, "the server could not find the requested resource")


def test_a_dry_run_leaves_no_trace(server):
    before = server.store.revision, len(server.note.records), server.kube.create
    dry = server.kube.create("configmaps", "default", server.config(), dry_run=True)
    wet = server.kube.create("configmaps", "default", server.config())

    assert dry["metadata"]["name"] == "c"
    assert "resourceVersion" not in dry["metadata"]
    assert server.store.revision == before[0] + 1
    assert len(server.note.records) == before[1] + 1
    fresh = type(server)()
    assert fresh.kube.create("configmaps", "default", server.config())["metadata"]["uid"] == wet["metadata"]["uid"]


def test_status_and_generation_are_the_servers(server):
    body = {**server.pod(), "status": {"phase": "Running"}}
    body["metadata"] = {**body["metadata"], "generation": 9}

    made = server.kube.create("pods", "default", body)

    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert made["metadata"]["generation"] == 1


def test_a_pod_is_given_account_tolerations_and_priority(server):
    spec = server.kube.create("pods", "default", server.pod())["spec"]

    assert (spec["serviceAccountName"], spec["priority"]) == ("default", 0)
    assert [toleration["tolerationSeconds"] for toleration in spec["tolerations"]] == [300, 300]
    assert spec["volumes"][0]["name"].startswith("kube-api-access-")
    assert spec["containers"][0]["volumeMounts"][0]["name"] == spec["volumes"][0]["name"]


def test_a_pod_without_its_account_or_class_is_forbidden(server):
    with pytest.raises(Forbidden, match='error looking up service account default/ghost: serviceaccount "ghost" not'):
        server.kube.create("pods", "default", server.pod(serviceAccountName="ghost"))
    with pytest.raises(Forbidden, match="no PriorityClass with name grand was found"):
        server.kube.create("pods", "default", server.pod(priorityClassName="grand"))


def test_pods_of_one_template_share_one_spec_and_one_status(server):
    spec = server.pod()["spec"]
    body = {"metadata": {"generateName": "web-", "labels": {"app": "web"}}, "spec": spec}

    one, two, three = (server.submit("create", "pods", "", body) for _ in range(3))

    assert one["metadata"]["name"] != two["metadata"]["name"]
    assert two["spec"] == one["spec"]
    assert server.store.freezing
    assert three["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert server.schema.default(server.schema.kind("pods"), one)["spec"] == one["spec"]


def test_what_admission_looked_at_is_looked_at_again_when_it_changes(server):
    body = {"metadata": {"generateName": "web-", "labels": {"app": "web"}}, "spec": server.pod()["spec"]}
    server.submit("create", "pods", "", body)
    server.kube.create(
        "serviceaccounts",
        "default",
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default"},
            "imagePullSecrets": [{"name": "key"}],
        },
    )

    assert server.submit("create", "pods", "", body)["spec"]["imagePullSecrets"] == [{"name": "key"}]


def test_a_shared_spec_lets_no_bad_metadata_through(server):
    spec = server.pod()["spec"]
    server.submit("create", "pods", "", {"metadata": {"name": "good", "labels": {"app": "web"}}, "spec": spec})

    with pytest.raises(Invalid):
        server.submit("create", "pods", "", {"metadata": {"name": "Bad_Name", "labels": {"app": "web"}}, "spec": spec})
    with pytest.raises(Invalid):
        server.submit(
            "create", "pods", "", {"metadata": {"name": "fine", "labels": {"app": "no spaces"}}, "spec": spec}
        )


def test_jobs_get_a_selector_of_their_own(server):
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "i"}]}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": template}}

    made = server.kube.create("jobs.batch", "default", job)

    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert made["spec"]["template"]["metadata"]["labels"]["job-name"] == "j"
    assert made["metadata"]["labels"]["controller-uid"] == uid


def test_claims_and_volumes_are_protected_and_claims_get_the_default_class(server):
    for name, default in (("slow", "false"), ("fast", "true")):
        server.kube.create(
            "storageclasses.storage.k8s.io",
            "",
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {
                    "name": name,
                    "annotations": {"storageclass.kubernetes.io/is-default-class": default},
                },
                "provisioner": "x.io/y",
            },
        )
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }

    made = server.kube.create("persistentvolumeclaims", "default", claim)

    assert made["spec"]["storageClassName"] == "fast"
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    assert made["status"]["phase"] == "Pending"


def test_a_node_is_born_not_ready(server):
    made = server.kube.create("nodes", "", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})

    assert made["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
