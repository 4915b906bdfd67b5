"""The schemas: every required field, length, enum and cardinality of OCPI 2.2.1, broken one at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cdr_service.domain.errors import NotFoundError, RemoteOcpiError, TariffError
from cdr_service.domain.party import BusinessDetails, Credentials, CredentialsRole, PartyId, Role
from cdr_service.domain.session import AllowedType, TokenType
from cdr_service.domain.tariff import TariffDimensionType, TariffType
from cdr_service.ocpi.errors import InvalidObjectError, Violation
from cdr_service.ocpi.json import dumps, loads
from cdr_service.ocpi.schemas.base import WireSchema, load_object, violations
from cdr_service.ocpi.schemas.credentials import CREDENTIALS, CREDENTIALS_ANSWER
from cdr_service.ocpi.schemas.locations import LOCATION as LOCATION_SCHEMA
from cdr_service.ocpi.schemas.locations import cdr_location, tariff_ids
from cdr_service.ocpi.schemas.tariffs import TARIFF as TARIFF_SCHEMA
from cdr_service.ocpi.schemas.tariffs import read_tariff
from cdr_service.ocpi.schemas.tokens import AUTHORIZATION_INFO, LOCATION_REFERENCES, LocationReferences
from cdr_service.ocpi.schemas.tokens import TOKEN as TOKEN_SCHEMA
from cdr_service.ocpi.schemas.versions import (
    VERSION_DETAILS,
    Endpoint,
    InterfaceRole,
    ModuleId,
    Version,
    VersionDetails,
    choose_version,
)
from tests.unit.ocpi.builders import LOCATION, TARIFF, TOKEN, changed

CREDENTIALS_JSON: dict[str, Any] = {
    "token": "t" * 64,
    "url": "https://emsp.test/versions",
    "roles": [
        {"role": "EMSP", "party_id": "EMS", "country_code": "DE", "business_details": {"name": "EMS GmbH"}},
    ],
}
DETAILS_JSON: dict[str, Any] = {
    "version": "2.2.1",
    "endpoints": [{"identifier": "cdrs", "role": "RECEIVER", "url": "https://emsp.test/c"}],
}
FULL_TARIFF = {
    **TARIFF,
    "tariff_alt_text": [{"language": "de", "text": "günstig"}],
    "tariff_alt_url": "https://cpo.test/tariff",
    "min_price": {"excl_vat": Decimal(1)},
    "max_price": {"excl_vat": Decimal(10), "incl_vat": Decimal(12)},
    "start_date_time": "2026-01-01T00:00:00Z",
    "end_date_time": "2027-01-01T00:00:00Z",
    "energy_mix": {
        "is_green_energy": True,
        "energy_sources": [{"source": "WIND", "percentage": Decimal(100)}],
        "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": Decimal("0.1")}],
        "supplier_name": "Stadtwerke",
    },
    "elements": [
        {
            **TARIFF["elements"][0],
            "restrictions": {"start_time": "08:00", "day_of_week": ["MONDAY"], "max_duration": 3600},
        }
    ],
    "unknown": "ignored",
}


def pointers(schema: WireSchema, value: Any) -> list[str]:
    return [violation.pointer for violation in violations(schema, value)]


@pytest.mark.parametrize(
    ("schema", "lawful"),
    [
        pytest.param(TARIFF_SCHEMA, TARIFF, id="tariff"),
        pytest.param(TARIFF_SCHEMA, FULL_TARIFF, id="full tariff"),
        pytest.param(LOCATION_SCHEMA, LOCATION, id="location"),
        pytest.param(TOKEN_SCHEMA, TOKEN, id="token"),
        pytest.param(CREDENTIALS, CREDENTIALS_JSON, id="credentials"),
        pytest.param(VERSION_DETAILS, DETAILS_JSON, id="details"),
        pytest.param(AUTHORIZATION_INFO, {"allowed": "BLOCKED", "token": TOKEN}, id="authorization"),
    ],
)
def test_lawful_objects_pass(schema: WireSchema, lawful: dict[str, Any]) -> None:
    """A lawful object has no violation; also when it comes through JSON."""
    assert () == violations(schema, lawful)
    assert () == violations(schema, loads(dumps(lawful)))


TARIFF_REQUIRED = ("country_code", "party_id", "id", "currency", "elements", "last_updated")
COMPONENT_REQUIRED = ("type", "price", "step_size")
LOCATION_REQUIRED = (
    "country_code", "party_id", "id", "publish", "address", "city", "country", "coordinates", "time_zone",
    "last_updated",
)  # fmt: skip
CONNECTOR_REQUIRED = (
    "id", "standard", "format", "power_type", "max_voltage", "max_amperage", "last_updated",
)  # fmt: skip
TOKEN_REQUIRED = (
    "country_code", "party_id", "uid", "type", "contract_id", "issuer", "valid", "whitelist", "last_updated",
)  # fmt: skip


@pytest.mark.parametrize("value", [..., None], ids=["absent", "null"])
@pytest.mark.parametrize(
    ("schema", "lawful", "pointer"),
    [
        *((TARIFF_SCHEMA, FULL_TARIFF, f"/{name}") for name in TARIFF_REQUIRED),
        *((TARIFF_SCHEMA, FULL_TARIFF, f"/elements/0/price_components/1/{name}") for name in COMPONENT_REQUIRED),
        (TARIFF_SCHEMA, FULL_TARIFF, "/elements/0/price_components"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/max_price/excl_vat"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/energy_mix/is_green_energy"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/tariff_alt_text/0/language"),
        *((LOCATION_SCHEMA, LOCATION, f"/{name}") for name in LOCATION_REQUIRED),
        *((LOCATION_SCHEMA, LOCATION, f"/evses/0/{name}") for name in ("uid", "status", "connectors", "last_updated")),
        *((LOCATION_SCHEMA, LOCATION, f"/evses/0/connectors/0/{name}") for name in CONNECTOR_REQUIRED),
        (LOCATION_SCHEMA, LOCATION, "/coordinates/latitude"),
        *((TOKEN_SCHEMA, TOKEN, f"/{name}") for name in TOKEN_REQUIRED),
        *((CREDENTIALS, CREDENTIALS_JSON, f"/{name}") for name in ("token", "url", "roles")),
        *(
            (CREDENTIALS, CREDENTIALS_JSON, f"/roles/0/{name}")
            for name in ("role", "party_id", "country_code", "business_details")
        ),
        (CREDENTIALS, CREDENTIALS_JSON, "/roles/0/business_details/name"),
        *((VERSION_DETAILS, DETAILS_JSON, f"/{name}") for name in ("version", "endpoints")),
        *((VERSION_DETAILS, DETAILS_JSON, f"/endpoints/0/{name}") for name in ("identifier", "role", "url")),
    ],
)
def test_required_fields(schema: WireSchema, lawful: dict[str, Any], pointer: str, value: Any) -> None:
    """A required field that is absent or null is named by its pointer, and nothing else is."""
    assert [pointer] == pointers(schema, changed(lawful, pointer, value))


@pytest.mark.parametrize(
    ("schema", "lawful", "pointer", "value"),
    [
        (TARIFF_SCHEMA, TARIFF, "/id", "x" * 37),
        (TARIFF_SCHEMA, TARIFF, "/id", "tarif-é"),
        (TARIFF_SCHEMA, TARIFF, "/currency", "XXY"),
        (TARIFF_SCHEMA, TARIFF, "/country_code", "EU"),
        (TARIFF_SCHEMA, TARIFF, "/country_code", "de"),
        (TARIFF_SCHEMA, TARIFF, "/type", "SPECIAL"),
        (TARIFF_SCHEMA, TARIFF, "/elements", []),
        (TARIFF_SCHEMA, TARIFF, "/elements", {}),
        (TARIFF_SCHEMA, TARIFF, "/elements/0", "element"),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components", []),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components/0/type", "ENERGIE"),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components/0/price", "0.50"),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components/0/price", Decimal("0.12345")),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components/0/vat", None),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components/0/step_size", Decimal("1.5")),
        (TARIFF_SCHEMA, TARIFF, "/elements/0/price_components/0/step_size", -1),
        (TARIFF_SCHEMA, FULL_TARIFF, "/elements/0/restrictions/start_time", "8:00"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/elements/0/restrictions/start_time", "24:00"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/elements/0/restrictions/day_of_week/0", "Monday"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/tariff_alt_text/0/text", "x" * 513),
        (TARIFF_SCHEMA, FULL_TARIFF, "/tariff_alt_url", "javascript:1"),
        (TARIFF_SCHEMA, FULL_TARIFF, "/start_date_time", "2026-01-01T00:00:00+01:00"),
        (LOCATION_SCHEMA, LOCATION, "/country", "DE"),
        (LOCATION_SCHEMA, LOCATION, "/publish", "true"),
        (LOCATION_SCHEMA, LOCATION, "/address", "x" * 256),
        (LOCATION_SCHEMA, LOCATION, "/city", "x" * 46),
        (LOCATION_SCHEMA, LOCATION, "/time_zone", "Europe/Bonn"),
        (LOCATION_SCHEMA, LOCATION, "/time_zone", "../../etc/passwd"),
        (LOCATION_SCHEMA, LOCATION, "/time_zone", "CEST+1"),
        (LOCATION_SCHEMA, LOCATION, "/coordinates/latitude", "50.9"),
        (LOCATION_SCHEMA, LOCATION, "/coordinates/latitude", "95.000000"),
        (LOCATION_SCHEMA, LOCATION, "/coordinates/longitude", "181.00000"),
        (LOCATION_SCHEMA, LOCATION, "/coordinates/latitude", Decimal("50.937531")),
        (LOCATION_SCHEMA, LOCATION, "/evses/0/evse_id", "x" * 49),
        (LOCATION_SCHEMA, LOCATION, "/evses/0/connectors", []),
        (LOCATION_SCHEMA, LOCATION, "/evses/0/connectors/0/standard", "TYPE2"),
        (LOCATION_SCHEMA, LOCATION, "/evses/0/connectors/0/tariff_ids/1", ""),
        (TOKEN_SCHEMA, TOKEN, "/uid", "x" * 37),
        (TOKEN_SCHEMA, TOKEN, "/type", "CARD"),
        (TOKEN_SCHEMA, TOKEN, "/country_code", "EU"),
        (TOKEN_SCHEMA, TOKEN, "/valid", "yes"),
        (CREDENTIALS, CREDENTIALS_JSON, "/token", "with blank"),
        (CREDENTIALS, CREDENTIALS_JSON, "/token", "x" * 65),
        (CREDENTIALS, CREDENTIALS_JSON, "/url", "emsp.test"),
        (CREDENTIALS, CREDENTIALS_JSON, "/roles", []),
        (CREDENTIALS, CREDENTIALS_JSON, "/roles/0/country_code", "EU"),
        (CREDENTIALS, CREDENTIALS_JSON, "/roles/0/party_id", "EMSP"),
        (VERSION_DETAILS, DETAILS_JSON, "/endpoints", []),
        (VERSION_DETAILS, DETAILS_JSON, "/endpoints/0/role", "BOTH"),
    ],
)
def test_unlawful_values(schema: WireSchema, lawful: dict[str, Any], pointer: str, value: Any) -> None:
    """A value beyond its length, alphabet, enum or cardinality is named by its pointer, and nothing else is."""
    assert [pointer] == pointers(schema, changed(lawful, pointer, value))


@pytest.mark.parametrize("value", [None, [], "text", Decimal(1), True])
@pytest.mark.parametrize("schema", [TARIFF_SCHEMA, LOCATION_SCHEMA, TOKEN_SCHEMA, CREDENTIALS, VERSION_DETAILS])
def test_other_json_is_no_object(schema: WireSchema, value: Any) -> None:
    """JSON that is no object at all is one violation of the whole."""
    assert [""] == pointers(schema, value)


def test_all_violations_are_told_in_order() -> None:
    """One reading tells everything that is wrong, sorted, and the error's text names the first."""
    broken = changed(changed(TARIFF, "/id", ""), "/elements/0/price_components/2/price", ...)
    with pytest.raises(InvalidObjectError) as caught:
        read_tariff(broken)
    assert (
        Violation("/elements/0/price_components/2/price", "Missing data for required field"),
        Violation("/id", "must have 1 to 36 characters, has 0"),
    ) == caught.value.violations
    assert "/elements/0/price_components/2/price" == caught.value.where


