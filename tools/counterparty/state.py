"""What the simulated eMSP knows: its tokens, its partner, the tariffs and CDRs it holds, the cards it has issued."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from threading import RLock
from typing import TYPE_CHECKING

from tools.counterparty.wire import Json, now

if TYPE_CHECKING:
    from tools.counterparty.paths import Paths

#: Who the simulated eMSP is.
COUNTRY_CODE, PARTY_ID, NAME = "NL", "EMS", "Simulated eMSP"

#: A card that may charge, a card that is blocked, and one nobody knows.
KNOWN_UID, BLOCKED_UID, UNKNOWN_UID = "04A1B2C3D4E5F6", "04B10C0ED00080", "04FFFFFFFFFF80"


class DuplicatePolicy(StrEnum):
    """What happens to a CDR whose id is already held."""

    #: Equal body: 200, 1000 and the old Location; another body: 2001. Nothing is stored twice.
    ACCEPT_EQUAL = "accept_equal"
    #: 2001 "already exists", whatever the body.
    REJECT = "reject"
    #: Stored again with a Location of its own: a receiver that bills twice.
    STORE_AGAIN = "store_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCdr:
    """A CDR the eMSP has taken, and the last segment of its Location."""

    key: str
    body: Json

    @property
    def identity(self) -> tuple[str, str, str]:
        """Owner and id, as they are compared (CiString)."""
        return owner_and_id(self.body)


def owner_and_id(body: Json) -> tuple[str, str, str]:
    """country_code, party_id and id in upper case."""
    return body["country_code"].upper(), body["party_id"].upper(), body["id"].upper()


def make_token(uid: str, *, valid: bool = True, kind: str = "RFID") -> Json:
    """An OCPI Token object of this eMSP."""
    return {
        "country_code": COUNTRY_CODE,
        "party_id": PARTY_ID,
        "uid": uid,
        "type": kind,
        "contract_id": f"{COUNTRY_CODE}-{PARTY_ID}-C{uid[:8]}",
        "issuer": NAME,
        "valid": valid,
        "whitelist": "NEVER",
        "last_updated": now(),
    }


@dataclass(slots=True, kw_only=True)
class State:
    """Everything that changes while the eMSP runs. Hold `lock` while reading and writing more than one field."""

    paths: Paths
    #: TOKEN_A, given out of band; None once it is used up.
    token_a: str | None
    duplicates: DuplicatePolicy = DuplicatePolicy.ACCEPT_EQUAL
    #: `http://host:port`, known when the server is bound.
    base_url: str = ""
    #: TOKEN_C: what the partner presents after registration; None before.
    token_c: str | None = None
    #: The partner's credentials object (with TOKEN_B) and the endpoints of its version details; None before.
    partner: Json | None = None
    partner_endpoints: list[Json] = field(default_factory=list)
    tariffs: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    cdrs: list[StoredCdr] = field(default_factory=list)
    #: Issued tokens by (uid in upper case, type).
    tokens: dict[tuple[str, str], Json] = field(default_factory=dict)
    #: Every authorization_reference given, with the key of its token.
    authorizations: dict[str, tuple[str, str]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        for token in (make_token(KNOWN_UID), make_token(BLOCKED_UID, valid=False)):
            self.add_token(token)

    def add_token(self, token: Json) -> None:
        """Issue a card, or replace one."""
        with self.lock:
            self.tokens[token["uid"].upper(), token["type"]] = token

    def url(self, module: str) -> str:
        """The absolute URL of a module."""
        return self.base_url + self.paths.by_module[module]

    def holder_of(self, token: str | None) -> str | None:
        """Which of our tokens was presented: `A`, `C` or None. Compared in constant time."""
        with self.lock:
            for name, ours in (("A", self.token_a), ("C", self.token_c)):
                if token is not None and ours is not None and hmac.compare_digest(token, ours):
                    return name
        return None

    def register(self, partner: Json, endpoints: list[Json]) -> str | None:
        """Finish the handshake: TOKEN_A dies, TOKEN_C is born.

        Returns:
            TOKEN_C, or None when another registration has used up TOKEN_A meanwhile.
        """
        with self.lock:
            if self.token_a is None:
                return None
            self.token_a, self.token_c = None, secrets.token_urlsafe(48)
            self.partner, self.partner_endpoints = partner, endpoints
            return self.token_c

    def rotate_token(self) -> None:
        """Change TOKEN_C without telling anybody."""
        with self.lock:
            if self.token_c is not None:
                self.token_c = secrets.token_urlsafe(48)

    def partner_owns(self, country_code: str, party_id: str) -> bool:
        """Whether the registered partner has a role with this party."""
        with self.lock:
            roles = (self.partner or {}).get("roles", [])
        return any(
            (role["country_code"].upper(), role["party_id"].upper()) == (country_code.upper(), party_id.upper())
            for role in roles
        )

    def find_cdrs(self, identity: tuple[str, str, str]) -> list[StoredCdr]:
        """All CDRs held under one owner and id."""
        with self.lock:
            return [one for one in self.cdrs if one.identity == identity]
