"""Where the fake ends, it says so."""

import pytest

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.kube import ApiError


@pytest.mark.parametrize("subresource", ["ephemeralcontainers", "resize", "exec"])
def test_doors_that_are_not_modelled_are_unsupported(server, subresource):
    server.kube.create("pods", "default", server.pod())

    with pytest.raises(Unsupported, match=subresource):
        server.kube.patch("pods", "default", "p", {"spec": {}}, subresource=subresource)
    with pytest.raises(Unsupported, match=subresource):
        server.submit("patch", "pods", "p", {"spec": {}}, subresource=subresource)


def test_logs_and_tokens_are_unsupported(server):
    server.kube.create("pods", "default", server.pod())

    with pytest.raises(Unsupported, match="get of pods/log"):
        server.kube.get("pods", "default", "p", subresource="log")
    with pytest.raises(Unsupported, match="create of serviceaccounts/token"):
        server.kube.create("serviceaccounts", "default", {"metadata": {"name": "default"}}, subresource="token")


def test_a_door_that_a_kind_has_not_is_not_found(server):
    server.kube.create("configmaps", "default", server.config())

    with pytest.raises(ApiError, match="the server could not find the requested resource"):
        server.kube.get("configmaps", "default", "c", subresource="scale")
    with pytest.raises(ApiError, match="the server could not find the requested resource"):
        server.kube.patch("configmaps", "default", "c", {"data": {}}, subresource="status")


def test_an_unknown_verb_is_unsupported(server):
    with pytest.raises(Unsupported, match="verb 'dance'"):
        server.submit("dance", "pods", "p")
