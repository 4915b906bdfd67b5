"""Parties: always the pair (country_code, party_id), never one half.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), credentials role; types CiString.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from re import ASCII
from re import compile as pattern

from iso3166 import countries_by_alpha2, countries_by_alpha3

_PARTY_ID = pattern(r"[A-Z0-9]{3}", ASCII)
#: Listed by the library, but user-assigned and not assigned by ISO 3166-1.
_NOT_ASSIGNED = frozenset({"XK"})


def is_assigned_country_code(code: str) -> bool:
    """Whether this is an assigned ISO 3166-1 alpha-2 code, upper case: DE is, EU, UK, XK and XX are not."""
    return code in countries_by_alpha2 and code not in _NOT_ASSIGNED


def is_assigned_alpha3(code: str) -> bool:
    """Whether this is an assigned ISO 3166-1 alpha-3 code, as `cdr_location.country` wants it: DEU is, GER is not."""
    country = countries_by_alpha3.get(code)
    return country is not None and country.alpha2 not in _NOT_ASSIGNED


@dataclass(frozen=True, slots=True, order=True)
class PartyId:
    """One party of the roaming world; CiStrings compare without case, so they are kept in upper case."""

    country_code: str
    party_id: str

    def __post_init__(self) -> None:
        """Refuse what no hub would route.

        Raises:
            ValueError: the country code is not assigned, or the party id is not three letters or digits.
        """
        object.__setattr__(self, "country_code", self.country_code.upper())
        object.__setattr__(self, "party_id", self.party_id.upper())
        if not is_assigned_country_code(self.country_code):
            raise ValueError(f"{self.country_code!r} is not an assigned ISO 3166-1 alpha-2 code")
        if not _PARTY_ID.fullmatch(self.party_id):
            raise ValueError(f"{self.party_id!r} is not three letters or digits")

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id}"


class Role(StrEnum):
    """Roles of a party (OCPI 2.2.1, credentials, Role)."""

    CPO = "CPO"
    EMSP = "EMSP"
    HUB = "HUB"
    NAP = "NAP"
    NSP = "NSP"
    OTHER = "OTHER"
    SCSP = "SCSP"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDetails:
    """A party's public name (OCPI 2.2.1, BusinessDetails); its links are never fetched."""

    name: str
    website: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsRole:
    """One role of one party (OCPI 2.2.1, CredentialsRole)."""

    role: Role
    party: PartyId
    business_details: BusinessDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What two platforms exchange to trust each other (OCPI 2.2.1, Credentials); `token` is a secret."""

    token: str
    url: str
    roles: tuple[CredentialsRole, ...]

    def __repr__(self) -> str:
        return f"Credentials(token='***', url={self.url!r}, roles={self.roles!r})"
