"""What is asked of Docker: is it there, which containers are there, stop, start, a command inside one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.substrates.kind.command import CommandFailed, run

__all__ = ["LABEL", "Docker"]

LABEL = "io.x-k8s.kind.cluster"
QUICK = 20.0
SLOW = 60.0


class Docker:
    """The CLI; honours DOCKER_HOST and contexts as it does."""

    def check(self) -> str:
        """The engine's version. Raises Unavailable where there is none."""
        try:
            return run(["docker", "version", "--format", "{{.Server.Version}}"], deadline=QUICK).strip()
        except CommandFailed as error:
            raise Unavailable(f"Docker does not answer ({error}); start it, or leave out --on kind") from error

    def images(self, name: str) -> tuple[str, ...]:
        """The local tags of an image, newest first as Docker lists them."""
        lines = run(["docker", "images", name, "--format", "{{.Repository}}:{{.Tag}}"], deadline=QUICK)
        return tuple(lines.split())

    def has_image(self, image: str) -> bool:
        """Whether the image is here."""
        try:
            run(["docker", "image", "inspect", "--format", "{{.Id}}", image], deadline=QUICK)
        except CommandFailed:
            return False
        return True

    def containers(self, cluster: str) -> tuple[str, ...]:
        """Names of a kind cluster's containers, running or not."""
        told = run(
            ["docker", "ps", "-a", "--filter", f"label={LABEL}={cluster}", "--format", "{{.Names}}"], deadline=QUICK
        )
        return tuple(sorted(told.split()))

    def nodes(self) -> tuple[str, ...]:
        """Names of every running kind node of this engine, whosever."""
        return tuple(
            run(["docker", "ps", "--filter", f"label={LABEL}", "--format", "{{.Names}}"], deadline=QUICK).split()
        )

    def inspect(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """What Docker knows of containers."""
        listed = list(names)
        if not listed:
            return []
        found: list[dict[str, Any]] = json.loads(run(["docker", "inspect", *listed], deadline=QUICK))
        return found

    def running(self, name: str) -> bool:
        """Whether a container runs and is not paused; False where there is none."""
        try:
            state = run(["docker", "inspect", "--format", "{{.State.Running}} {{.State.Paused}}", name], deadline=QUICK)
        except CommandFailed:
            return False
        return state.split() == ["true", "false"]

    def address(self, name: str) -> str:
        """A container's address on its network, "" where it has none."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        words = run(["docker", "inspect", "--format", form, name], deadline=QUICK).split()
        return words[0] if words else ""

    def stop(self, names: Sequence[str]) -> None:
        """Power off: no signal that anybody could handle."""
        run(["docker", "kill", *names], deadline=SLOW)

    def start(self, names: Sequence[str]) -> None:
        """Power on."""
        run(["docker", "start", *names], deadline=SLOW)

    def inside(self, name: str, words: Sequence[str], *, deadline: float = QUICK) -> str:
        """Run a command in a container."""
        return run(["docker", "exec", name, *words], deadline=deadline)

    def has_network(self, name: str) -> bool:
        """Whether there is such a network."""
        return name in run(["docker", "network", "ls", "--format", "{{.Name}}"], deadline=QUICK).split()

    def drop_network(self, name: str) -> None:
        """Delete a network that nobody uses; one that somebody uses stays."""
        try:
            run(["docker", "network", "rm", name], deadline=QUICK)
        except CommandFailed:
            return

    def remove(self, names: Sequence[str]) -> None:
        """Delete containers and their anonymous volumes."""
        if names:
            run(["docker", "rm", "-f", "-v", *names], deadline=SLOW)
