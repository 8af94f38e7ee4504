"""Where webhooks may go: public addresses over HTTPS, and nothing inside anybody's network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.navigation.policy.webhook_targets import objection_to_address, objection_to_url

INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "127.1",
    "0x7f000001",
    "",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "193.0.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4009::200e",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_inside(address: str) -> None:
    assert objection_to_address(address) is not None


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_open(address: str) -> None:
    assert objection_to_address(address) is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_what_the_registries_do_not_call_global_is_never_open(address: IPv4Address | IPv6Address) -> None:
    embedded = isinstance(address, IPv6Address) and int(address) >> 32 == 0x64FF9B << 64
    if objection_to_address(str(address)) is None and not embedded:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_what_is_refused_stays_refused_in_every_disguise(address: IPv4Address) -> None:
    packed = int(address)
    assert objection_to_address(str(IPv6Address(0xFFFF << 32 | packed))) is not None
    assert objection_to_address(str(IPv6Address(0x2002 << 112 | packed << 80))) is not None
    through_nat64 = objection_to_address(str(IPv6Address(0x64FF9B << 96 | packed)))
    assert through_nat64 == objection_to_address(str(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_local_development_opens_loopback(address: str) -> None:
    assert objection_to_address(address, local_development=True) is None


@pytest.mark.parametrize("address", [a for a in INSIDE if not a.startswith("127.") and a != "::1"])
def test_local_development_opens_nothing_else(address: str) -> None:
    assert objection_to_address(address, local_development=True) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org",
        "https://hooks.example.org/foothold?tenant=7",
        "https://hooks.example.org:443/",
        "https://hooks.example.org:8443/a/b",
        "https://xn--bcher-kva.example/hook",
        "https://a_b.example.org./",
    ],
)
def test_a_public_https_address_can_be_registered(url: str) -> None:
    assert objection_to_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org",
        "ftp://hooks.example.org",
        "file:///etc/passwd",
        "//hooks.example.org",
        "hooks.example.org",
        "",
        "https://",
        "https:///path",
        "https://user:secret@hooks.example.org",
        "https://user@hooks.example.org",
        "https://@hooks.example.org",
        "https://hooks.example.org#part",
        "https://hooks.example.org:22",
        "https://hooks.example.org:0",
        "https://hooks.example.org:99999",
        "https://hooks.example.org:port",
        "https://localhost",
        "https://intranet",
        "https://127.0.0.1",
        "https://8.8.8.8",
        "https://2130706433",
        "https://0x7f.0.0.1",
        "https://127.1",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://hooks..example.org",
        "https://-hooks.example.org",
        "https://hooks.example.org\\@127.0.0.1",
        "https://hooks.example.org /",
        "https://hooks.example.org/\n",
        "https://h\u00f6oks.example.org",
        "https://hooks.example.org/" + "a" * 2000,
    ],
)
def test_anything_else_cannot_and_the_reason_is_said(url: str) -> None:
    assert objection_to_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8123/hook", "http://localhost:9000", "https://[::1]:9443"])
def test_local_development_takes_http_any_port_and_loopback(url: str) -> None:
    assert objection_to_url(url, local_development=True) is None


@pytest.mark.parametrize("url", ["ftp://localhost", "http://a:b@localhost", "http://localhost#x", "http://"])
def test_local_development_takes_no_nonsense_either(url: str) -> None:
    assert objection_to_url(url, local_development=True)
