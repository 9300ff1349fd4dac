"""Whether a container's image is there, and how long and how well a pull goes.

Sources: pkg/kubelet/images/image_manager.go, k8s.io/client-go/util/flowcontrol/backoff.go (v1.36.3).
Differs from the real one: a node's pulls do not wait for each other or share bandwidth; nothing is collected as
garbage; no pull secrets are checked.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.base import Base
from seatrial.fakes.kubelet.state import Container, Node, Pod
from seatrial.harness.kernel.time import SECOND, Duration
from seatrial.harness.ports.event import Key

__all__ = ["BACKOFF_FIRST", "BACKOFF_LAST", "Images"]

BACKOFF_FIRST: Duration = 10 * SECOND
BACKOFF_LAST: Duration = 300 * SECOND
REGISTRY = "registry"


class Images(Base):
    """Each node's images."""

    def image(self, node: Node, pod: Pod, container: Container) -> Duration | None:
        """How long it takes until the image is there; None, and `container.why`, if it cannot be had now."""
        recipe = container.recipe
        image, policy = recipe.image, recipe.pull_policy
        here = recipe.present or image in node.images
        if policy == "Never" and not here:
            message = f'Container image "{image}" is not present with pull policy of Never'
            self.event(node, pod, "Warning", "ErrImageNeverPull", message, container)
            self.event(node, pod, "Warning", "Failed", "Error: ErrImageNeverPull", container)
            container.why = ("ErrImageNeverPull", message)
            return None
        if here and policy != "Always":
            if self.chatty:
                text = f'Container image "{image}" already present on machine and can be accessed by the pod'
                self.event(node, pod, "Normal", "Pulled", text, container)
            return 0
        return self._pull(node, pod, container, here)

    def _pull(self, node: Node, pod: Pod, container: Container, here: bool) -> Duration | None:
        recipe = container.recipe
        image = recipe.image
        now = self.agenda.time
        if now < container.image_retry_at:
            text = f'Back-off pulling image "{image}"'
            self.event(node, pod, "Normal", "BackOff", text, container)
            self.event(node, pod, "Warning", "Failed", "Error: ImagePullBackOff", container)
            failure = container.why[1] if container.why else ""
            if not failure.startswith(text):
                failure = f"{text}: ErrImagePull: {failure}"
            container.why = ("ImagePullBackOff", failure)
            return None
        if self.chatty:
            self.event(node, pod, "Normal", "Pulling", f'Pulling image "{image}"', container)
        if recipe.pull_fails or not self.links.exchange(node.place, REGISTRY):
            self._pull_failed(node, pod, container)
            if not recipe.pull_fails:
                self._feel(node, image)
            return None
        container.image_backoff = 0
        trip = self.links.delay(node.place, REGISTRY)
        if here:
            return trip
        if recipe.pull_time >= 0:
            length = recipe.pull_time
        else:
            length = recipe.image_size * SECOND // self.stages.image_rate
            length = pod.stream.jitter(length, 200_000) + trip
        node.images[image] = now + length
        return length

    def _feel(self, node: Node, image: str) -> None:
        """The first pull that fails for want of the registry is that fault's doing."""
        blamed = self.blamed.get(REGISTRY, 0)
        if blamed:
            self.blamed[REGISTRY] = 0
            before, self.agenda.cause = self.agenda.cause, blamed
            self.note.write(f"kubelet/{node.name}", "felt", Key("fault", "", REGISTRY), None, {"image": image})
            self.agenda.cause = before

    def _pull_failed(self, node: Node, pod: Pod, container: Container) -> None:
        image = container.recipe.image
        host = image.partition("/")[0] if "/" in image else "registry-1.docker.io"
        reason = "not found" if container.recipe.pull_fails else f'failed to do request: Head "https://{host}/v2/": EOF'
        message = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {reason}'
        self.event(node, pod, "Warning", "Failed", f'Failed to pull image "{image}": {message}', container)
        self.event(node, pod, "Warning", "Failed", "Error: ErrImagePull", container)
        container.why = ("ErrImagePull", message)
        backoff = container.image_backoff
        container.image_backoff = min(backoff * 2, BACKOFF_LAST) if backoff else BACKOFF_FIRST
        container.image_retry_at = self.agenda.time + container.image_backoff
