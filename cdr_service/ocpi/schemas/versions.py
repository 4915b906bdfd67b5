"""The versions module: which versions a platform speaks, and where its modules are.

Every URL that is ever called comes from here; none is built from a pattern, since OCPI leaves URLs free.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), version_information_endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from marshmallow import fields, post_load, validate

from cdr_service.domain.errors import RemoteOcpiError
from cdr_service.ocpi.schemas.base import PartnerSchema
from cdr_service.ocpi.types import Choice, CiString, String, Url

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The version this release speaks, as it stands in version lists.
OCPI_VERSION = "2.2.1"


class InterfaceRole(StrEnum):
    """Which side of a module an endpoint implements (InterfaceRole)."""

    RECEIVER = "RECEIVER"
    SENDER = "SENDER"


class ModuleId(StrEnum):
    """Modules this release calls or serves (ModuleID); partners may list others."""

    CDRS = "cdrs"
    CREDENTIALS = "credentials"
    LOCATIONS = "locations"
    SESSIONS = "sessions"
    TARIFFS = "tariffs"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version and where its details are."""

    version: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One module's address; `identifier` is in lower case, as module ids are CiStrings."""

    identifier: str
    role: InterfaceRole
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDetails:
    """All endpoints of one version of one platform."""

    version: str
    endpoints: tuple[Endpoint, ...]

    def url_of(self, module: ModuleId, role: InterfaceRole) -> str:
        """The URL of a module as it was published.

        The role of `credentials` means nothing (version_information_endpoint), so either one is taken.

        Raises:
            RemoteOcpiError: ENDPOINT_MISSING, when the partner does not offer it.
        """
        for endpoint in self.endpoints:
            if endpoint.identifier == module and (endpoint.role is role or module is ModuleId.CREDENTIALS):
                return endpoint.url
        raise RemoteOcpiError("ENDPOINT_MISSING", f"the partner offers no {module} {role}", where="/endpoints")


class VersionSchema(PartnerSchema):
    """Version (version_information_endpoint); numbers we do not know are read, not refused."""

    kind = "Version"
    version = String(32, min_length=1, required=True)
    url = Url(required=True)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> Version:
        """Build the frozen object."""
        return Version(**fields_)


class EndpointSchema(PartnerSchema):
    """Endpoint (version_information_endpoint)."""

    kind = "Endpoint"
    identifier = CiString(64, required=True)
    role = Choice(InterfaceRole, tolerant=True, required=True)
    url = Url(required=True)

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> Endpoint:
        """Build the frozen object."""
        return Endpoint(
            identifier=fields_["identifier"].lower(), role=InterfaceRole(fields_["role"]), url=fields_["url"]
        )


class VersionDetailsSchema(PartnerSchema):
    """Version details (version_information_endpoint)."""

    kind = "VersionDetails"
    version = String(32, min_length=1, required=True)
    endpoints = fields.List(fields.Nested(EndpointSchema), required=True, validate=validate.Length(min=1))

    @post_load
    def make(self, fields_: dict[str, Any], **_: Any) -> VersionDetails:
        """Build the frozen object."""
        return VersionDetails(version=fields_["version"], endpoints=tuple(fields_["endpoints"]))


#: Shared instances: building a schema costs more than using it.
VERSION = VersionSchema()
VERSION_DETAILS = VersionDetailsSchema()


def choose_version(offered: Sequence[Version], wanted: str = OCPI_VERSION) -> Version:
    """The offered version that we speak.

    Raises:
        RemoteOcpiError: VERSION_UNSUPPORTED, when it is not offered (OCPI status 3002 on our own server).
    """
    for version in offered:
        if version.version == wanted:
            return version
    names = ", ".join(version.version for version in offered[:10])
    raise RemoteOcpiError("VERSION_UNSUPPORTED", f"the partner speaks {names or 'nothing'}, not {wanted}")
