"""Kinds, structure, defaults and validation of everything the API serves."""

from seatrial.fakes.kube.schema.schema import Schema

__all__ = ["Schema"]
