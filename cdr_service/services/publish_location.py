"""Take over a Location of the operator: what a CDR says of the place comes from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdr_service.domain.errors import RequestError
from cdr_service.domain.party import PartyId
from cdr_service.ocpi import json as ocpi_json
from cdr_service.ocpi.schemas.base import load_object
from cdr_service.ocpi.schemas.locations import LOCATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdr_service.services.ports import Ports


def own_party(ports: Ports, wire: Mapping[str, Any], object_id: str) -> PartyId:
    """The owner of an object that the operator puts: the configured party, and the id of the URL.

    Raises:
        RequestError: ID_MISMATCH or PARTY_NOT_OURS; a partner would refuse the object later.
    """
    # CiStrings are ASCII: beyond it, other letters fold to the same one.
    if not object_id.isascii() or str(wire["id"]).lower() != object_id.lower():
        raise RequestError("ID_MISMATCH", f"the URL says {object_id!r}, the body {wire['id']!r}", where="/id")
    party = PartyId(wire["country_code"], wire["party_id"])
    if party != ports.settings.party:
        raise RequestError(
            "PARTY_NOT_OURS", f"{party} is not the party of this gateway, {ports.settings.party}", where="/party_id"
        )
    return party


def publish_location(ports: Ports, location_id: str, wire: Mapping[str, Any]) -> None:
    """Keep an OCPI Location.

    Raises:
        InvalidObjectError: it breaks OCPI 2.2.1.
        RequestError: ID_MISMATCH, PARTY_NOT_OURS.
    """
    load_object(LOCATION, wire)
    party = own_party(ports, wire, location_id)
    with ports.transaction() as store:
        store.put_location(party, location_id, ocpi_json.canonical(wire), now=ports.clock())
