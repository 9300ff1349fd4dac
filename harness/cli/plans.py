"""`--dry-run`: what would be run, as data and as text."""

from __future__ import annotations

from typing import Any

from seatrial.harness.cli.talk import data
from seatrial.harness.kernel.time import duration_text
from seatrial.harness.runner.plan import Plan, Variant
from seatrial.harness.scenario.manifests.kinds import title_of

__all__ = ["plan_facts", "show_plan"]


def plan_facts(plan: Plan) -> dict[str, Any]:
    """The plan as plain data."""
    return {
        "apiVersion": "seatrial.dev/v1alpha1",
        "kind": "Plan",
        "scenario": plan.scenario,
        "why": plan.why,
        "seed": plan.seed,
        "digest": plan.digest,
        "fleet": plan.fleet_words,
        "clusters": len(plan.fleet.clusters),
        "app": list(plan.app),
        "objects": [title_of(obj) for obj in plan.manifests],
        "workloads": list(plan.workloads),
        "settle": duration_text(plan.settle),
        "runs": [_variant_facts(variant) for variant in plan.variants],
        "calm": duration_text(plan.calm),
        "promises": [checker.name for checker in plan.checkers],
        "warnings": list(plan.warnings),
        "command": plan.command,
    }


def _variant_facts(variant: Variant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "settings": dict(variant.settings),
        "storm": duration_text(variant.storm),
        "steps": [
            {
                "id": step.id,
                "fault": step.fault.name,
                "at": None if step.at is None else duration_text(step.at),
                "for": None if step.lasts is None else duration_text(step.lasts),
                "after": list(step.after),
                "place": step.place,
                "needs": sorted(step.fault.needs),
            }
            for step in variant.steps
        ],
    }


def show_plan(facts: dict[str, Any]) -> None:
    """The plan for people."""
    data(f"{facts['scenario']}, seed {facts['seed']}: {facts['why']}")
    data(f"  fleet     {facts['fleet']}")
    data(f"  app       {', '.join(facts['app'])}: {len(facts['objects'])} objects, {len(facts['workloads'])} workloads")
    data(f"  settle    {facts['settle']}")
    for run in facts["runs"]:
        data(f"  storm     {run['storm']}" + (f"  {run['name']}" if run["name"] else ""))
        for step in run["steps"]:
            begins = (
                f"at {step['at']}" if step["at"] is not None else f"after {', '.join(step['after']) or 'a condition'}"
            )
            lasts = f", for {step['for']}" if step["for"] not in (None, "0s") else ""
            data(f"              {step['id']} {begins}{lasts}")
    data(f"  calm      {facts['calm']}")
    data(f"  promises  {', '.join(facts['promises'])}")
    for warning in facts["warnings"]:
        data(f"  warning   {warning}")
