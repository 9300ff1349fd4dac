"""Manifests as people have them: what is kept, what is left out with a word, what is refused with its place."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.library import builtin_apps
from seatrial.harness.scenario.manifests.app import App, load_app
from seatrial.harness.scenario.manifests.kinds import title_of

RECORDED = Path(__file__).parent / "recorded" / "shop-get-o-yaml.yaml.gz"

POD = "containers: [{name: c, image: i}]"
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {POD}
"""


def deployment(name: str = "web", pod: str = POD) -> str:
    return DEPLOYMENT.replace("NAME", name).replace("POD", pod)


Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(text: str, name: str = "app.yaml") -> str:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return str(file)

    return put


def titles(app: App) -> list[str]:
    return [title_of(obj) for obj in app.objects]


def named(app: App, title: str) -> Obj:
    return next(obj for obj in app.objects if title_of(obj) == title)


def refusal(*paths: str, strict: bool = False) -> list[str]:
    with pytest.raises(BadInput) as error:
        load_app(paths, strict=strict)
    folder = str(Path(paths[0]).parent)
    return [line.replace(f"{folder}/", "") for line in str(error.value).splitlines()]


class TestForms:
    """Files, folders, standard input, Lists, JSON, helm."""

    def test_a_file_of_several_documents(self, write: Write) -> None:
        app = load_app([write(deployment("a") + "---\n" + deployment("b"))])

        assert app.workloads == ("deployments.apps/default/a", "deployments.apps/default/b")

    def test_a_folder_is_read_with_its_folders_in_order_without_hidden_ones(self, write: Write, tmp_path: Path) -> None:
        write(deployment("b"), "b.yml")
        write(deployment("a"), "sub/a.yaml")
        write("{}", ".git/x.yaml")
        write("no manifest", "README.md")
        write(json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}), "c.json")

        app = load_app([str(tmp_path)])

        assert titles(app) == ["Service/default/s", "Deployment/default/b", "Deployment/default/a"]

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(deployment().encode())))

        app = load_app(["-"])

        assert app.places["Deployment/default/web"] == "<stdin>:2:1"

    def test_a_list_and_a_typed_list_are_opened(self, write: Write) -> None:
        text = (
            "kind: List\napiVersion: v1\nitems:\n- {kind: Service, apiVersion: v1, metadata: {name: a}}\n"
            "---\nkind: ServiceList\napiVersion: v1\nitems:\n- metadata: {name: b}\n"
        )

        app = load_app([write(text)])

        assert app.services == ("services/default/a", "services/default/b")
        assert app.places["Service/default/a"].endswith("app.yaml:4:3")
        assert named(app, "Service/default/b")["kind"] == "Service"

    def test_json_objects_one_after_the_other_are_read_as_kubectl_does(self, write: Write) -> None:
        one = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}
        other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}

        app = load_app([write(json.dumps(one, indent="\t") + "\n" + json.dumps(other), "app.json")])

        assert app.services == ("services/default/a", "services/default/b")

    def test_helms_source_stands_in_every_place(self, write: Write) -> None:
        app = load_app([write("---\n# Source: shop/templates/web.yaml" + deployment())])

        assert app.places["Deployment/default/web"].endswith("app.yaml:3:1 (shop/templates/web.yaml)")

    def test_anchors_may_stand_in_manifests(self, write: Write) -> None:
        text = "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: &l {x: z}}\nspec: {selector: *l}\n"

        assert named(load_app([write(text)]), "Service/default/a")["spec"] == {"selector": {"x": "z"}}

    @pytest.mark.parametrize("name", builtin_apps())
    def test_the_apps_that_are_brought_along_need_no_assumption(self, name: str) -> None:
        assert load_app([name], strict=True).warnings == ()


