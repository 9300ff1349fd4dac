"""From a request to a verdict: names are bound before anything starts, then runs are forked from a settled world."""

from seatrial.harness.runner.request import RunRequest
from seatrial.harness.runner.run import plan_of, run_request

__all__ = ["RunRequest", "plan_of", "run_request"]
