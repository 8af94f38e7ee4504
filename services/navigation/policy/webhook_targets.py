"""Where webhooks may go: public HTTPS addresses, and nothing inside anybody's network. Pure.

The form of a URL is judged when it is registered; every address that its name leads to is judged then, and
again each time before we connect to that very address. Grounding: the IANA registries of special-purpose
addresses, and the metadata services of the large clouds.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

PORTS = frozenset({443, 8443})
LONGEST_URL = 2000

_REFUSED_V4 = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own services"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED_V6 = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "an IPv4 address in disguise"),
        ("2620:4f:8000::/48", "reserved"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)


def objection_to_address(text: str, *, local_development: bool = False) -> str | None:
    """Why nothing is sent to this address; None when it is a public one.

    For local development loopback is let through as well, and nothing else.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return "not an address"
    if local_development and address.is_loopback:
        return None
    return _v4(address) if isinstance(address, IPv4Address) else _v6(address)


def _v4(address: IPv4Address) -> str | None:
    return next((why for network, why in _REFUSED_V4 if address in network), None)


def _v6(address: IPv6Address) -> str | None:
    if address.scope_id is not None:
        return "link-local"
    # Where a network reaches IPv4 through NAT64, every public address looks like this.
    if address in _NAT64:
        return _v4(IPv4Address(int(address) & 0xFFFFFFFF))
    why = next((why for network, why in _REFUSED_V6 if address in network), None)
    return why or (None if address in _GLOBAL_V6 else "reserved")


def objection_to_url(url: str, *, local_development: bool = False) -> str | None:
    """Why a URL cannot be registered, for whoever wants to; None when nothing is wrong with its form."""
    if len(url) > LONGEST_URL:
        return f"please keep the address within {LONGEST_URL} characters"
    # `urlsplit` drops some of these silently, and what is checked must be what is used.
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "please write the address in plain ASCII, percent-encoded, and a name outside it in punycode"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "this is not a web address"
    return _objection_to_parts(parts, port, local_development=local_development)


def _objection_to_parts(parts: SplitResult, port: int | None, *, local_development: bool) -> str | None:
    if parts.scheme != "https" and not (local_development and parts.scheme == "http"):
        return "the address must begin with https://"
    if "@" in parts.netloc:
        return "the address must not hold a user name or password; our signature proves who is calling"
    if parts.fragment:
        return "the address must have no part after #; it is never sent"
    if not local_development:
        if port is not None and port not in PORTS:
            return "the port must be " + " or ".join(map(str, sorted(PORTS)))
        return _objection_to_host(parts.hostname)
    return None if parts.hostname else "this is not a web address"


def _objection_to_host(host: str | None) -> str | None:
    labels = (host or "").removesuffix(".").split(".")
    if len(labels) < 2 or not all(_is_label(label) for label in labels) or not labels[-1][0].isalpha():
        return "the address must have a public name such as hooks.example.org, not a number"
    return None


def _is_label(label: str) -> bool:
    letters = label.replace("-", "").replace("_", "")
    return 0 < len(label) <= 63 and letters.isalnum() and not label.startswith("-")