class TestOrder:
    """Installed as kubectl and helm would."""

    def test_what_others_need_comes_first(self, write: Write) -> None:
        kinds = [
            ("networking.k8s.io/v1", "Ingress"),
            ("apps/v1", "Deployment"),
            ("v1", "Service"),
            ("v1", "Secret"),
            ("rbac.authorization.k8s.io/v1", "RoleBinding"),
            ("rbac.authorization.k8s.io/v1", "Role"),
            ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ("v1", "Namespace"),
        ]
        documents = [f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n" for version, kind in kinds]

        app = load_app([write("---\n".join(documents))])

        assert [obj["kind"] for obj in app.objects] == [
            "Namespace",
            "CustomResourceDefinition",
            "Secret",
            "Role",
            "RoleBinding",
            "Service",
            "Deployment",
            "Ingress",
            "ValidatingWebhookConfiguration",
        ]

    def test_custom_resources_come_after_their_definition(self, write: Write) -> None:
        crd = (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.sea.dev}\n"
            "spec: {group: sea.dev, scope: Cluster, names: {kind: Boat, plural: boats}}\n"
        )
        boat = "apiVersion: sea.dev/v1\nkind: Boat\nmetadata: {name: b, namespace: left-over}\n"

        app = load_app([write(boat + "---\n" + crd)])

        assert titles(app) == ["CustomResourceDefinition/boats.sea.dev", "Boat/b"]

    def test_a_custom_resource_without_its_definition_is_left_out_with_a_word(self, write: Write) -> None:
        file = write(deployment() + "---\napiVersion: sea.dev/v1\nkind: Boat\nmetadata: {name: b}\n")

        assert titles(load_app([file])) == ["Deployment/default/web"]
        assert "no CustomResourceDefinition of Boat (sea.dev)" in load_app([file]).warnings[0]
        assert "no CustomResourceDefinition of Boat" in refusal(file, strict=True)[0]


class TestAssumed:
    """What pods refer to and nobody brings."""

    POD = (
        "serviceAccountName: robot\n"
        "      priorityClassName: urgent\n"
        "      containers:\n"
        "      - name: c\n"
        "        image: i\n"
        "        env:\n"
        "        - {name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}\n"
        "        - {name: B, valueFrom: {secretKeyRef: {name: db, key: password}}}\n"
        "        - {name: C, valueFrom: {configMapKeyRef: {name: gone, key: x, optional: true}}}\n"
        "        envFrom: [{configMapRef: {name: settings}}]\n"
        "      volumes:\n"
        "      - {name: v, persistentVolumeClaim: {claimName: data}}\n"
        "      - {name: p, projected: {sources: [{secret: {name: tls, items: [{key: crt, path: crt}]}}]}}\n"
    )

    def text(self) -> str:
        return deployment().replace("spec: {containers: [{name: c, image: i}]}", "spec:\n      " + self.POD)

    def test_it_is_made_up_with_the_keys_that_are_asked_for(self, write: Write) -> None:
        app = load_app([write(self.text())])

        assert sorted(titles(app)) == [
            "ConfigMap/default/settings",
            "Deployment/default/web",
            "PersistentVolumeClaim/default/data",
            "PriorityClass/urgent",
            "Secret/default/db",
            "Secret/default/tls",
            "ServiceAccount/default/robot",
        ]
        assert sorted(named(app, "Secret/default/db")["data"]) == ["password", "user"]
        assert list(named(app, "Secret/default/tls")["data"]) == ["crt"]

    def test_each_is_told_with_the_place_of_who_needs_it(self, write: Write) -> None:
        app = load_app([write(self.text())])

        assert len(app.warnings) == 6
        assert any(
            "app.yaml:2:1: Secret/default/db, which Deployment/default/web refers to, is not among the manifests"
            in warning
            for warning in app.warnings
        )

    def test_strict_refuses_all_of_it(self, write: Write) -> None:
        assert len(refusal(write(self.text()), strict=True)) == 6

    def test_what_is_brought_is_not_made_up(self, write: Write) -> None:
        brought = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"

        assert "data" not in named(load_app([write(self.text() + brought)]), "Secret/default/db")

    def test_a_namespace_that_nobody_creates_is_created(self, write: Write) -> None:
        file = write(deployment().replace("{name: web}", "{name: web, namespace: shop}", 1))

        app = load_app([file])

        assert titles(app) == ["Namespace/shop", "Deployment/shop/web"]
        assert "Namespace/shop, in which Deployment/shop/web is" in app.warnings[0]
        assert "Namespace/shop" in refusal(file, strict=True)[0]

    def test_a_storage_class_that_a_template_names_is_made_up(self, write: Write) -> None:
        text = (
            deployment().replace("kind: Deployment", "kind: StatefulSet")
            + "  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]\n"
        )

        made = named(load_app([write(text)]), "StorageClass/fast")

        assert made["volumeBindingMode"] == "WaitForFirstConsumer"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    file = tmp_path_factory.mktemp("live") / "get.yaml"
    file.write_bytes(gzip.decompress(RECORDED.read_bytes()))
    return load_app([str(file)])


