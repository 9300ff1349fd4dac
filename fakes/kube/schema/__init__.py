"""Kinds, structure, defaults and validation of everything the API serves."""

from seatrial.fakes.kube.schema.kinds import Kind, UnknownResource
from seatrial.fakes.kube.schema.schema import Schema
from seatrial.fakes.kube.schema.structure import Node

__all__ = ["Kind", "Node", "Schema", "UnknownResource"]
