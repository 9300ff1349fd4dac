"""A cluster's door: where its API server listens, and the administrator's certificate, from a kubeconfig of our own."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.substrates.kind.journal import RunFolder

__all__ = ["Access", "read_access"]


class Access(NamedTuple):
    """Host, port and what TLS needs."""

    host: str
    port: int
    context: ssl.SSLContext


def read_access(kubeconfig: Path, folder: RunFolder, name: str) -> Access:
    """From a kubeconfig that kind wrote for us. Raises Unavailable for one that leads anywhere but to this machine."""
    config: dict[str, Any] = yaml.safe_load(kubeconfig.read_text("utf-8"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    server = urlsplit(cluster["server"])
    if server.scheme != "https" or server.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise Unavailable(f"{name}: its API server is at {cluster['server']}; only this machine's loopback is used")
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    certificate = folder.file(f"{name}.crt", base64.b64decode(user["client-certificate-data"]).decode())
    key = folder.file(f"{name}.key", base64.b64decode(user["client-key-data"]).decode())
    context = ssl.create_default_context(cadata=authority)
    context.load_cert_chain(certificate, key)
    return Access(server.hostname, server.port or 443, context)