class TestLive:
    """`kubectl get -o yaml` of a running app, recorded from Kubernetes v1.36.3."""

    def test_only_what_somebody_wrote_is_left(self, app: App) -> None:
        assert titles(app) == [
            "Namespace/shop",
            *(f"PodDisruptionBudget/shop/{name}" for name in ("api", "cart", "db", "web")),
            "ServiceAccount/shop/shop",
            "Secret/shop/database",
            "ConfigMap/shop/settings",
            "StorageClass/standard",
            *(f"PersistentVolumeClaim/shop/data-db-{number}" for number in range(3)),
            *(f"Service/shop/{name}" for name in ("api", "cart", "db", "db-peers", "web")),
            *(f"Deployment/shop/{name}" for name in ("api", "cart", "web")),
            "StatefulSet/shop/db",
            "CronJob/shop/report",
        ]

    def test_what_was_left_out_is_told(self, app: App) -> None:
        assert any("15 x Pod of a ReplicaSet" in warning for warning in app.warnings)
        assert any("the cluster makes them itself" in warning for warning in app.warnings)

    def test_no_mark_of_the_old_cluster_is_left(self, app: App) -> None:
        marks = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "ownerReferences"}

        for obj in app.objects:
            assert marks.isdisjoint(obj["metadata"]), title_of(obj)
            assert "status" not in obj, title_of(obj)
            assert "kubectl.kubernetes.io/last-applied-configuration" not in obj["metadata"].get("annotations", {})

    def test_services_get_new_addresses_but_stay_headless(self, app: App) -> None:
        assert "clusterIP" not in named(app, "Service/shop/web")["spec"]
        assert named(app, "Service/shop/db-peers")["spec"]["clusterIP"] == "None"

    def test_claims_are_no_longer_bound(self, app: App) -> None:
        claim = named(app, "PersistentVolumeClaim/shop/data-db-0")

        assert "volumeName" not in claim["spec"]
        assert "annotations" not in claim["metadata"]

    def test_reading_it_again_changes_nothing(self, app: App, tmp_path: Path) -> None:
        file = tmp_path / "again.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(app.objects)}))

        assert load_app([str(file)], strict=True).objects == app.objects


def live(kind: str, name: str, *, version: str = "v1", namespace: str | None = "shop", **more: Any) -> dict[str, Any]:
    meta = {"name": name, "uid": f"uid-{name}", **more.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": {**meta, "namespace": namespace}, **more}


def load_live(write: Write, *objects: dict[str, Any]) -> App:
    return load_app([write(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))])


class TestLeftOut:
    """What a cluster has of its own."""

    @pytest.mark.parametrize(
        "obj",
        [
            live("ConfigMap", "x", namespace="kube-system"),
            live("Service", "kubernetes", namespace="default"),
            live("ConfigMap", "kube-root-ca.crt"),
            live("ServiceAccount", "default"),
            live("Namespace", "kube-system", namespace=None),
            live("Event", "e"),
            live("Lease", "l", version="coordination.k8s.io/v1"),
            live("Node", "n", namespace=None),
            live("Secret", "token", type="kubernetes.io/service-account-token"),
            live("ClusterRole", "system:node", version="rbac.authorization.k8s.io/v1", namespace=None),
            live("PriorityClass", "system-node-critical", version="scheduling.k8s.io/v1", namespace=None),
            live("Deployment", "going", version="apps/v1", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
            live("Job", "done", version="batch/v1", status={"conditions": [{"type": "Complete", "status": "True"}]}),
            live("Pod", "done", status={"phase": "Succeeded"}),
            live("Pod", "static", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}),
        ],
        ids=lambda obj: f"{obj['kind']}-{obj['metadata']['name']}",
    )
    def test_it_is_left_out_with_a_word(self, write: Write, obj: dict[str, Any]) -> None:
        app = load_live(write, live("Service", "mine"), obj)

        assert app.services == ("services/shop/mine",)
        assert len([title for title in titles(app) if title != "Namespace/shop"]) == 1
        assert any("left out (" in warning and f"1 x {obj['kind']}" in warning for warning in app.warnings)

    def test_what_somebody_wrote_for_kube_system_is_kept(self, write: Write) -> None:
        file = write(deployment().replace("{name: web}", "{name: web, namespace: kube-system}", 1))

        assert titles(load_app([file])) == ["Deployment/kube-system/web"]

    def test_a_bare_pod_forgets_its_node_and_its_token(self, write: Write) -> None:
        spec = {
            "nodeName": "n1",
            "priority": 0,
            "volumes": [{"name": "kube-api-access-x"}, {"name": "own", "emptyDir": {}}],
            "containers": [{"name": "c", "volumeMounts": [{"name": "kube-api-access-x"}, {"name": "own"}]}],
        }

        pod = named(load_live(write, live("Pod", "p", spec=spec)), "Pod/shop/p")

        assert pod["spec"] == {
            "volumes": [{"name": "own", "emptyDir": {}}],
            "containers": [{"name": "c", "volumeMounts": [{"name": "own"}]}],
        }

    def test_a_job_forgets_what_told_its_pods_apart(self, write: Write) -> None:
        labels = {"batch.kubernetes.io/controller-uid": "u", "controller-uid": "u", "job-name": "j", "app": "x"}
        spec = {"selector": {"matchLabels": {"controller-uid": "u"}}, "template": {"metadata": {"labels": labels}}}

        job = named(load_live(write, live("Job", "j", version="batch/v1", spec=spec)), "Job/shop/j")

        assert job["spec"] == {"template": {"metadata": {"labels": {"app": "x"}}}}


