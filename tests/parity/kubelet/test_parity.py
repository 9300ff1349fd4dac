"""Our kubelet tells the lives of small pods as real kubelets did: same versions, order, reasons and messages.

Versions that differ in times alone count once. `python tests/parity/kubelet/record.py` makes the recording anew.
"""

from __future__ import annotations

from types import ModuleType

# A loop of back-offs is drawn with jitter: within the minutes of the recording one more or less may fit in.
JITTERED = ("crash", "on-failure", "completes-always", "init-fails", "liveness", "startup", "bad-image")


def is_jittered(name: str) -> bool:
    return name.startswith(JITTERED) and name != "init-fails-never"


def test_a_pod_goes_through_the_same_versions_as_on_a_real_node(lives: ModuleType, pod_name: str) -> None:
    real = [what for _, what in lives.real_story(pod_name)]

    ours = [what for _, what in lives.our_story(pod_name)]

    if is_jittered(pod_name):
        # Up to the fourth round, and from the deletion on.
        assert ours[:12] == real[:12]
        assert [step if step == "gone" else step["phase"] for step in ours[-2:]] == [
            step if step == "gone" else step["phase"] for step in real[-2:]
        ]
    else:
        assert ours == real


def test_the_steps_come_when_they_came_on_a_real_node(lives: ModuleType, pod_name: str) -> None:
    real = lives.real_story(pod_name)
    ours = lives.our_story(pod_name)

    if is_jittered(pod_name):
        real, ours = real[:7], ours[:7]

    # A turn of probes, of mount retries or of the runtime's relist may fall differently.
    late = {"no-configmap": 15, "no-volume": 64}.get(pod_name, 2.5)
    for (expected, _), (at, _) in zip(real, ours, strict=True):
        assert abs(at - expected) <= late
