"""What an operator sets, read once from the environment, checked at the start, and frozen.

Every setting has a safe default. Secrets are a type of their own, whose text is never printed.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cdr_service.domain.money import RoundingPolicy
from cdr_service.domain.party import PartyId

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes of the key that encrypts partners' tokens (AES-256-GCM).
SECRET_KEY_BYTES = 32
#: Beginnings of the database URLs that `persistence/engine.py` can open.
DATABASES = ("sqlite:///", "postgresql+psycopg://")
#: Characters of a name in OCPI BusinessDetails.
BUSINESS_NAME_CHARACTERS = 100
#: Characters of the written reason for billing what a market party signed; it stands in a finding of every such CDR.
REASON_CHARACTERS = range(10, 501)


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable and what it wants."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Bytes that no log, error or debugger line may show."""

    reveal: bytes

    def __repr__(self) -> str:
        return "Secret('***')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one gateway."""

    #: SQLAlchemy URL; CDR_DATABASE_URL, or the file in the data directory.
    database_url: str
    #: Key for the tokens that partners gave us; CDR_SECRET_KEY (base64), or the file in the data directory.
    secret_key: Secret
    #: The CPO party in whose name CDRs are made; CDR_PARTY, such as `DE*ABC`.
    party: PartyId
    #: Name of the CPO in the credentials; CDR_BUSINESS_NAME.
    business_name: str
    #: Where partners reach us, without a slash at the end; CDR_PUBLIC_URL.
    public_url: str
    #: Whether partners may live on loopback or private addresses, and on plain HTTP; CDR_ALLOW_PRIVATE_PARTNERS=1.
    #: For tests and the demo only: a partner's URL is hostile input.
    allow_private_partners: bool = False
    #: Whether pyocmf judges OCMF records again before a CDR leaves; CDR_SECOND_OPINION=0 switches it off for bulk work.
    second_opinion: bool = True
    #: The operator's written reason for billing values that a market party signed and no meter;
    #: CDR_ACCEPT_PARTY_SIGNATURES. None: their CDRs are held. A party's signature proves origin, not a measurement.
    accept_party_signatures: str | None = None
    #: How totals are rounded; CDR_ROUNDING_DIGITS (0 to 4).
    rounding: RoundingPolicy = field(default_factory=RoundingPolicy)
    #: Seconds a partner has to answer one request; CDR_PARTNER_TIMEOUT_SECONDS.
    partner_timeout_seconds: int = 30
    #: Seconds between two looks at the outbox; CDR_WORKER_INTERVAL_SECONDS.
    worker_interval_seconds: int = 1


def from_environment(
    environment: Mapping[str, str], *, database_url: str, secret_key: bytes, public_url: str
) -> Settings:
    """Read the settings.

    Args:
        environment: usually `os.environ`.
        database_url: used unless CDR_DATABASE_URL is set.
        secret_key: used unless CDR_SECRET_KEY is set.
        public_url: used unless CDR_PUBLIC_URL is set.

    Returns:
        Checked settings.

    Raises:
        SettingsError: a variable has a value that cannot be used.
    """
    get = environment.get
    return Settings(
        database_url=_database_url(get("CDR_DATABASE_URL", database_url)),
        secret_key=_secret_key(get("CDR_SECRET_KEY"), secret_key),
        party=_party(get("CDR_PARTY", "DE*EWK")),
        business_name=_business_name(get("CDR_BUSINESS_NAME", "eichwerk")),
        public_url=_public_url(get("CDR_PUBLIC_URL", public_url)),
        allow_private_partners=_switch(environment, "CDR_ALLOW_PRIVATE_PARTNERS", default=False),
        second_opinion=_switch(environment, "CDR_SECOND_OPINION", default=True),
        accept_party_signatures=_reason(get("CDR_ACCEPT_PARTY_SIGNATURES", "")),
        rounding=RoundingPolicy(digits=_whole_number(environment, "CDR_ROUNDING_DIGITS", 4, range(5))),
        partner_timeout_seconds=_whole_number(environment, "CDR_PARTNER_TIMEOUT_SECONDS", 30, range(1, 301)),
        worker_interval_seconds=_whole_number(environment, "CDR_WORKER_INTERVAL_SECONDS", 1, range(1, 61)),
    )


def _database_url(text: str) -> str:
    # The URL may hold a password: no message repeats it.
    if not text.startswith(DATABASES):
        raise SettingsError(f"CDR_DATABASE_URL begins with {' or '.join(DATABASES)}")
    return text


def _secret_key(text: str | None, default: bytes) -> Secret:
    try:
        key = default if text is None else b64decode(text, validate=True)
    except ValueError as error:
        raise SettingsError("CDR_SECRET_KEY is no base64") from error
    if len(key) != SECRET_KEY_BYTES:
        raise SettingsError(f"CDR_SECRET_KEY wants the base64 of {SECRET_KEY_BYTES} bytes, the key file the bytes")
    return Secret(key)


def _business_name(text: str) -> str:
    if not (text.strip() and text.isprintable() and len(text) <= BUSINESS_NAME_CHARACTERS):
        raise SettingsError(f"CDR_BUSINESS_NAME wants 1 to {BUSINESS_NAME_CHARACTERS} printable characters")
    return text


def _reason(text: str) -> str | None:
    if not text:
        return None
    reason = text.strip()
    if not (reason.isprintable() and len(reason) in REASON_CHARACTERS):
        low, high = REASON_CHARACTERS.start, REASON_CHARACTERS.stop - 1
        raise SettingsError(f"CDR_ACCEPT_PARTY_SIGNATURES wants a written reason of {low} to {high} characters")
    return reason


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not (usable and text.isascii() and text.isprintable() and " " not in text):
        raise SettingsError("CDR_PUBLIC_URL wants an http or https URL such as https://cpo.example, without a query")
    return text.rstrip("/")


def _party(text: str) -> PartyId:
    country_code, star, party_id = text.partition("*")
    try:
        if not star:
            raise ValueError("there is no * between country code and party id")  # noqa: TRY301  # one message for all
        return PartyId(country_code, party_id)
    except ValueError as error:
        raise SettingsError(f"CDR_PARTY wants a party such as DE*ABC: {error}") from error


def _switch(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environment.get(name, "1" if default else "0")
    if text not in {"0", "1"}:
        raise SettingsError(f"{name} is 0 or 1")
    return text == "1"


def _whole_number(environment: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    text = environment.get(name, str(default))
    if text not in {str(number) for number in allowed}:
        raise SettingsError(f"{name} wants a whole number from {allowed.start} to {allowed.stop - 1}")
    return int(text)
