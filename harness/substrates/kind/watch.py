"""One thread a watched resource reads what changes; the main thread turns it into records, in order of arrival.

A thread lists, watches from there, and lists again when it was cut off too long; it never touches the history. What
was missed in between is told as one change: the difference of the lists.
"""

from __future__ import annotations

import json
import threading
from http.client import HTTPException, HTTPSConnection
from queue import SimpleQueue
from time import monotonic_ns
from typing import Any, NamedTuple

from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import ApiError
from seatrial.harness.substrates.kind.access import Access
from seatrial.harness.substrates.kind.client import KindKube, Served, error_of, path_of

__all__ = ["RESOURCES", "Arrival", "Watcher", "decode"]

# What checkers read, and what tells why. Leases beat, so they are left out, and Secrets concern nobody.
RESOURCES = (
    "configmaps",
    "controllerrevisions.apps",
    "cronjobs.batch",
    "daemonsets.apps",
    "deployments.apps",
    "endpointslices.discovery.k8s.io",
    "events",
    "horizontalpodautoscalers.autoscaling",
    "jobs.batch",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets.policy",
    "pods",
    "priorityclasses.scheduling.k8s.io",
    "replicasets.apps",
    "serviceaccounts",
    "services",
    "statefulsets.apps",
    "storageclasses.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
)
SILENCE = 90.0  # bookmarks come once a minute; a stream that is silent for longer is dead
PATIENCE = 0.5  # between tries while the API server does not answer


class Arrival(NamedTuple):
    """Something that a watch told. kind: ADDED, MODIFIED, DELETED, or LIST with all objects that there are."""

    at: int  # the wall's, monotonic
    cluster: int
    served: Served
    kind: str
    objects: tuple[Obj, ...]


def decode(line: bytes, served: Served) -> tuple[str, Obj]:
    """(type, object) of one line of a watch. Raises ApiError for an ERROR (the version is too old, say)."""
    step: dict[str, Any] = json.loads(line)
    kind, obj = step["type"], step["object"]
    if kind == "ERROR":
        raise error_of(obj.get("code", 500), json.dumps(obj).encode())
    return kind, {"apiVersion": served.version, "kind": served.kind, **obj}


class Watcher:
    """One thread, one resource."""

    def __init__(self, cluster: int, kube: KindKube, access: Access, served: Served, out: SimpleQueue[Arrival]) -> None:
        self._cluster = cluster
        self._kube = kube
        self._access = access
        self._served = served
        self._out = out
        self._ended = threading.Event()
        self._connection: HTTPSConnection | None = None
        self.listed = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"watch {served.resource}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Tell nothing more; the thread ends by itself."""
        self._ended.set()
        connection = self._connection
        if connection is not None and connection.sock is not None:
            try:
                connection.sock.shutdown(2)
            except OSError:
                return

    def _live(self) -> None:
        version = ""
        while not self._ended.is_set():
            try:
                if not version:
                    version = self._list()
                version = self._follow(version)
            except ApiError as error:
                if error.code == 410:
                    version = ""
                self._ended.wait(PATIENCE)
            except (OSError, HTTPException, ValueError, AttributeError):
                # http.client raises AttributeError when its socket is shut under its hands.
                self._ended.wait(PATIENCE)

    def _list(self) -> str:
        answer = self._kube.list(self._served.resource)
        self._tell("LIST", *answer["items"])
        self.listed.set()
        return str(answer["metadata"]["resourceVersion"])

    def _follow(self, version: str) -> str:
        path = f"{path_of(self._served, '')}?watch=1&allowWatchBookmarks=true&resourceVersion={version}"
        connection = HTTPSConnection(
            self._access.host, self._access.port, timeout=SILENCE, context=self._access.context
        )
        self._connection = connection
        try:
            connection.request("GET", path, headers={"Accept": "application/json", "User-Agent": "seatrial"})
            answer = connection.getresponse()
            if answer.status >= 400:
                raise error_of(answer.status, answer.read())
            while not self._ended.is_set():
                line = answer.readline()
                if not line:
                    break
                kind, obj = decode(line, self._served)
                version = str(obj["metadata"]["resourceVersion"])
                if kind != "BOOKMARK":
                    self._tell(kind, obj)
        except (OSError, HTTPException, ValueError, AttributeError):
            # The stream broke: go on from the last version that was told.
            self._ended.wait(PATIENCE)
        finally:
            connection.close()
        return version

    def _tell(self, kind: str, *objects: Obj) -> None:
        if not self._ended.is_set():
            self._out.put(Arrival(monotonic_ns(), self._cluster, self._served, kind, objects))
