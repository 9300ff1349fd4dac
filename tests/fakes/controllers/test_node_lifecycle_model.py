"""Node lifecycle against a model that does what the real one does: look at every node in every pass, poll every tick.

Ours does neither; it must come to the same story all the same.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.fakes.controllers.node_lifecycle import PERIOD, TICK, NodeLifecycle
from seatrial.fakes.controllers.nodes.zones import UPSTREAM, Bucket, ZoneState, zone_state
from seatrial.harness.kernel.time import MILLISECOND, SECOND, START
from seatrial.harness.testing.builders import make_condition, make_node

NODES = {"a0": "a", "a1": "a", "a2": "a", "a3": "a", "b0": "b", "b1": "b"}
END = 400 * SECOND
OFFSET = 7 * MILLISECOND  # what happens outside never falls on a pass or a tick


class Model:
    """The loops of the real controller, in so far as Ready and NoExecute go."""

    def __init__(self):
        self.status = dict.fromkeys(NODES, "True")
        self.taint = dict.fromkeys(NODES, "")
        self.renewed = dict.fromkeys(NODES, 0)
        self.renewing = dict.fromkeys(NODES, True)
        self.seen = dict.fromkeys(NODES, 0)
        self.probe = dict.fromkeys(NODES, 0)
        self.beat = dict.fromkeys(NODES, False)
        self.queue = {zone: [] for zone in "ab"}
        self.bucket = {zone: Bucket(UPSTREAM.normal) for zone in "ab"}
        self.state = dict.fromkeys("ab", ZoneState.INITIAL)
        self.story = []

    def tell(self, now, node):
        self.story.append((now, node, self.status[node], self.taint[node]))

    def silence(self, now, node):
        if self.renewing[node]:
            self.renewed[node], self.renewing[node] = now, False

    def heal(self, now, node, status):
        self.renewed[node], self.renewing[node], self.beat[node] = now, True, True
        if self.status[node] != status:
            self.status[node] = status
            self.tell(now, node)

    def go(self, now):
        for node in sorted(NODES):
            self.judge(now, node)
        self.disruption(now)

    def judge(self, now, node):
        if self.beat[node] or self.renewing[node] or self.renewed[node] > self.seen[node]:
            self.probe[node] = now
            self.seen[node] = now if self.renewing[node] else self.renewed[node]
            self.beat[node] = False
        if now > self.probe[node] + UPSTREAM.grace and self.status[node] != "Unknown":
            self.status[node] = "Unknown"
            self.tell(now, node)
        status, queue = self.status[node], self.queue[NODES[node]]
        fits = {"False": "not-ready", "Unknown": "unreachable", "True": ""}[status]
        if status == "True" or self.taint[node]:
            if node in queue:
                queue.remove(node)
            if self.taint[node] != fits:
                self.taint[node] = fits
                self.tell(now, node)
        elif node not in queue:
            queue.append(node)

    def disruption(self, now):
        new = {}
        for zone in "ab":
            ready = [self.status[node] == "True" for node in NODES if NODES[node] == zone]
            new[zone] = zone_state(sum(ready), len(ready) - sum(ready))
        full = [state is ZoneState.FULL for state in new.values()]
        was_full = [state is ZoneState.FULL for state in self.state.values()]
        if all(full) and all(was_full):
            return
        if all(full):
            for node in sorted(NODES):
                if self.taint[node]:
                    self.taint[node] = ""
                    self.tell(now, node)
            for zone in "ab":
                self.bucket[zone].spacing = None
        elif all(was_full):
            self.probe = dict.fromkeys(NODES, now)
        for zone in "ab":
            if not all(full) and (self.state[zone] is not new[zone] or all(was_full)):
                self.bucket[zone].swap(UPSTREAM.spacing(new[zone], sum(place == zone for place in NODES.values())), now)
            self.state[zone] = new[zone]

    def tick(self, now):
        for zone, queue in self.queue.items():
            while queue and self.bucket[zone].take(now):
                node = queue.pop(0)
                if self.status[node] != "True":
                    self.taint[node] = "not-ready" if self.status[node] == "False" else "unreachable"
                    self.tell(now, node)


def modelled(script):
    model = Model()
    moments = [(when, 0, act) for when, act in script]
    moments += [(when, 1, None) for when in range(0, END, PERIOD)]
    moments += [(when, 2, None) for when in range(0, END, TICK) if when % PERIOD]
    for when, kind, act in sorted(moments, key=lambda moment: moment[:2]):
        if kind == 0:
            verb, *args = act
            getattr(model, verb)(when, *args)
        elif kind == 1:
            model.go(when)
        else:
            model.tick(when)
    return model.story


def ours(stage_class, script):
    s = stage_class(NodeLifecycle())
    s.store.freezing = False
    for name, zone in NODES.items():
        node = make_node(name, zone=zone)
        ready = {**make_condition("Ready", True), "lastHeartbeatTime": "never"}
        s.put({**node, "status": {**node["status"], "conditions": [ready]}})
    s.until(0)
    count = 0
    for when, act in script:
        s.agenda.run(START + when)
        s.agenda.time = START + when
        verb, node, *rest = act
        if verb == "silence":
            if s.view.renewed(node)[1]:
                s.silence(node)
        else:
            count += 1
            s.heal(node, rest[0])
            s.change("nodes", node, "", status={"conditions": _beat(s.get("nodes", node, ""), count)})
    s.until(END / SECOND)
    story = []
    for record in s.note.records:
        if record.key.resource == "nodes" and record.verb == "update" and _facts(record.old) != _facts(record.new):
            story.append((record.time - START, record.key.name, *_facts(record.new)))
    return story


def _beat(node, count):
    return [{**condition, "lastHeartbeatTime": f"beat {count}"} for condition in node["status"]["conditions"]]


def _facts(node):
    ready = next(c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready")
    taints = [t["key"].rpartition("/")[2] for t in node["spec"].get("taints") or () if t["effect"] == "NoExecute"]
    return ready, "".join(taints)


nodes = st.sampled_from(sorted(NODES))
acts = st.one_of(
    st.tuples(st.just("silence"), nodes),
    st.tuples(st.just("silence"), nodes),
    st.tuples(st.just("heal"), nodes, st.sampled_from(["True", "False"])),
)
scripts = st.lists(st.tuples(st.integers(1, 3300), acts), max_size=14).map(
    lambda steps: [
        (tenths * 100 * MILLISECOND + OFFSET, act) for tenths, act in sorted(steps, key=lambda step: step[0])
    ]
)


@settings(deadline=None, max_examples=60)
@given(scripts)
def test_our_story_is_that_of_the_polling_model(stage_class, script):
    assert sorted(ours(stage_class, script)) == sorted(modelled(script))


def test_a_whole_loss_and_return_is_that_of_the_polling_model(stage_class):
    script = [((60 + number) * SECOND + OFFSET, ("silence", node)) for number, node in enumerate(NODES)]
    script += [(200 * SECOND + OFFSET, ("heal", "b1", "False")), (230 * SECOND + OFFSET, ("heal", "b1", "True"))]
    script += [(260 * SECOND + OFFSET, ("heal", node, "True")) for node in ("a0", "a1")]

    story = ours(stage_class, script)
    assert sorted(story) == sorted(modelled(script))
    assert len(story) > 12
