"""What the gateway asks of partners: versions, credentials, tariffs, authorizations, CDRs.

Every URL comes from the partner (the invitation's versions URL, then its version details) and is used as published.
Nothing is retried here. Two kinds of answers: what must be read (versions, credentials, authorizations) either gives
the object or raises; what is delivered (tariffs, CDRs) always gives a `PushReport`, also when nothing left, so that
every attempt has a row.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), version_information_endpoint, credentials, mod_tariffs, mod_tokens,
mod_cdrs; durability: outcome classes.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import RemoteOcpiError
from cdr_service.domain.lifecycle import DeliveryOutcome
from cdr_service.ocpi.envelope import Envelope, StatusCode, open_envelope
from cdr_service.ocpi.errors import InvalidObjectError, NotSentError, UnknownOutcomeError
from cdr_service.ocpi.headers import MessageIds, Route, authorization
from cdr_service.ocpi.json import dumps
from cdr_service.ocpi.origin import object_url
from cdr_service.ocpi.outcome import classify
from cdr_service.ocpi.schemas.base import WireSchema, load_object
from cdr_service.ocpi.schemas.credentials import CREDENTIALS, CREDENTIALS_ANSWER
from cdr_service.ocpi.schemas.tokens import (
    AUTHORIZATION_INFO,
    LOCATION_REFERENCES,
    AuthorizationInfo,
    LocationReferences,
)
from cdr_service.ocpi.schemas.versions import VERSION, VERSION_DETAILS, Version, VersionDetails
from cdr_service.ocpi.transport import OutboundAnswer, OutboundRequest, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdr_service.domain.party import Credentials, PartyId
    from cdr_service.domain.session import TokenType

#: Bytes of an answer that are kept with the delivery attempt.
EXCERPT_BYTES = 4096
#: Characters of a partner's status_message that are kept with the delivery attempt.
MESSAGE_CHARACTERS = 500
#: url(255), as OCPI gives the Location of a CDR.
LOCATION_CHARACTERS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What became of one push; everything a delivery attempt records."""

    outcome: DeliveryOutcome
    #: Why, in words for the operator.
    detail: str
    #: Ours, as sent: the reference in a dispute (ocpi#421).
    request_id: str
    http_status: int | None = None
    #: The partner's OCPI status code.
    status_code: int | None = None
    #: The partner's own words, as far as they can be shown: printable, our token blotted out.
    status_message: str | None = None
    #: Where the partner says the object is now; not trusted, not called.
    location: str | None = None
    #: The first bytes of the answer, our token blotted out.
    answer_excerpt: bytes = b""
    #: Seconds the partner asked us to wait, when it said so as a number.
    retry_after_seconds: int | None = None