def test_a_token_is_never_quoted() -> None:
    """The error for a bad credentials token does not show it."""
    with pytest.raises(InvalidObjectError) as caught:
        load_object(CREDENTIALS, {**CREDENTIALS_JSON, "token": "hush hush"})
    assert "hush" not in str(caught.value) + str(caught.value.violations)


class TestTariffs:
    """A tariff is read into the domain's type, or refused."""

    def test_reading(self) -> None:
        """Prices keep their digits, and an absent VAT stays apart from 0."""
        tariff = read_tariff(loads(dumps(TARIFF)))
        flat, energy, parking = tariff.elements[0].price_components
        assert (PartyId("DE", "ABC"), "tariff-1", "EUR", TariffType.REGULAR) == (
            tariff.party, tariff.id, tariff.currency, tariff.type,
        )  # fmt: skip
        assert ["0.50", "0.490", "2.40"] == [str(component.price) for component in (flat, energy, parking)]
        assert [Decimal(19), Decimal(19), None] == [flat.vat, energy.vat, parking.vat]
        assert (TariffDimensionType.PARKING_TIME, 60) == (parking.type, parking.step_size)
        assert datetime(2026, 1, 1, tzinfo=UTC) == tariff.last_updated

    @pytest.mark.parametrize(
        ("pointer", "value"),
        [
            ("/min_price", {"excl_vat": Decimal(1)}),
            ("/max_price", {"excl_vat": Decimal(1)}),
            ("/elements/0/restrictions", {"max_kwh": Decimal(5)}),
            ("/elements/0/restrictions", {}),
        ],
    )
    def test_what_cannot_be_priced_is_refused(self, pointer: str, value: Any) -> None:
        """A lawful tariff that says more than this release prices is refused, not priced as if it said less."""
        with pytest.raises(TariffError) as caught:
            read_tariff(changed(TARIFF, pointer, value))
        assert pointer == caught.value.where


