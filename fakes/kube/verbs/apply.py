"""stub"""

from typing import Any

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj


def apply(core: Core, request: Request, body: Any, *, force: bool = False) -> Obj:
    raise Unsupported("server-side apply")
