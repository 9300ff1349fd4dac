"""Pods are deleted without grace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, choose_pods, draw_token, gather
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Name, Target

__all__ = ["PodKill"]


@dataclass(frozen=True)
class PodKill:
    """Pods are deleted with a grace of 0, as by `kubectl delete --grace-period=0 --force`."""

    name: ClassVar[str] = "pod-kill"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.KILL_POD})
    momentary: ClassVar[bool] = True
    HELP: ClassVar[Mapping[str, str]] = {
        "pod": "names (web-1 or default/web-1), one, minority, all, a count, 30%",
        "app": "only pods of this workload (its name) or with this label (key=value)",
        "namespace": "only pods of this namespace; kube-system is left alone unless it is named",
        "zone": "only pods in this zone",
        "cluster": "one cluster by number; 0 means all",
    }

    pod: Target = "one"
    app: Name = ""
    namespace: Name = ""
    zone: Name = ""
    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """Choose the pods of each cluster."""
        pods = gather(
            choose_clusters(levers, self.cluster),
            lambda cluster: choose_pods(
                levers, cluster, self.pod, draw, namespace=self.namespace, app=self.app, zone=self.zone
            ),
        )
        token = draw_token(self.name, draw)
        return Injury(
            what=f"{len(pods)} pod{'s' * (len(pods) != 1)} killed",
            touched=tuple(dict.fromkeys(f"pod/{pod.namespace}/{pod.name}" for _, pod in pods)),
            harm=tuple(
                Call.of(cluster, "kill_pod", namespace=pod.namespace, pod=pod.name, token=token)
                for cluster, pod in pods
            ),
            heal=(),
        )
