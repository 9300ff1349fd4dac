"""Events: counted, limited, forgotten."""

from seatrial.harness.kernel.time import HOUR, MINUTE, SECOND


def tell(server, message="it broke", *, reason="Broken", by="kubelet"):
    body = {"type": "Warning", "reason": reason, "message": message, "reportingComponent": by}
    server.submit("event", "pods", "p", body)


def recorded(server):
    return [record for record in server.note.records if record.verb == "event"]


def test_an_event_is_read_as_an_object_about_its_pod(server):
    pod = server.kube.create("pods", "default", server.pod())
    tell(server)

    (event,) = server.kube.list("events", "default")["items"]
    assert event["involvedObject"]["uid"] == pod["metadata"]["uid"]
    assert (event["reason"], event["count"], event["type"]) == ("Broken", 1, "Warning")
    (modern,) = server.kube.list("events.events.k8s.io", "default")["items"]
    assert (modern["note"], modern["regarding"]["name"]) == ("it broke", "p")


def test_repeats_are_counted_and_recorded_once(server):
    server.kube.create("pods", "default", server.pod())
    for _ in range(3):
        tell(server)
        server.pass_time(SECOND)

    (event,) = server.kube.list("events", "default")["items"]
    assert (event["count"], event["firstTimestamp"], event["lastTimestamp"]) == (
        3,
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:02Z",
    )
    assert len(recorded(server)) == 1
    assert recorded(server)[0].new == {"type": "Warning", "reason": "Broken", "message": "it broke"}


def test_one_source_tells_twenty_five_times_of_one_object_then_every_five_minutes(server):
    for number in range(40):
        tell(server, f"message {number}")
    server.pass_time(5 * MINUTE)
    for number in range(2):
        tell(server, f"later {number}")
    tell(server, "another source", by="scheduler")

    told = sum(event["count"] for event in server.kube.list("events", "default")["items"])
    assert told == 25 + 1 + 1


def test_events_are_forgotten_after_an_hour(server):
    tell(server)
    server.pass_time(HOUR + SECOND)

    assert server.kube.list("events", "default")["items"] == []


def test_many_messages_of_one_reason_become_one_series(server):
    for number in range(12):
        tell(server, f"attempt {number}")

    events = server.kube.list("events", "default")["items"]
    combined = [event for event in events if event["message"].startswith("(combined from similar events): ")]
    assert len(events) == 9 + 1
    assert [(event["count"], event["message"][-10:]) for event in combined] == [(3, "attempt 11")]
    assert len(recorded(server)) == 9 + 1