def owned(kind: str, name: str, owner: tuple[str, str, str], *, version: str = "v1", controller: bool = True) -> Any:
    api, owner_kind, owner_name = owner
    reference = {"apiVersion": api, "kind": owner_kind, "name": owner_name, "uid": "u", "controller": controller}
    return live(kind, name, version=version, metadata={"ownerReferences": [reference]})


class TestOwners:
    """Children of controllers are left out; other owners are let go."""

    def test_children_whose_controller_runs_here_are_made_again(self, write: Write) -> None:
        app = load_live(
            write,
            live("ReplicaSet", "rs", version="apps/v1"),
            owned("Pod", "p", ("apps/v1", "ReplicaSet", "rs")),
        )

        assert app.workloads == ("replicasets.apps/shop/rs",)

    def test_children_of_an_operator_are_kept_without_it(self, write: Write) -> None:
        crd = live(
            "CustomResourceDefinition",
            "boats.sea.dev",
            version="apiextensions.k8s.io/v1",
            namespace=None,
            spec={"group": "sea.dev", "scope": "Namespaced", "names": {"kind": "Boat"}},
        )
        app = load_live(
            write,
            crd,
            live("Boat", "b", version="sea.dev/v1"),
            owned("Deployment", "crew", ("sea.dev/v1", "Boat", "b"), version="apps/v1"),
        )

        assert "Deployment/shop/crew" in titles(app)
        assert "ownerReferences" not in named(app, "Deployment/shop/crew")["metadata"]
        assert any("Boat b made it, and its controller does not run here" in warning for warning in app.warnings)

    def test_children_without_their_owner_are_kept(self, write: Write) -> None:
        app = load_live(write, owned("Pod", "p", ("apps/v1", "ReplicaSet", "gone")))

        assert app.workloads == ("pods/shop/p",)
        assert any("its owner ReplicaSet gone is not among the manifests" in warning for warning in app.warnings)

    def test_owners_in_a_circle_are_an_error_with_all_places(self, write: Write) -> None:
        objects = [owned("ConfigMap", f"m{number}", ("v1", "ConfigMap", f"m{(number + 1) % 3}")) for number in range(3)]

        lines = refusal(write("\n---\n".join(json.dumps(obj) for obj in objects)))

        assert lines == [
            "app.yaml:1:1: these own each other in a circle: ConfigMap m0 (app.yaml:1:1) -> "
            "ConfigMap m1 (app.yaml:3:1) -> ConfigMap m2 (app.yaml:5:1) -> ConfigMap m0 (app.yaml:1:1)"
        ]

    def test_who_owns_itself_is_an_error(self, write: Write) -> None:
        assert "in a circle" in refusal(write(json.dumps(owned("ConfigMap", "m", ("v1", "ConfigMap", "m")))))[0]

    def test_a_long_line_of_owners_is_no_circle(self, write: Write) -> None:
        objects = [owned("ConfigMap", f"m{number}", ("v1", "ConfigMap", f"m{number + 1}")) for number in range(5000)]

        assert len(load_live(write, *objects).objects) == 5001

    @pytest.mark.parametrize("references", [3, [3], [{"kind": "X"}]])
    def test_broken_references_are_an_error(self, write: Write, references: Any) -> None:
        obj = live("ConfigMap", "m", metadata={"ownerReferences": references})

        assert "ownerReference" in refusal(write(json.dumps(obj)))[0]


