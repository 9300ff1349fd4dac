"""Runs a plan: one world is settled, and forked for each variant."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from seatrial.harness import __version__
from seatrial.harness.history.log import Digest, History
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel, Ran
from seatrial.harness.kernel.errors import LimitHit
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import MINUTE, Duration, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Standing, Trial, Verdict
from seatrial.harness.ports.fleet import Fleet, Substrate
from seatrial.harness.ports.kube import Client
from seatrial.harness.runner.deploy import deploy, unready
from seatrial.harness.runner.jury import Jury
from seatrial.harness.runner.outcome import Phase, Result, Unready
from seatrial.harness.runner.plan import STORM_MAX, Plan, Variant
from seatrial.harness.world.fork import Snapshot
from seatrial.harness.world.world import World

__all__ = ["OPERATOR", "Settled", "run_variant", "settle"]

OPERATOR = Client(name="seatrial", user_agent="seatrial", place="outside", field_manager="seatrial")
# An app with large images may need longer than the scenario's settle; longer than this it will not come.
SETTLE_MAX: Duration = 60 * MINUTE
SETTLE_STEP: Duration = 1 * MINUTE
# Clients are there for a while before the storm, so that what they saw before it is on record.
TRAFFIC_LEAD: Duration = 1 * MINUTE

Progress = Callable[[str, str], None]
"""(what, detail): told when a phase begins."""

Watch = Callable[[Kernel], None]
"""Given the kernel that is about to run: whoever may have to stop it."""


class Settled:
    """A world in steady state, kept to be forked."""

    def __init__(
        self,
        plan: Plan,
        world: World,
        missing: tuple[Unready, ...],
        warnings: tuple[str, ...],
        fleet: AbstractContextManager[Fleet],
    ) -> None:
        self.plan = plan
        self.missing = missing
        self.warnings = warnings
        self._last: World | None = world
        self._snapshot: Snapshot[World] | None = None
        self._forkable = world.fleet.forkable
        self._fleet: AbstractContextManager[Fleet] | None = fleet

    @property
    def spent(self) -> bool:
        """Whether its only world is handed out: a fleet of real clusters cannot be copied."""
        return self._last is None

    def close(self) -> None:
        """The fleet is no longer needed; safe twice."""
        fleet, self._fleet = self._fleet, None
        if fleet is not None:
            fleet.__exit__(None, None, None)

    def fork(self, *, last: bool = False) -> World:
        """A world of its own; `last` hands out the settled one itself, since nobody needs it any more."""
        if (last or not self._forkable) and self._last is not None:
            world, self._last = self._last, None
            return world
        if self._snapshot is None:
            assert self._last is not None
            self._snapshot = Snapshot(self._last)
        return self._snapshot.fork()

    def history(self, world: World, digests: Sequence[Digest] = ()) -> History:
        """What a world that was forked from here has lived; digests: of clusters whose records were not kept."""
        kept = world.recorders[:1] if digests else world.recorders
        return History(
            [*(recorder.records for recorder in kept), *([] for _ in digests)],
            self.plan.seed,
            digests=[None, *(digest.hexdigest() for digest in digests)] if digests else None,
            scenario=self.plan.scenario,
            plan=self.plan.digest,
            product=__version__,
        )


@contextmanager
def still_collector(*, first: bool = False) -> Iterator[None]:
    """No garbage collection while time runs: it costs up to half of it.

    first: what stands now (modules, tables) is put aside for good, so that no later collection looks at it again.
    """
    was = gc.isenabled()
    if first:
        gc.collect()
        gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def settle(plan: Plan, substrate: Substrate, progress: Progress, watch: Watch = lambda _kernel: None) -> Settled:
    """Open the fleet, deploy the app, and let time pass until it is steady."""
    progress("settle", f"{plan.fleet_words}, {len(plan.workloads)} workloads")
    kernel = Kernel(plan.fleet.start, len(plan.fleet.clusters))
    watch(kernel)
    recorders = [Recorder(agenda) for agenda in kernel.agendas]
    with still_collector(first=True), ExitStack() as undo:
        opened = substrate.open(plan.fleet, kernel, tuple(recorders))
        fleet = undo.enter_context(opened)
        world = World(kernel, fleet, recorders)
        world.enter("settle")
        # The cluster's own parts first: a namespace needs its service account before a pod can come.
        world.run_for(SETTLE_STEP)
        warnings = []
        for cluster in range(1, len(plan.fleet.clusters) + 1):
            warnings += deploy(fleet.kube(cluster, OPERATOR), plan.manifests, plan.places, fleet.check)
        world.run_for(plan.settle)
        missing = _missing(plan, world)
        start = world.phases[0][1]  # the wall's on real clusters
        while missing and world.now < start + SETTLE_MAX:
            if world.run_for(SETTLE_STEP) is Ran.STOPPED:
                break
            missing = _missing(plan, world)
        fleet.open_traffic()
        world.run_for(TRAFFIC_LEAD)
        world.forget_settling()
        undo.pop_all()  # from here on it is the settled world that closes it
    return Settled(plan, world, missing, tuple(warnings), opened)


def _missing(plan: Plan, world: World) -> tuple[Unready, ...]:
    return tuple(
        lack
        for cluster in range(1, len(plan.fleet.clusters) + 1)
        for lack in unready(world.fleet.kube(cluster, OPERATOR), plan.workloads)
    )


def run_variant(
    settled: Settled,
    variant: Variant,
    progress: Progress,
    *,
    last: bool = False,
    watch: Watch = lambda _kernel: None,
) -> Result:
    """Storm, heal, calm, verdict."""
    plan = settled.plan
    with still_collector():
        world = settled.fork(last=last)
        watch(world.kernel)
        world.fleet.use_node_lifecycle(variant.node_lifecycle)
        juries = _seat(plan, world)
        digests = _drop_records(world, plan.seed) if plan.history == "digest" else []
        limits: list[str] = []
        try:
            stopped = _live(plan, variant, world, progress)
        except LimitHit as limit:
            limits.append(str(limit))
            stopped = False
        if any(checker.name == "no-data-loss" for checker in plan.checkers):
            world.fleet.census()
        world.enter("end")
        findings = [finding for jury in juries for finding in jury.findings(world.now)]
        findings += _unfelt(world, juries)
    return Result(
        name=variant.name,
        scenario=plan.scenario,
        seed=plan.seed,
        findings=tuple(findings),
        history=settled.history(world, digests),
        phases=_phases(world),
        settings=variant.settings,
        unready=settled.missing,
        interrupted=stopped,
        limits=tuple(limits),
        warnings=settled.warnings,
    )


def _seat(plan: Plan, world: World) -> list[Jury]:
    juries = []
    fleet_recorder = world.recorders[0]
    for index in range(1, len(world.recorders)):
        trial = Trial(
            cluster=index,
            start=world.phases[0][1],
            apps=plan.workloads,
            settle=plan.settle,
            calm=plan.calm,
            options=plan.options,
        )
        jury = Jury(plan.checkers, trial)
        jury.take_all(fleet_recorder.records)
        jury.take_all(world.recorders[index].records)
        world.recorders[index].taps.append(jury)
        fleet_recorder.taps.append(jury)
        juries.append(jury)
    return juries


def _drop_records(world: World, seed: int) -> list[Digest]:
    """Keep of every cluster's history the digest alone; the fleet's own few records say what was done and when."""
    digests = []
    for recorder in world.recorders[1:]:
        digest = Digest(seed)
        for record in recorder.records:
            digest.take(record)
        recorder.taps.append(digest)
        recorder.keeping = False
        digests.append(digest)
    return digests


def _live(plan: Plan, variant: Variant, world: World, progress: Progress) -> bool:
    """True if someone stopped it."""
    progress("storm", ", ".join(step.fault.name for step in variant.steps))
    storm = world.open_storm(variant.steps, Streams(plan.seed), plan.workloads)
    if world.run_for(variant.storm) is Ran.STOPPED:
        return True
    while not storm.over and world.now < storm.start + STORM_MAX:
        if world.run_for(MINUTE) is Ran.STOPPED:
            return True
    progress("heal", "")
    world.heal()
    world.enter("calm")
    progress("calm", duration_text(plan.calm))
    return world.run_for(plan.calm) is Ran.STOPPED


def _unfelt(world: World, juries: list[Jury]) -> list[Finding]:
    """A fault that nothing felt proves nothing: the run is UNKNOWN."""
    storm = world.storm
    found: list[Finding] = []
    if storm is None:
        return found
    evidence: tuple[Evidence, ...]
    for name, step in storm.steps.items():
        record = storm.begun.get(name)
        if record is None:
            seen, evidence = "it never began: its condition never came", ()
        elif not any(record in jury.touched for jury in juries):
            seen, evidence = "nothing in the fleet changed because of it", (Evidence(0, record, "injected"),)
        else:
            continue
        found.append(
            Finding(
                checker="fault-felt",
                object=f"fault/{step.fault.name}",
                field=name,
                verdict=Verdict.UNKNOWN,
                claim="a fault that is injected is felt",
                seen=seen,
                evidence=evidence,
                advice="choose a target that holds something, or a longer `for:`",
                standing=Standing.COUNTED,
            )
        )
    return found


def _phases(world: World) -> tuple[Phase, ...]:
    starts = world.phases
    return tuple(
        Phase(name, start, starts[index + 1][1])
        for index, (name, start) in enumerate(starts)
        if index + 1 < len(starts)
    )
