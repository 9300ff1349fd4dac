"""stub"""

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj


def admit(_core: Core, _request: Request, pod: Obj) -> Obj:
    return pod


def admit_claim(_core: Core, _request: Request, claim: Obj) -> Obj:
    return claim