class TestRefused:
    """Bad input: place, fact, next step."""

    def test_two_objects_of_one_name_are_told_with_both_places(self, write: Write) -> None:
        file = write(deployment() + "---" + deployment())

        assert refusal(file) == [
            "app.yaml:11:1: Deployment/default/web stands here a second time; the first is at app.yaml:2:1"
        ]

    def test_the_same_name_in_another_version_of_the_group_is_the_same_object(self, write: Write) -> None:
        file = write(deployment() + "---" + deployment().replace("apps/v1", "apps/v1beta1"))

        assert "a second time" in refusal(file)[0]

    def test_the_same_name_in_another_namespace_is_another_object(self, write: Write) -> None:
        other = deployment().replace("{name: web}", "{name: web, namespace: default-2}", 1)

        assert len(load_app([write(deployment() + "---" + other)]).workloads) == 2

    def test_duplicate_keys_are_a_warning_as_for_kubectl(self, write: Write) -> None:
        app = load_app([write(deployment() + "kind: Deployment\n")])

        assert "the key 'kind' stands here twice; the last one wins" in app.warnings[0]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "holds no object"),
            ("# words\n", "holds no object"),
            ("kind: List\napiVersion: v1\nitems: []\n", "holds no object"),
            ("just words\n", "app.yaml:1:1: a manifest must be a mapping, not the word 'just words'"),
            ("a: b\n", "app.yaml:1:1: is no manifest: apiVersion and kind must be given as text"),
            ("apiVersion: 1\nkind: Pod\nmetadata: {}\n", "is no manifest: apiVersion must be given"),
            ("apiVersion: v1\nkind: Pod\n", "Pod: metadata must be a mapping, not nothing"),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: 3}\n", "Pod: metadata.name must be text, not the number 3"),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: y}\n", "must be text, not the truth value true (quote it"),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: 1}\n", "metadata.namespace must be text"),
            (
                "apiVersion: v1\nkind: List\nitems: [3]\n",
                "app.yaml:3:9: a manifest must be a mapping, not the number 3",
            ),
            ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kubectl kustomize"),
            ("apiVersion: seatrial.dev/v1alpha1\nkind: Scenario\nmetadata: {name: x}\n", "is no object of a cluster"),
            (
                "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + "".join(
                    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
                    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
                ),
                "YAML bomb",
            ),
            ("[" * 5000, "nested deeper than 100 levels"),
            ('{"a": ' * 5000, "nested deeper than 100 levels"),
            ("a: b: c", "app.yaml:1:5: mapping values are not allowed"),
        ],
    )
    def test_what_is_no_manifest_is_told(self, write: Write, text: str, told: str) -> None:
        assert told in refusal(write(text))[0]

    def test_all_problems_are_told_at_once(self, write: Write) -> None:
        text = "a: b\n---\nkind: Pod\napiVersion: v1\n---\n3\n"

        assert len(refusal(write(text))) == 3

    def test_a_path_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        assert "there is no such file or folder" in refusal(str(tmp_path / "nope"))[0]

    def test_an_unknown_app_names_the_nearest(self) -> None:
        with pytest.raises(BadInput, match="did you mean 'builtin/storefront'"):
            load_app(["builtin/storfront"])

    def test_an_empty_folder_is_told(self, tmp_path: Path) -> None:
        assert "holds no .yaml, .yml or .json file" in refusal(str(tmp_path))[0]

    @pytest.mark.parametrize(
        ("name", "told"), [("Chart.yaml", "helm template"), ("kustomization.yaml", "kubectl kustomize")]
    )
    def test_folders_that_must_be_rendered_first_are_told(
        self, write: Write, tmp_path: Path, name: str, told: str
    ) -> None:
        write("{}", name)

        assert told in refusal(str(tmp_path))[0]

    def test_standard_input_can_be_named_once(self) -> None:
        with pytest.raises(BadInput, match="can be given once"):
            load_app(["-", "-"])

    def test_an_app_without_workloads_is_told(self, write: Write) -> None:
        app = load_app([write("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n")])

        assert "holds no workload, so nothing will run" in app.warnings[-1]

    @pytest.mark.parametrize(
        "spec",
        ["3", "[]", "{template: 3}", "{template: {spec: [1]}}", "{template: {spec: {containers: 3, volumes: {a: b}}}}"],
    )
    def test_broken_shapes_are_left_to_the_api_server(self, write: Write, spec: str) -> None:
        text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {spec}\n"

        assert titles(load_app([write(text)])) == ["Deployment/default/web"]
