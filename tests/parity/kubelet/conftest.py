"""Loads the recording and the re-enactment for the tests beside it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def lives() -> ModuleType:
    """The module `lives`."""
    spec = importlib.util.spec_from_file_location("kubelet_parity_lives", Path(__file__).parent / "lives.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each pod."""
    if "pod_name" in metafunc.fixturenames:
        spec = importlib.util.spec_from_file_location("kubelet_parity_names", Path(__file__).parent / "pods.py")
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        metafunc.parametrize("pod_name", list(loaded.PODS))
