"""The simulated controllers do with each situation what the real ones did (recorded by record.py)."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seatrial.fakes.controllers.daemonset import DaemonSetController
from seatrial.fakes.controllers.deployment import DeploymentController
from seatrial.fakes.controllers.disruption import DisruptionController
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.job import JobController
from seatrial.fakes.controllers.replicaset import ReplicaSetController
from seatrial.fakes.controllers.resource_quota import ResourceQuotaController
from seatrial.fakes.controllers.serviceaccount import ServiceAccountController
from seatrial.fakes.controllers.statefulset import StatefulSetController
from seatrial.harness.kernel.time import MILLISECOND

HERE = Path(__file__).parent


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"parity_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


situations = _load(HERE / "situations.py")
normal = _load(HERE / "normal.py")
yards = _load(HERE.parents[1] / "fakes" / "controllers" / "workloads" / "conftest.py")
RECORDED = sorted(path.stem for path in (HERE / "recorded").glob("*.json"))


def _replay(situation: Any) -> list[Any]:
    """What ours makes of it, step by step."""
    yard = yards.Yard(
        ServiceAccountController(),
        GarbageCollector(),
        DeploymentController(),
        ReplicaSetController(),
        StatefulSetController(),
        DaemonSetController(),
        JobController(),
        DisruptionController(),
        ResourceQuotaController(),
        nodes=tuple(situations.WORKERS),
    )
    yard.machines.start = 700 * MILLISECOND
    yard.machines.stop = 600 * MILLISECOND
    yard.machines.broken.add("nowhere/none:1")
    yard.machines.ends = {"/bin/sh -c true": (100 * MILLISECOND, 0), "/nope": (0, 128)}
    yard.run("2s")
    seen = []
    for step in situation.steps:
        if step.verb == "apply":
            for obj in step.args:
                meta = {**obj["metadata"], "namespace": "default"}
                yard.create({**obj, "metadata": meta})
        elif step.verb == "patch":
            yard.patch(*step.args)
        elif step.verb == "delete":
            yard.delete(*step.args)
        yard.run(f"{step.seconds}s")
        seen.append(normal.normal(_objects(yard)))
    return seen


def _objects(yard: Any) -> list[Any]:
    found: list[Any] = []
    for resource in normal.LOOKED_AT:
        if resource != "events":
            found += yard.list(resource)
    found += yard.api.core.series.objects("default")
    return found


# What differs, and why.
def _spared(seen: Any) -> Any:
    for listed in seen.values():
        for part in listed:
            if isinstance(part, dict) and "status" in part:
                _spare_status(part["status"])
    events = seen.get("events")
    if events:
        # NoPods comes as often as a budget was looked at before its pods.
        seen["events"] = [text for text in events if "NoPods" not in text]
    return seen


def _spare_status(status: Any) -> None:
    for condition in status.get("conditions") or ():
        condition.pop("lastUpdateTime", None)
    # Ours leaves a count of collisions out until there is one.
    if status.get("collisionCount") == 0:
        del status["collisionCount"]


@pytest.mark.parametrize("name", RECORDED)
def test_the_controllers_do_what_the_real_ones_did(name: str) -> None:
    situation = next(found for found in situations.SITUATIONS if found.name == name)
    expected = json.loads((HERE / "recorded" / f"{name}.json").read_text())

    seen = json.loads(json.dumps(_replay(situation)))

    for number, (ours, real) in enumerate(zip(seen, expected, strict=True)):
        assert _spared(ours) == _spared(real), f"after step {number + 1}"
