"""Our API server gives the answers that a real v1.36.3 gave to the same requests (`record.py` keeps them)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.client import ApiClient
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import START
from seatrial.harness.ports.kube import ApiError, Client

HERE = Path(__file__).parent


def _beside(name: str) -> ModuleType:
    """A module of this folder: tests are no package."""
    spec = importlib.util.spec_from_file_location(f"seatrial_parity_api_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_CASES = _beside("cases")
CASES: dict[str, Any] = {**_CASES.CASES, **_beside("written").written(_CASES.Step, _CASES.deployment)}
normal, resolved = _beside("normal").normal, _beside("normal").resolved
ANSWERS: dict[str, list[dict[str, Any]]] = json.loads((HERE / "answers.json").read_text())


class Ours:
    """Our API server, asked like the real one."""

    def __init__(self, namespace: str) -> None:
        agenda = Agenda(1, START)
        note = Recorder(agenda)
        self.store = Store(agenda, note, freezing=True)
        self.api = ApiServer("c", agenda, self.store, Schema("1.36"), Links(), Streams(1), note)
        self.namespace = namespace
        kube = self.client("bootstrap")
        for name in ("kube-system", namespace):
            kube.create("namespaces", "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def client(self, manager: str) -> ApiClient:
        kube = self.api.kube(Client("tester", "tester/1", field_manager=manager), managed_fields=True)
        assert isinstance(kube, ApiClient)
        return kube

    def ask(self, step: Any) -> tuple[int, Any]:
        try:
            return 0, self._ask(step)
        except ApiError as error:
            return error.code, error.status()

    def _ask(self, step: Any) -> Any:
        kube = self.client(step.manager)
        where = "" if step.cluster else self.namespace
        checks = {"dry_run": step.dry_run, "validation": step.validation or "Warn"}
        if step.verb == "create":
            return kube.create(step.resource, where, step.body, subresource=step.subresource, **checks)
        if step.verb == "update":
            return kube.update(step.resource, where, step.body, name=step.name, subresource=step.subresource, **checks)
        if step.verb == "patch":
            return kube.patch(
                step.resource,
                where,
                step.name,
                step.body,
                kind=step.kind,
                subresource=step.subresource,
                force=step.force,
                **checks,
            )
        if step.verb in ("get", "await"):
            return kube.get(step.resource, where, step.name, subresource=step.subresource, version=step.version)
        if step.verb == "list":
            return kube.list(
                step.resource,
                where,
                labels=step.labels,
                fields=step.fields,
                limit=step.limit,
                version=step.version,
                match=step.match,
            )
        if step.verb == "deletecollection":
            return kube.delete_collection(step.resource, where, labels=step.labels, fields=step.fields)
        return kube.delete(
            step.resource,
            where,
            step.name,
            grace=step.grace,
            propagation=step.propagation,
            uid=step.uid,
            resource_version=step.version,
            dry_run=step.dry_run,
        )

    def adopt(self, step: Any, real: Any) -> Any:
        """Take over the status that a controller of the real cluster wrote."""
        kube = self.client("kube-controller-manager")
        mine = kube.get(step.resource, self.namespace, step.name)
        return kube.update(step.resource, self.namespace, {**mine, "status": real["status"]}, subresource="status")


@pytest.mark.parametrize("name", CASES)
def test_our_answers_are_those_of_a_real_api_server(name: str) -> None:
    ours = Ours(f"seatrial-{name}")
    answers: list[Any] = []
    wrong = []
    for number, (step, real) in enumerate(zip(CASES[name], ANSWERS[name], strict=True)):
        asked = resolved(step, answers)
        if step.verb == "adopt":
            answers.append(ours.adopt(asked, real["body"]))
            continue
        code, body = ours.ask(asked)
        answers.append(body)
        good = real["code"] in (200, 201, 202) if code == 0 else code == real["code"]
        body, wanted = _as_listed(body), _as_listed(real["body"], past=step.match == "Exact")
        if not good or normal(body) != normal(wanted):
            wrong.append((number, step, real["code"], normal(wanted), code, normal(body)))

    assert not wrong, _told(wrong)


def _as_listed(body: Any, *, past: bool = False) -> Any:
    """The real server leaves out of items what the list says already; ours shares the stored objects.

    past: ours does not know who owned what at an earlier version.
    """
    if not isinstance(body, dict) or "items" not in body:
        return body
    items = [{k: v for k, v in item.items() if k not in ("apiVersion", "kind")} for item in body["items"]]
    if past:
        items = [{**item, "metadata": {**item["metadata"], "managedFields": None}} for item in items]
    return {**body, "items": items}


def _told(wrong: list[Any]) -> str:
    lines = []
    for number, step, real_code, real, code, body in wrong:
        lines.append(f"step {number}: {step.verb} {step.resource}/{step.name}{' ' + step.kind if step.kind else ''}")
        if code and code != real_code:
            lines.append(f"  code: real {real_code}, ours {code}")
        lines += [f"  {line}" for line in _differences(real, body, "")]
    return "\n" + "\n".join(lines)


def _differences(real: Any, ours: Any, path: str) -> list[str]:
    if isinstance(real, dict) and isinstance(ours, dict):
        out = []
        for key in sorted({**real, **ours}):
            if key not in ours:
                out.append(f"{path}.{key}: real {json.dumps(real[key])[:400]}, ours nothing")
            elif key not in real:
                out.append(f"{path}.{key}: real nothing, ours {json.dumps(ours[key])[:400]}")
            else:
                out += _differences(real[key], ours[key], f"{path}.{key}")
        return out
    if isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        return [
            line
            for index, (one, other) in enumerate(zip(real, ours, strict=True))
            for line in _differences(one, other, f"{path}[{index}]")
        ]
    return [] if real == ours else [f"{path}: real {json.dumps(real)[:400]}, ours {json.dumps(ours)[:400]}"]
