"""A small vocabulary of its own, so that these tests do not depend on which faults and checkers there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.words import Code, Count, Duration, Name, Place, Selector, Share, Target, Words
from seatrial.harness.scenario.library import Source
from seatrial.harness.scenario.loader import load_scenario
from seatrial.harness.scenario.model import Scenario


@dataclass(frozen=True)
class ZoneLoss:
    """A zone is lost."""

    name: ClassVar[str] = "zone-loss"
    zone: Target = "one"
    cluster: Count = 0


@dataclass(frozen=True)
class LinkCut:
    """A link is cut."""

    name: ClassVar[str] = "link-cut"
    source: Place
    target: Place = "*"
    direction: Literal["both", "forward"] = "both"


@dataclass(frozen=True)
class ApiErrors:
    """Requests are refused."""

    name: ClassVar[str] = "api-errors"
    code: Code = 503
    share: Share = 1_000_000
    from_: Name = ""

    def __post_init__(self) -> None:
        if self.code == 404:
            raise BadInput("api-errors: 404 is no fault")


@dataclass(frozen=True)
class PodKill:
    """Pods are killed."""

    name: ClassVar[str] = "pod-kill"
    momentary: ClassVar[bool] = True
    pod: Target = "one"


@dataclass(frozen=True)
class Upgrade:
    """The cluster is upgraded."""

    name: ClassVar[str] = "upgrade"
    to: Name


@dataclass(frozen=True)
class Converged:
    """All is well again."""

    name: ClassVar[str] = "converged"
    within: Duration = 900_000_000_000
    of: Selector = "app"


@dataclass(frozen=True)
class Availability:
    """Requests are answered."""

    name: ClassVar[str] = "availability"
    at_least: Share = 990_000
    services: tuple[Name, ...] = ()
    if_exercised: bool = False
    grace: Duration | None = None


@pytest.fixture(scope="session")
def words() -> Words:
    return Words(
        faults={"zone-loss": ZoneLoss, "link-cut": LinkCut, "api-errors": ApiErrors, "pod-kill": PodKill},
        checkers={"converged": Converged, "availability": Availability},
        actions={"upgrade": Upgrade},
    )


Load = Callable[..., Scenario]


@pytest.fixture
def load(words: Words) -> Load:
    """Load a scenario; what is left out is filled in with the least that is accepted."""

    def read(body: str = "", *, sets: tuple[str, ...] = (), whole: bool = False, folder: str = ".") -> Scenario:
        head = "" if whole else "apiVersion: seatrial.dev/v1alpha1\nwhy: a test\n"
        tail = "" if whole or "promises:" in body else "\npromises: [converged]\n"
        return load_scenario(Source("test", "test.yaml", head + body + tail, folder), words, sets)

    return read


@pytest.fixture
def complaints(load: Load) -> Callable[..., list[str]]:
    """The lines of a refusal."""

    def refuse(body: str = "", **more: object) -> list[str]:
        with pytest.raises(BadInput) as refusal:
            load(body, **more)
        return str(refusal.value).splitlines()

    return refuse
