"""Formats of texts that the API server checks.

Source: k8s.io/kube-openapi/pkg/validation/strfmt and apiextensions' supported formats (v0.36.3). Other formats are
ignored, as there.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import urlsplit

__all__ = ["fits"]

_PATTERNS = {
    "date": r"\d{4}-\d\d-\d\d",
    "date-time": r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))",
    "duration": r"(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w))+|\d+",
    "uuid": r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
    "uuid4": r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}",
    "hostname": r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*",
    "email": r"[^@\s]+@[^@\s]+",
    "mac": r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}",
    "hexcolor": r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})",
    "k8s-short-name": r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "k8s-long-name": r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
}


def _tried(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _byte(text: str) -> bytes:
    return b64decode(text, validate=True)


def _cidr(text: str) -> object:
    if "/" not in text:
        raise ValueError(text)
    return ip_network(text, strict=False)


def _uri(text: str) -> object:
    if not urlsplit(text).scheme and not text.startswith("/"):
        raise ValueError(text)
    return text


_READERS: dict[str, Callable[[str], object]] = {
    "ipv4": IPv4Address,
    "ipv6": IPv6Address,
    "cidr": _cidr,
    "byte": _byte,
    "uri": _uri,
}


def fits(name: str, text: str) -> bool:
    """Whether a text has a format; one that is not known is had by every text."""
    if name in _PATTERNS:
        return re.fullmatch(_PATTERNS[name], text) is not None
    reader = _READERS.get(name)
    return reader is None or _tried(reader, text)