class TestLocations:
    """The place of a session, taken from the Location as it stands."""

    def test_the_cdr_location(self) -> None:
        """Location, EVSE and connector become one flat object; ids compare without case and keep their spelling."""
        place = cdr_location(LOCATION, "EVSE-1", "1")
        assert ("loc-1", "DEU", "evse-1", "DE*ABC*E1", "1") == (
            place.id, place.country, place.evse_uid, place.evse_id, place.connector_id,
        )  # fmt: skip
        assert ("IEC_62196_T2", "SOCKET", "AC_3_PHASE") == (
            place.connector_standard, place.connector_format, place.connector_power_type,
        )  # fmt: skip
        assert "50.937531" == place.coordinates.latitude
        assert place.state is None

    def test_tariff_ids(self) -> None:
        """A connector's tariffs come in the order of the Location."""
        assert ("tariff-1", "tariff-2") == tariff_ids(LOCATION, "evse-1", "1")
        assert () == tariff_ids(changed(LOCATION, "/evses/0/connectors/0/tariff_ids", ...), "evse-1", "1")

    @pytest.mark.parametrize(
        ("code", "evse_uid", "connector_id"), [("EVSE_UNKNOWN", "evse-2", "1"), ("CONNECTOR_UNKNOWN", "evse-1", "2")]
    )
    def test_unknown_places(self, code: str, evse_uid: str, connector_id: str) -> None:
        """An EVSE or connector that the Location does not have is not found."""
        with pytest.raises(NotFoundError) as caught:
            cdr_location(LOCATION, evse_uid, connector_id)
        assert code == caught.value.code

    @pytest.mark.parametrize(
        ("changed_place", "value", "pointer"),
        [
            ("/address", "x" * 46, "/address"),
            ("/state", "x" * 21, "/state"),
            ("/evses/0/evse_id", ..., "/evse_id"),
        ],
    )
    def test_what_a_cdr_cannot_hold_is_refused(self, changed_place: str, value: Any, pointer: str) -> None:
        """A lawful Location that does not fit into a CDR is refused, never cut or filled."""
        location = changed({**LOCATION, "state": "NRW"}, changed_place, value)
        assert () == violations(LOCATION_SCHEMA, location)
        with pytest.raises(InvalidObjectError) as caught:
            cdr_location(location, "evse-1", "1")
        assert [pointer] == [violation.pointer for violation in caught.value.violations]


