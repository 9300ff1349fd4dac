"""Stand-ins for the platform's own systems, good and bad. `STANDINS` holds all of them by name."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.fakes.platform.yard import Standin
from seatrial.harness.ports.registry import Registry

__all__ = ["STANDINS"]

_PLACES = {
    "controllers-off": "controllers_off:ControllersOff",
    "forgetful-etcd": "forgetful_etcd:ForgetfulEtcd",
    "hasty-health-check": "hasty_health_check:HastyHealthCheck",
    "rebalancer": "rebalancer:Rebalancer",
    "random-scheduler": "random_scheduler:RandomScheduler",
}

STANDINS: Mapping[str, type[Standin]] = Registry(__name__, _PLACES)
