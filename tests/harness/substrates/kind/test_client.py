"""What a real API server answers, as the port's values and exceptions."""

import json

import pytest

from seatrial.harness.ports.kube import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    ServerError,
    TooManyRequests,
)
from seatrial.harness.substrates.kind.client import Discovery, Served, error_of, path_of

PODS = Served("pods", "v1", "Pod", True, frozenset())
DEPLOYMENTS = Served("deployments.apps", "apps/v1", "Deployment", True, frozenset())
NODES = Served("nodes", "v1", "Node", False, frozenset())


def status(code, reason, message="no", **more):
    return json.dumps({"kind": "Status", "code": code, "reason": reason, "message": message, **more}).encode()


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (404, "NotFound", NotFound),
        (409, "AlreadyExists", AlreadyExists),
        (409, "Conflict", Conflict),
        (403, "Forbidden", Forbidden),
        (410, "Expired", Gone),
        (429, "TooManyRequests", TooManyRequests),
        (500, "InternalError", ServerError),
        (503, "ServiceUnavailable", ServerError),
    ],
)
def test_a_status_becomes_the_exception_of_its_reason(code, reason, kind):
    error = error_of(code, status(code, reason, "as the server said"))

    assert type(error) is kind
    assert (error.code, error.reason, str(error)) == (code, reason, "as the server said")


def test_an_invalid_object_keeps_its_causes():
    details = {"causes": [{"reason": "FieldValueInvalid", "message": "too long", "field": "metadata.name"}]}

    error = error_of(422, status(422, "Invalid", details=details))

    assert isinstance(error, Invalid)
    assert [cause.field for cause in error.causes] == ["metadata.name"]


def test_an_eviction_that_a_budget_forbids_says_when_to_come_again():
    error = error_of(429, status(429, "TooManyRequests", details={"retryAfterSeconds": 10}))

    assert error.retry_after == 10
    assert error_of(429, b"busy", "7").retry_after == 7


def test_an_answer_that_is_no_status_is_told_as_it_came():
    error = error_of(502, b"<html>bad gateway</html>")

    assert isinstance(error, ServerError)
    assert "bad gateway" in str(error)
    assert type(error_of(418, b"")) is ApiError


@pytest.mark.parametrize(
    ("served", "place", "path"),
    [
        (PODS, ("shop", "web-1", "eviction"), "/api/v1/namespaces/shop/pods/web-1/eviction"),
        (DEPLOYMENTS, ("shop", "web"), "/apis/apps/v1/namespaces/shop/deployments/web"),
        (DEPLOYMENTS, ("",), "/apis/apps/v1/deployments"),
        (NODES, ("", "n1", "status"), "/api/v1/nodes/n1/status"),
        (PODS, ("a/b",), "/api/v1/namespaces/a%2Fb/pods"),
    ],
)
def test_paths_are_those_of_the_api(served, place, path):
    assert path_of(served, *place) == path


def test_discovery_knows_resources_by_name_in_the_preferred_version_and_by_kind_in_each():
    def version(name):
        one = {"resource": "widgets", "responseKind": {"kind": "Widget"}, "scope": "Namespaced", "verbs": ["list"]}
        return {"version": name, "resources": [one]}

    found = Discovery.decode({"items": [{"metadata": {"name": "x.io"}, "versions": [version("v2"), version("v1")]}]})

    assert found.by_resource["widgets.x.io"].version == "x.io/v2"
    assert found.by_kind["x.io/v1", "Widget"].resource == "widgets.x.io"