class OcpiClient:
    """OCPI calls to one counterparty; cheap to make, holds no token."""

    def __init__(
        self,
        transport: Transport,
        *,
        new_id: Callable[[], str],
        hosts: frozenset[str],
        deadline_seconds: float = 30.0,
    ) -> None:
        """Bind the way out to one counterparty.

        Args:
            transport: sends one request once.
            new_id: makes message ids, unique for ever.
            hosts: the counterparty's hosts, as fixed at invitation; no other is ever called.
            deadline_seconds: for each call as a whole.
        """
        self._transport = transport
        self._new_id = new_id
        self._hosts = frozenset(host.lower() for host in hosts)
        self._deadline_seconds = deadline_seconds

    def get_versions(self, url: str, token: str) -> tuple[Version, ...]:
        """The versions the partner speaks.

        Raises:
            NotSentError, UnknownOutcomeError: see `transport`.
            RemoteOcpiError: it answered with an error, or with something else.
        """
        answer = self._read("GET", url, token)
        return tuple(answer.load(VERSION, one) for one in answer.envelope.many())

    def get_version_details(self, url: str, token: str) -> VersionDetails:
        """All endpoints of one version; raises as `get_versions`."""
        answer = self._read("GET", url, token)
        details: VersionDetails = answer.load(VERSION_DETAILS, answer.envelope.one())
        return details

    def get_credentials(self, url: str, token: str) -> Credentials:
        """What the partner's platform says of itself; raises as `get_versions`."""
        return self._credentials(self._read("GET", url, token))

    def post_credentials(self, url: str, token: str, credentials: Credentials) -> Credentials:
        """Register: give our credentials, get theirs. Never repeated by itself, since a token may already be gone.

        Args:
            url: the credentials endpoint of the partner's version details.
            token: TOKEN_A of the invitation.
            credentials: ours; the partner calls us back with them before it answers.

        Raises:
            NotSentError, UnknownOutcomeError: see `transport`; after the second, ask the partner before trying again.
            RemoteOcpiError: refused; `status_code` 3001 to 3003 say why, `http_status` 405 says already registered.
        """
        return self._credentials(self._read("POST", url, token, body=dumps(CREDENTIALS.dump(credentials))))

    def authorize_token(
        self,
        endpoint: str,
        token: str,
        uid: str,
        token_type: TokenType,
        location: LocationReferences | None,
        *,
        route: Route | None = None,
    ) -> AuthorizationInfo:
        """Ask the eMSP whether a token may charge here, now.

        Args:
            endpoint: the partner's tokens SENDER endpoint.
            token: the token with which we call.
            uid: of the driver's token, in its own spelling.
            token_type: of the driver's token.
            location: where it wants to charge; None asks for any place.
            route: from our party to the token's.

        Raises:
            NotSentError, UnknownOutcomeError: see `transport`.
            RemoteOcpiError: TOKEN_UNKNOWN (HTTP 404, or OCPI 2004), or as `get_versions`.
        """
        url = object_url(endpoint, uid, "authorize", query=(("type", token_type.value),))
        body = None if location is None else dumps(LOCATION_REFERENCES.dump(location))
        answer = self._ask("POST", url, token, body=body, route=route)
        if answer.http_status == 404 or answer.envelope.status_code == StatusCode.UNKNOWN_TOKEN:
            raise answer.error("TOKEN_UNKNOWN", "the eMSP does not know this token")
        answer.require_success()
        found: AuthorizationInfo = answer.load(AUTHORIZATION_INFO, answer.envelope.one())
        return found

    def put_tariff(
        self, endpoint: str, token: str, party: PartyId, tariff_id: str, body: bytes, *, route: Route | None = None
    ) -> PushReport:
        """Publish a tariff; the same PUT may be repeated without harm.

        Args:
            endpoint: the partner's tariffs RECEIVER endpoint.
            token: the token with which we call.
            party: the tariff's owner, as in its body.
            tariff_id: the tariff's id, as in its body.
            body: the Tariff object as it was frozen.
            route: from the owner to the receiving party.
        """
        url = object_url(endpoint, party.country_code, party.party_id, tariff_id)
        return self._push("PUT", url, token, body, self._new_ids(), route)

    def post_cdr(
        self,
        endpoint: str,
        token: str,
        body: bytes,
        *,
        request_id: str,
        correlation_id: str,
        route: Route | None = None,
    ) -> PushReport:
        """Deliver a CDR: one POST, never repeated here.

        Args:
            endpoint: the partner's cdrs RECEIVER endpoint, used as published.
            token: the token with which we call.
            body: the CDR's bytes as they were frozen; every attempt sends the same.
            request_id: new for each attempt.
            correlation_id: the same for all attempts of a delivery, the only hint a receiver can tell repeats by.
            route: from the CDR's owner to the token's party.

        Returns:
            What became of it. ACCEPTED only on HTTP 2xx together with 1000 <= status_code < 2000.
        """
        ids = MessageIds(request_id=request_id, correlation_id=correlation_id)
        return self._push("POST", endpoint, token, body, ids, route)

    def _credentials(self, answer: _Answer) -> Credentials:
        found: Credentials = answer.load(CREDENTIALS_ANSWER, answer.envelope.one())
        return found

    def _read(self, method: str, url: str, token: str, *, body: bytes | None = None) -> _Answer:
        answer = self._ask(method, url, token, body=body, route=None)
        answer.require_success()
        return answer

    def _ask(self, method: str, url: str, token: str, *, body: bytes | None, route: Route | None) -> _Answer:
        ids = self._new_ids()
        raw = self._transport.send(self._request(method, url, token, body, ids, route))
        return _Answer(raw.http_status, open_envelope(raw.body), ids.request_id)

    def _push(self, method: str, url: str, token: str, body: bytes, ids: MessageIds, route: Route | None) -> PushReport:
        try:
            answer = self._transport.send(self._request(method, url, token, body, ids, route))
        except NotSentError as error:
            return _failed(DeliveryOutcome.NOT_SENT, error, ids)
        except UnknownOutcomeError as error:
            return _failed(DeliveryOutcome.UNKNOWN, error, ids)
        return _report(answer, ids, token, wants_location=method == "POST")

    def _new_ids(self) -> MessageIds:
        return MessageIds(request_id=self._new_id(), correlation_id=self._new_id())

    def _request(
        self, method: str, url: str, token: str, body: bytes | None, ids: MessageIds, route: Route | None
    ) -> OutboundRequest:
        headers = authorization(token) | ids.headers()
        if body is not None:
            headers["Content-Type"] = "application/json"
        if route is not None:
            headers |= route.headers()
        return OutboundRequest(
            method=method, url=url, headers=headers, body=body, hosts=self._hosts,
            deadline_seconds=self._deadline_seconds,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Answer:
    """An opened answer whose object we need."""

    http_status: int
    envelope: Envelope
    request_id: str

    def error(self, code: str, detail: str, *, where: str | None = None) -> RemoteOcpiError:
        return RemoteOcpiError(
            code, detail, where=where, http_status=self.http_status, status_code=self.envelope.status_code,
            request_id=self.request_id,
        )  # fmt: skip

    def require_success(self) -> None:
        if not (200 <= self.http_status < 300 and self.envelope.is_success):
            words = self.envelope.status_message or "no reason given"
            raise self.error("PARTNER_REFUSED", f"HTTP {self.http_status}, {self.envelope.status_code}: {words}")

    def load(self, schema: WireSchema, value: Any) -> Any:
        try:
            return load_object(schema, value)
        except InvalidObjectError as error:
            raise self.error("ANSWER_INVALID", error.detail, where=error.where) from error


def _failed(outcome: DeliveryOutcome, error: NotSentError | UnknownOutcomeError, ids: MessageIds) -> PushReport:
    return PushReport(
        outcome=outcome,
        detail=f"{error.code}: {error.detail}",
        request_id=ids.request_id,
        http_status=error.http_status,
    )


def _report(answer: OutboundAnswer, ids: MessageIds, token: str, *, wants_location: bool) -> PushReport:
    envelope = open_envelope(answer.body)
    rule = classify(answer.http_status, envelope, answer.headers)
    location = _location(answer.headers, envelope) if 200 <= answer.http_status < 300 else None
    unlocated = wants_location and rule.outcome is DeliveryOutcome.ACCEPTED and location is None
    return PushReport(
        outcome=rule.outcome,
        detail=rule.reason + (", without the Location that OCPI requires" if unlocated else ""),
        request_id=ids.request_id,
        http_status=answer.http_status,
        status_code=envelope.status_code,
        status_message=_words(envelope.status_message, token),
        location=None if location is None else _without(token, location),
        answer_excerpt=_excerpt(answer.body, token),
        retry_after_seconds=_retry_after(answer.headers),
    )


def _location(headers: Mapping[str, str], envelope: Envelope) -> str | None:
    """The header's URL, or a URL as `data`, as some receivers answer (IZIVIA#108)."""
    candidates = (headers.get("location"), envelope.one())
    return next((text for text in candidates if isinstance(text, str) and _is_location(text)), None)


def _is_location(text: str) -> bool:
    return 0 < len(text) <= LOCATION_CHARACTERS and text.isascii() and text.isprintable() and "/" in text


def _excerpt(body: bytes, token: str) -> bytes:
    for secret in _spellings(token):
        body = body.replace(secret, b"***")
    return body[:EXCERPT_BYTES]


def _words(text: str | None, token: str) -> str | None:
    """A partner's words for a person to read: one line of bounded length, and nothing in it that is not printable."""
    if text is None:
        return None
    printable = "".join(one if one.isprintable() else " " for one in text)
    return _without(token, printable)[:MESSAGE_CHARACTERS].strip() or None


def _without(token: str, text: str) -> str:
    """A partner's words without our token, should it quote it."""
    for secret in _spellings(token):
        text = text.replace(secret.decode("utf-8"), "***")
    return text


def _spellings(token: str) -> tuple[bytes, bytes]:
    raw = token.encode("utf-8")
    return raw, b64encode(raw)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    text = headers.get("retry-after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else None
