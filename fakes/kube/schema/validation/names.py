"""Formats of names and small texts: each function returns what is wrong with one, in the server's words.

Source: k8s.io/apimachinery/pkg/util/validation/validation.go, ip.go and api/validate/content (v0.36.3).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

__all__ = [
    "Messages",
    "address",
    "config_key",
    "dns_label",
    "dns_service",
    "dns_subdomain",
    "env_name",
    "header_name",
    "ip_text",
    "label_value",
    "network",
    "path_segment",
    "percent",
    "port_name",
    "qualified_name",
    "special_address",
    "wildcard_subdomain",
]

Messages = tuple[str, ...]
_CACHED = 65_536

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = _LABEL + r"(\." + _LABEL + ")*"
_SERVICE = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_HEADER = "[-A-Za-z0-9]+"
_PERCENT = "[0-9]+%"

_label = re.compile(_LABEL).fullmatch
_subdomain = re.compile(_SUBDOMAIN).fullmatch
_service = re.compile(_SERVICE).fullmatch
_qualified = re.compile(_QUALIFIED).fullmatch
_value = re.compile(f"({_QUALIFIED})?").fullmatch
_config_key = re.compile(_CONFIG_KEY).fullmatch
_header = re.compile(_HEADER).fullmatch
_percent = re.compile(_PERCENT).fullmatch
_env = re.compile(r"[ -<>-~]+").fullmatch
_wildcard = re.compile(r"\*\." + _SUBDOMAIN).fullmatch

LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
SERVICE_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    f"and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{_SERVICE}')"
)
WILDCARD_TEXT = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "
    rf"regex used for validation is '\*\.{_SUBDOMAIN}')"
)
_QUALIFIED_TEXT = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'({_QUALIFIED})?')"
)
_CONFIG_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    f"'key-name', regex used for validation is '{_CONFIG_KEY}')"
)
_HEADER_TEXT = (
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
    f"validation is '{_HEADER}')"
)
_PERCENT_TEXT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    f"validation is '{_PERCENT}')"
)
IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
CIDR_TEXT = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def _sized(text: str, limit: int, matched: object, words: str) -> Messages:
    out = () if len(text) <= limit else (f"must be no more than {limit} characters",)
    return out if matched else (*out, words)


@lru_cache(maxsize=_CACHED)
def dns_label(text: str) -> Messages:
    """RFC 1123 label."""
    if len(text) <= 63 and _label(text):
        return ()
    if len(text) > 63 and _label(text):
        return ("must be no more than 63 characters",)
    out = ("must not contain dots",) if "." in text and _subdomain(text) else (LABEL_TEXT,)
    return out if len(text) <= 63 else ("must be no more than 63 characters", *out)


@lru_cache(maxsize=_CACHED)
def dns_subdomain(text: str) -> Messages:
    """RFC 1123 subdomain."""
    return _sized(text, 253, _subdomain(text), SUBDOMAIN_TEXT)


@lru_cache(maxsize=_CACHED)
def dns_service(text: str) -> Messages:
    """RFC 1035 label."""
    return _sized(text, 63, _service(text), SERVICE_TEXT)


@lru_cache(maxsize=_CACHED)
def wildcard_subdomain(text: str) -> Messages:
    """A subdomain under `*.`."""
    return _sized(text, 253, _wildcard(text), WILDCARD_TEXT)


@lru_cache(maxsize=_CACHED)
def qualified_name(text: str) -> Messages:
    """A label's key: an optional subdomain, a slash, a name."""
    prefix, slash, name = text.partition("/")
    out: list[str] = []
    if not slash:
        name = text
    elif "/" in name:
        return (
            f"a valid label key {_QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. "
            "'example.com/MyName')",
        )
    elif not prefix:
        out.append("prefix part must be non-empty")
    else:
        out.extend(f"prefix part {message}" for message in dns_subdomain(prefix))
    if not name:
        out.append("name part must be non-empty")
    elif len(name) > 63:
        out.append("name part must be no more than 63 bytes")
    if not _qualified(name):
        out.append(f"name part {_QUALIFIED_TEXT}")
    return tuple(out)


@lru_cache(maxsize=_CACHED)
def label_value(text: str) -> Messages:
    """A label's value."""
    out = () if len(text) <= 63 else ("must be no more than 63 bytes",)
    return out if _value(text) else (*out, _VALUE_TEXT)


@lru_cache(maxsize=_CACHED)
def config_key(text: str) -> Messages:
    """A key of a ConfigMap or a Secret."""
    out = _sized(text, 253, _config_key(text), _CONFIG_KEY_TEXT)
    if text == ".":
        return (*out, "must not be '.'")
    if text == "..":
        return (*out, "must not be '..'")
    return (*out, "must not start with '..'") if text.startswith("..") else out


@lru_cache(maxsize=_CACHED)
def port_name(text: str) -> Messages:
    """An IANA service name."""
    out: list[str] = []
    if len(text) > 15:
        out.append("must be no more than 15 characters")
    if not re.fullmatch("[-a-z0-9]+", text):
        out.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        out.append("must contain at least one letter (a-z)")
    if "--" in text:
        out.append("must not contain consecutive hyphens")
    if text and (text[0] == "-" or text[-1] == "-"):
        out.append("must not begin or end with a hyphen")
    return tuple(out)


@lru_cache(maxsize=_CACHED)
def env_name(text: str) -> Messages:
    """The name of an environment variable."""
    if _env(text):
        return ()
    return ("a valid environment variable name must consist only of printable ASCII characters other than '='",)


def header_name(text: str) -> Messages:
    """The name of an HTTP header."""
    return () if _header(text) else (_HEADER_TEXT,)


def percent(text: str) -> Messages:
    """A share, as 25%."""
    return () if _percent(text) else (_PERCENT_TEXT,)


def path_segment(text: str) -> Messages:
    """A name that only has to fit into a URL."""
    if text in (".", ".."):
        return (f"may not be '{text}'",)
    return tuple(f"may not contain '{mark}'" for mark in "/%" if mark in text)


def address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text spells, or None."""
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=_CACHED)
def ip_text(text: str) -> Messages:
    """An IP address."""
    return () if address(text) is not None else (IP_TEXT,)


def network(text: str) -> Messages:
    """An IP network."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return (CIDR_TEXT,)
    return () if "/" in text else (CIDR_TEXT,)


@lru_cache(maxsize=_CACHED)
def special_address(text: str) -> Messages:
    """An address that no endpoint may have: unspecified, loopback, link-local (multicast)."""
    found = address(text)
    if found is None:
        return (IP_TEXT,)
    out = []
    if found.is_unspecified:
        out.append(f"may not be unspecified ({text})")
    if found.is_loopback:
        out.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if found.is_link_local:
        out.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if found in _LINK_LOCAL_MULTICAST4 or found in _LINK_LOCAL_MULTICAST6:
        out.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return tuple(out)


_LINK_LOCAL_MULTICAST4 = ip_network("224.0.0.0/24")
_LINK_LOCAL_MULTICAST6 = ip_network("ff02::/16")