class TestPartners:
    """What partners send is read in spite of measured habits."""

    def test_tokens(self) -> None:
        """Lower-case codes, null fields and +00:00 are read; ids keep their spelling."""
        received = {**TOKEN, "country_code": "de", "party_id": "ems", "type": "rfid", "group_id": None}
        token = load_object(TOKEN_SCHEMA, {**received, "last_updated": "2026-01-10 09:00:00+00:00"})
        assert (PartyId("DE", "EMS"), "012345678", TokenType.RFID) == (
            token.cdr_token.party, token.cdr_token.uid, token.cdr_token.type,
        )  # fmt: skip
        assert datetime(2026, 1, 10, 9, tzinfo=UTC) == token.last_updated

    def test_an_authorization_without_token(self) -> None:
        """An answer that leaves out the token still says whether it is allowed."""
        info = load_object(AUTHORIZATION_INFO, {"allowed": "ALLOWED", "authorization_reference": "ref-1"})
        assert (AllowedType.ALLOWED, None, "ref-1") == (info.allowed, info.token, info.authorization_reference)

    @pytest.mark.parametrize("allowed", ["allowed", "YES", "", None, True])
    def test_an_unclear_authorization_is_none(self, allowed: Any) -> None:
        """Only the five members of AllowedType are an answer."""
        assert ["/allowed"] == pointers(AUTHORIZATION_INFO, {"allowed": allowed})

    def test_credentials_round_trip(self) -> None:
        """What is posted is what was meant, without null fields; reading it gives the same object."""
        role = CredentialsRole(
            role=Role.CPO, party=PartyId("DE", "ABC"), business_details=BusinessDetails(name="ABC", website=None)
        )
        credentials = Credentials(token="secret", url="https://cpo.test/versions", roles=(role,))
        wire = CREDENTIALS.dump(credentials)
        assert {
            "token": "secret",
            "url": "https://cpo.test/versions",
            "roles": [
                {"role": "CPO", "business_details": {"name": "ABC"}, "party_id": "ABC", "country_code": "DE"},
            ],
        } == wire
        assert credentials == load_object(CREDENTIALS, wire)

    def test_credentials_without_roles(self) -> None:
        """An answer without roles is read, a request without roles is not."""
        wire = {"token": "secret", "url": "https://emsp.test/versions"}
        assert () == load_object(CREDENTIALS_ANSWER, wire).roles
        assert ["/roles"] == pointers(CREDENTIALS, wire)

    def test_location_references(self) -> None:
        """What an authorization asks about."""
        assert {
            "location_id": "loc-1",
            "evse_uids": ["evse-1"],
        } == LOCATION_REFERENCES.dump(LocationReferences(location_id="loc-1", evse_uids=("evse-1",)))


