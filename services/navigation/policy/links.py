"""Links that answer a referral: how they are signed, and how visits are counted. Pure.

A link's token is `<key>.<id and expiry>.<HMAC-SHA256>`. The signature covers what the link is for, the
referral and the organisation, so that a row that somebody wrote into the database opens nothing, and a key
that somebody stole opens nothing without its row. It follows from the row and the key: a mail that is sent
again carries the same link, and only the token's digest is ever kept.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from services.navigation.model.links import Link, LinkEnd, SigningKeys, Standing

PURPOSE = b"foothold link v1: read and answer one referral"
FORM = b"foothold link v1: form"
SLOT = b"foothold link v1: visits"
NO_KEY = b"nothing is signed with this"
SLOTS = 65_536
"""How many counters of visits there are at most, whoever comes."""

_NOBODY = UUID(int=0)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NO_LINK = Link(
    id=_NOBODY,
    referral_id=_NOBODY,
    organization_id=_NOBODY,
    made_for=None,
    key_name="",
    made_at=_NEVER,
    expires_at=_NEVER,
)
"""What a token that belongs to no link is compared with, so that a guess costs what the truth costs."""


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _signed(key: bytes, *parts: bytes) -> bytes:
    # Each part with its length before it: no two lists of parts are the same bytes.
    return hmac.digest(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256")


def _mac(link: Link, key: bytes) -> bytes:
    return _signed(
        key,
        PURPOSE,
        link.key_name.encode(),
        link.id.bytes,
        _moment(link.expires_at),
        link.referral_id.bytes,
        link.organization_id.bytes,
    )


def _moment(at: datetime) -> bytes:
    return int(at.timestamp()).to_bytes(8, "big")


def token_of(link: Link, keys: SigningKeys) -> str | None:
    """The token of a link; None when the key that signed it is not ours any more."""
    key = keys.by_name.get(link.key_name)
    if key is None:
        return None
    return _token(link, key)


def _token(link: Link, key: bytes) -> str:
    return f"{link.key_name}.{_text(link.id.bytes + _moment(link.expires_at))}.{_text(_mac(link, key))}"


def digest(token: str) -> bytes:
    """What is kept of a token: as it is long and cannot be guessed, its plain SHA-256 gives nothing away."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def proves(token: str, link: Link, keys: SigningKeys) -> bool:
    """Whether this is the token of this link, in a time that does not depend on how wrong it is."""
    expected = _token(link, keys.by_name.get(link.key_name, NO_KEY))
    known = link.key_name in keys.by_name
    return hmac.compare_digest(expected.encode(), token.encode(errors="replace")) and known


def standing(
    token: str, link: Link | None, *, partner_revoked: bool, now: datetime, keys: SigningKeys
) -> Standing:
    """What this token is worth now, given the link that was found by its digest. All nonsense is alike."""
    ours = proves(token, link or NO_LINK, keys)
    if link is None or not ours:
        return Standing.UNKNOWN
    if partner_revoked or link.closed_why in {LinkEnd.WITHDRAWN, LinkEnd.PARTNER_REVOKED}:
        return Standing.GONE
    if link.closed_why is not None:
        return Standing.REPLACED
    return Standing.OPEN if now < link.expires_at else Standing.EXPIRED


def form_token(link: Link, nonce: bytes, keys: SigningKeys) -> str:
    """What a form of this link's page carries: only we can make one, and one of another link is no use."""
    mac = _signed(keys.by_name[keys.newest], FORM, link.id.bytes, nonce)
    return f"{keys.newest}.{_text(nonce)}.{_text(mac)}"


def nonce_of(text: str, link: Link, keys: SigningKeys) -> bytes | None:
    """The nonce of a form that this link's page gave out; None when it did not."""
    name, _, rest = text.partition(".")
    nonce_text, _, mac_text = rest.partition(".")
    key = keys.by_name.get(name)
    try:
        nonce, mac = _bytes(nonce_text), _bytes(mac_text)
    except ValueError:
        return None
    if key is None or not hmac.compare_digest(mac, _signed(key, FORM, link.id.bytes, nonce)):
        return None
    return nonce


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def slot_of(what: str, minute: int, keys: SigningKeys) -> int:
    """Which counter counts visits of this link or from this address in this minute; neither can be told."""
    mac = _signed(keys.by_name[keys.newest], SLOT, minute.to_bytes(8, "big"), what.encode())
    return int.from_bytes(mac[:4], "big") % SLOTS


def origin_of_address(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 that one household or office has in IPv6."""
    return ":".join(address.split(":")[:4]) if address.count(":") > 1 else address
