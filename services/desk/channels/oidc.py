"""Signing in through an OpenID Connect provider: the code flow with PKCE, a nonce and a state.

What comes back is believed only when the provider's own key signed it, for us, in answer to this very
question, and not too long ago. `None` says that it was not so; a provider that is away is `Transient`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.clock import real_now
from shared.errors import Transient

AWAY = (
    "We could not reach the place where you sign in. Please try again in a moment;"
    " if it lasts, tell whoever looks after accounts."
)
ALGORITHMS = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
    }
)
"""Signatures that only the provider can make; never one with a secret that both sides have, never none."""
LEEWAY_SECONDS = 60
KEPT = timedelta(hours=1)

Claims = Mapping[str, Any]
_CLAIMS: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
log = structlog.get_logger(__name__)


class _Metadata(BaseModel):
    """What a provider says of itself, so far as it is needed here."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)


class _Tokens(BaseModel):
    id_token: str
    access_token: str


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody takes to the provider, and what has to be remembered until they come back."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider(AbstractAsyncContextManager["Provider"]):
    """One provider. Enter it before the first question."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        scopes: str,
        back: str,
        seconds: float,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._scopes = scopes
        self._back = back
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False)
        self._metadata: _Metadata | None = None
        self._keys: KeySet | None = None
        self._read_at = real_now()

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        await self._client.__aexit__(kind, error, trace)

    @property
    def issuer(self) -> str:
        """Who it is."""
        return self._issuer

    async def question(self) -> Question:
        """Begin: where to send somebody, and what to remember."""
        metadata = await self._described()
        verifier, nonce, state = (secrets.token_urlsafe(48) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": self._scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in metadata.authorization_endpoint else "?"
        address = metadata.authorization_endpoint + separator + urlencode(asked)
        return Question(address, state, nonce, verifier)

    async def answer(self, code: str, *, nonce: str, verifier: str) -> Claims | None:
        """What the provider says of who came back with this code; None when it does not vouch for them."""
        metadata = await self._described()
        tokens = await self._tokens(metadata, code, verifier)
        if tokens is None:
            return None
        claims = await self._proved(metadata, tokens, nonce)
        if claims is None:
            return None
        return {**await self._told_besides(metadata, tokens, str(claims["sub"])), **claims}

    async def farewell(self, back: str) -> str | None:
        """Where somebody signs out of the provider as well, if it has such a place."""
        metadata = await self._described()
        if metadata.end_session_endpoint is None:
            return None
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": back}
        return f"{metadata.end_session_endpoint}?{urlencode(asked)}"

    async def _tokens(self, metadata: _Metadata, code: str, verifier: str) -> _Tokens | None:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        auth = None
        if self._client_secret is None:
            form["client_id"] = self._client_id
        else:
            auth = httpx.BasicAuth(self._client_id, self._client_secret)
        request = self._client.build_request("POST", metadata.token_endpoint, data=form)
        answer = await self._sent(request, auth)
        if not answer.is_success:
            log.info("sign_in_code_not_taken", status=answer.status_code)
            return None
        try:
            return _Tokens.model_validate_json(answer.content)
        except ValidationError:
            return None

    async def _proved(self, metadata: _Metadata, tokens: _Tokens, nonce: str) -> Claims | None:
        allowed = [one for one in metadata.id_token_signing_alg_values_supported if one in ALGORITHMS]
        registry = JWSRegistry(algorithms=allowed, strict_check_header=False)
        try:
            try:
                token = jwt.decode(tokens.id_token, await self._known_keys(metadata), registry=registry)
            except InvalidKeyIdError:
                # Providers change their keys now and then.
                self._keys = None
                token = jwt.decode(tokens.id_token, await self._known_keys(metadata), registry=registry)
            options = {
                "iss": {"essential": True, "value": metadata.issuer},
                "aud": {"essential": True, "value": self._client_id},
                "sub": {"essential": True},
            }
            wanted = {"nonce": nonce, "client_id": self._client_id, "access_token": tokens.access_token}
            claims = CodeIDToken(token.claims, token.header, options, wanted)
            claims.validate(now=int(real_now().timestamp()), leeway=LEEWAY_SECONDS)
            return _CLAIMS.validate_python(dict(claims))
        except (JoseError, ValueError) as wrong:
            log.info("sign_in_not_proved", error=type(wrong).__name__)
            return None

    async def _told_besides(self, metadata: _Metadata, tokens: _Tokens, subject: str) -> Claims:
        """What some providers tell of names and groups only when they are asked."""
        if metadata.userinfo_endpoint is None:
            return {}
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        answer = await self._sent(
            self._client.build_request("GET", metadata.userinfo_endpoint, headers=headers)
        )
        try:
            told = _CLAIMS.validate_json(answer.content) if answer.is_success else {}
        except ValidationError:
            return {}
        return told if told.get("sub") == subject else {}

    async def _described(self) -> _Metadata:
        if self._metadata is None or real_now() - self._read_at > KEPT:
            address = get_well_known_url(self._issuer, external=True)
            answer = await self._sent(self._client.build_request("GET", address))
            try:
                found = _Metadata.model_validate_json(answer.content)
            except ValidationError:
                raise Transient(AWAY) from None
            if found.issuer.rstrip("/") != self._issuer.rstrip("/"):
                log.error("sign_in_issuer_differs")
                raise Transient(AWAY)
            self._metadata, self._keys, self._read_at = found, None, real_now()
        return self._metadata

    async def _known_keys(self, metadata: _Metadata) -> KeySet:
        if self._keys is None:
            answer = await self._sent(self._client.build_request("GET", metadata.jwks_uri))
            if not answer.is_success:
                raise Transient(AWAY)
            self._keys = KeySet.import_key_set(answer.json())
        return self._keys

    async def _sent(self, request: httpx.Request, auth: httpx.Auth | None = None) -> httpx.Response:
        try:
            answer = await self._client.send(request, auth=auth)
        except httpx.HTTPError:
            raise Transient(AWAY) from None
        if answer.is_server_error:
            raise Transient(AWAY)
        return answer