class TestVersions:
    """Endpoints are found by module and role, and never guessed."""

    details = VersionDetails(
        version="2.2.1",
        endpoints=(
            Endpoint(identifier="cdrs", role=InterfaceRole.SENDER, url="https://e.test/1"),
            Endpoint(identifier="cdrs", role=InterfaceRole.RECEIVER, url="https://e.test/2"),
            Endpoint(identifier="credentials", role=InterfaceRole.RECEIVER, url="https://e.test/3"),
        ),
    )

    def test_by_role(self) -> None:
        """The role decides between two endpoints of one module, and means nothing for credentials."""
        assert "https://e.test/2" == self.details.url_of(ModuleId.CDRS, InterfaceRole.RECEIVER)
        assert "https://e.test/3" == self.details.url_of(ModuleId.CREDENTIALS, InterfaceRole.SENDER)

    def test_missing(self) -> None:
        """A module that is not offered is an error, not a built URL."""
        with pytest.raises(RemoteOcpiError, match="ENDPOINT_MISSING"):
            self.details.url_of(ModuleId.TARIFFS, InterfaceRole.RECEIVER)

    def test_identifiers_in_any_case(self) -> None:
        """Module ids are CiStrings."""
        loaded = load_object(VERSION_DETAILS, changed(DETAILS_JSON, "/endpoints/0/identifier", "CDRs"))
        assert "https://emsp.test/c" == loaded.url_of(ModuleId.CDRS, InterfaceRole.RECEIVER)

    def test_serving(self) -> None:
        """Our own details are written as they are read."""
        wire = VERSION_DETAILS.dump(self.details)
        assert {"identifier": "cdrs", "role": "SENDER", "url": "https://e.test/1"} == wire["endpoints"][0]
        assert self.details == load_object(VERSION_DETAILS, wire)

    def test_choosing(self) -> None:
        """2.2.1 is chosen wherever it stands; without it there is nothing to choose."""
        offered = [Version(version=name, url=f"https://e.test/{name}") for name in ("2.1.1", "2.2.1", "2.3.0")]
        assert "https://e.test/2.2.1" == choose_version(offered).url
        with pytest.raises(RemoteOcpiError, match="VERSION_UNSUPPORTED"):
            choose_version(offered[:1])
        with pytest.raises(RemoteOcpiError, match="VERSION_UNSUPPORTED"):
            choose_version([])
