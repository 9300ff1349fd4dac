"""stub"""

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj


def charge(core: Core, request: Request, resource: str, new: Obj, old: Obj | None) -> None:
    return
