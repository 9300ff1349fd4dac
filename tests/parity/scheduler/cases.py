"""The cases that are put to the real kube-scheduler: nodes, what is there before, and steps.

A case is plain data. Steps: `create` a pod and see where it goes or why it does not; `delete` a pod (at once, as a
kubelet would end it); `patch` an object; `look` at a pod that waited.
"""

from __future__ import annotations

import json

from moving import drawn, preemption, storage, waking
from pieces import RUN, Obj
from placing import affinity, fit, nodes, topology

__all__ = ["RUN", "cases"]


def cases(run: str = "") -> list[Obj]:
    """All cases; `run` makes the names of nodes this run's own."""
    listed = [*fit(), *nodes(), *topology(), *affinity(), *preemption(), *storage(), *waking()]
    listed += [drawn(seed) for seed in range(1, 31)]
    # The lifecycle controller remembers a name for some seconds: each case has its own.
    return [json.loads(json.dumps(found).replace('"sp-', f'"sp{run}{number}-')) for number, found in enumerate(listed)]
