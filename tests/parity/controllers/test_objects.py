"""Single objects of a real cluster (recorded by record.py), and what our controllers make in their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seatrial.fakes.controllers import cronjob, namespace
from seatrial.harness.kernel.time import MILLISECOND, parse_instant

OBJECTS = Path(__file__).parent / "objects"


def _load(name: str) -> Any:
    return json.loads((OBJECTS / f"{name}.json").read_text())


def test_a_cronjob_makes_the_job_that_the_real_one_made() -> None:
    recorded = _load("cronjob")
    owner, real = recorded["CronJob"], recorded["Job"]
    scheduled = parse_instant(owner["status"]["lastScheduleTime"])

    answer = cronjob.decide({**owner, "status": {}}, [], scheduled + 100 * MILLISECOND)

    made = next(write for write in answer.writes if write.verb == "create").body
    for field in ("name", "namespace", "labels", "annotations", "ownerReferences"):
        assert made["metadata"][field] == real["metadata"][field]
    template = {**real["spec"]["template"], "metadata": made["spec"]["template"].get("metadata")}
    assert made["spec"]["template"]["spec"] == template["spec"]


def test_a_job_that_was_seen_is_listed_as_the_real_one_lists_it() -> None:
    recorded = _load("cronjob")
    owner, real = recorded["CronJob"], recorded["Job"]
    scheduled = parse_instant(owner["status"]["lastScheduleTime"])

    name = real["metadata"]["name"]
    answer = cronjob.decide({**owner, "status": {}}, [real], scheduled + 200 * MILLISECOND, (name, scheduled))

    told = next(write for write in answer.writes if write.subresource == "status").body["status"]
    listed, expected = told.pop("active"), owner["status"].pop("active")
    assert told == owner["status"]
    assert [{**one, "resourceVersion": ""} for one in listed] == [{**one, "resourceVersion": ""} for one in expected]


def test_a_namespace_that_is_held_up_says_what_the_real_one_said() -> None:
    real = _load("namespace")
    status = {"phase": "Terminating"}
    held = {"metadata": {"name": "held", "finalizers": ["example.com/keep"], "deletionTimestamp": "x"}}
    now = parse_instant(real["status"]["conditions"][0]["lastTransitionTime"])

    answer = namespace.decide({**real, "status": status}, {"configmaps": [held]}, now)

    assert _timeless(answer.writes[0].body["status"]) == _timeless(real["status"])


def _timeless(status: Any) -> Any:
    conditions = [{k: v for k, v in c.items() if k != "lastTransitionTime"} for c in status["conditions"]]
    return {**status, "conditions": conditions}
