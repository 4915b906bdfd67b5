"""Builders of domain objects: a complete, lawful value each, of which a test changes what it is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cdr_service.domain.cdr import Cdr, Nature, SignedData
from cdr_service.domain.cdr_assembly import SignedRecord, assemble_cdr, signed_data_from
from cdr_service.domain.money import RoundingPolicy
from cdr_service.domain.party import PartyId
from cdr_service.domain.pricing import PricedSession, price
from cdr_service.domain.reconcile import SignedEvidence
from cdr_service.domain.segmentation import MeteredPeriod, Segmentation, segment
from cdr_service.domain.session import (
    AllowedType,
    AuthMethod,
    Authorization,
    CdrLocation,
    CdrToken,
    ChargingSession,
    GeoLocation,
    SessionState,
    TokenType,
)
from cdr_service.domain.tariff import PriceComponent, Tariff, TariffDimensionType, TariffElement
from cdr_service.domain.tariff_snapshot import SnapshotReason, TariffSnapshot
from meter_sign import Activity, EvidencePeriod, KeyRegistry
from tests.support.records import KEY, payload, reading, record_text

CPO = PartyId("DE", "ABC")
EMSP = PartyId("NL", "XYZ")
START = datetime(2026, 1, 15, 9, 0, 0, tzinfo=UTC)
POLICY = RoundingPolicy()
#: The key of `truly_signed`.
KEY_DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
METER_ID = "1EMH0012345678"


def component(type_: str, price_: str | int, *, vat: str | int | None = None, step_size: int = 1) -> PriceComponent:
    """A price component; prices and VAT as they are written."""
    return PriceComponent(
        type=TariffDimensionType(type_),
        price=Decimal(price_),
        vat=None if vat is None else Decimal(vat),
        step_size=step_size,
    )


def tariff(*components: PriceComponent, **changes: Any) -> Tariff:
    """A tariff of one element."""
    return tariff_of_elements(components, **changes)


def tariff_of_elements(*elements: tuple[PriceComponent, ...], **changes: Any) -> Tariff:
    """A tariff of several elements, in order."""
    whole = Tariff(
        party=CPO,
        id="tariff-1",
        currency="EUR",
        elements=tuple(TariffElement(price_components=components) for components in elements),
        last_updated=START,
    )
    return replace(whole, **changes)


def metered(seconds: int, energy_kwh: str | int = 0, *, parking: bool = False, at: datetime = START) -> MeteredPeriod:
    """A metered period with the hours of a period that stands alone."""
    activity = Activity.PARKING if parking else Activity.CHARGING
    return replace(
        segment((evidence_period(at, max(seconds, 1), "0", parking=parking),)).periods[0],
        seconds=seconds,
        activity=activity,
        energy_kwh=Decimal(energy_kwh),
    )


def evidence_period(
    starts_at: datetime, seconds: int | timedelta, energy_kwh: str, *, parking: bool = False
) -> EvidencePeriod:
    """An evidence period of so many seconds."""
    length = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
    return EvidencePeriod(
        starts_at=starts_at,
        ends_at=starts_at + length,
        activity=Activity.PARKING if parking else Activity.CHARGING,
        energy_kwh=Decimal(energy_kwh),
        signed_at_both_ends=True,
    )


def snapshot(of: Tariff, *, canonical_json: bytes = b'{"id":"tariff-1"}') -> TariffSnapshot:
    """A frozen tariff; the domain never reads the bytes."""
    return TariffSnapshot(
        tariff=of,
        canonical_json=canonical_json,
        sha256=sha256(canonical_json).hexdigest(),
        time_zone="Europe/Berlin",
        taken_at=START - timedelta(minutes=1),
        reason=SnapshotReason.AUTHORIZATION,
    )


def location(**changes: Any) -> CdrLocation:
    """A place in Berlin."""
    whole = CdrLocation(
        id="LOC1",
        name="Parkhaus Nord",
        address="Musterstraße 1",
        city="Berlin",
        postal_code="10115",
        state=None,
        country="DEU",
        coordinates=GeoLocation(latitude="52.520008", longitude="13.404954"),
        evse_uid="3256",
        evse_id="DE*ABC*E3256",
        connector_id="1",
        connector_standard="IEC_62196_T2",
        connector_format="SOCKET",
        connector_power_type="AC_3_PHASE",
    )
    return replace(whole, **changes)


def charging_session(of: Tariff, *, seconds: int, **changes: Any) -> ChargingSession:
    """A closed session of so many seconds under a tariff."""
    authorization = Authorization(
        authorization_id="auth-1",
        token=CdrToken(party=EMSP, uid="012345678", type=TokenType.RFID, contract_id="NL-XYZ-C12345678-X"),
        location=location(),
        auth_method=AuthMethod.WHITELIST,
        allowed=AllowedType.ALLOWED,
        authorization_reference="ref-1",
        snapshot=snapshot(of),
    )
    whole = ChargingSession(
        session_id="session-1",
        party=of.party,
        authorization=authorization,
        start_date_time=START,
        end_date_time=START + timedelta(seconds=seconds),
        state=SessionState.CLOSED,
    )
    return replace(whole, **changes)


def signed_record(nature: Nature, text: str = '{"RD":[]}') -> SignedRecord:
    """A record that looks like OCMF; whoever verifies it refuses it."""
    record = f'OCMF|{text}|{{"SD":"{nature}"}}'.encode()
    return SignedRecord(nature=nature, encoding_method="OCMF", plain_data=text, record=record)


@lru_cache
def truly_signed(nature: Nature, qualifier: str, kwh: str, page: int) -> SignedRecord:
    """A record that verifies under `KEY_DER`, and says what it is asked to."""
    text = record_text(payload(reading(qualifier, kwh), MS=METER_ID, PG=f"T{page}"))
    return SignedRecord(nature=nature, encoding_method="OCMF", plain_data=text.split(b"|")[1].decode(), record=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledSession:
    """All that belongs to one billed session."""

    session: ChargingSession
    metered: Segmentation
    priced: PricedSession
    records: tuple[SignedRecord, ...]
    signed_data: SignedData
    cdr: Cdr
    evidence: SignedEvidence


#: A start fee, energy, and both kinds of time, each with its own VAT and step.
FULL_TARIFF = tariff(
    component("FLAT", "0.50", vat=20),
    component("ENERGY", "0.45", vat=19, step_size=1),
    component("TIME", "1.20", vat=19, step_size=60),
    component("PARKING_TIME", "6.00", vat=19, step_size=300),
)


def billed_session(of: Tariff = FULL_TARIFF) -> BilledSession:
    """A session with a signed intermediate reading and a parking tail: 1201 s, 1399 s, then 701 s parked."""
    periods = (
        evidence_period(START, 1201, "7.1234"),
        evidence_period(START + timedelta(seconds=1201), 1399, "8.0006"),
        evidence_period(START + timedelta(seconds=2600), 701, "0", parking=True),
    )
    session = charging_session(of, seconds=3301)
    segmentation = segment(periods)
    priced = price(segmentation.periods, of, POLICY)
    records = (
        truly_signed(Nature.START, "B", "1000.0000", 1),
        truly_signed(Nature.INTERMEDIATE, "C", "1007.1234", 2),
        truly_signed(Nature.END, "E", "1015.1240", 3),
    )
    signed_data = signed_data_from(records, public_key=KEY_DER)
    cdr = assemble_cdr(
        cdr_id="cdr-1",
        session=session,
        metered=segmentation,
        priced=priced,
        signed_data=signed_data,
        meter_id=METER_ID,
        now=START + timedelta(hours=2),
    )
    return BilledSession(
        session=session,
        metered=segmentation,
        priced=priced,
        records=records,
        signed_data=signed_data,
        cdr=cdr,
        evidence=_evidence_of_the_billed(session, records),
    )


def _evidence_of_the_billed(session: ChargingSession, records: tuple[SignedRecord, ...]) -> SignedEvidence:
    return SignedEvidence(
        session=session,
        energy_kwh=Decimal("15.1240"),
        begin=START,
        end=START + timedelta(seconds=3301),
        meter_id=METER_ID,
        billable_time="duration",
        records=records,
        key_der=KEY_DER,
        public_key=KEY_DER,
        registered=KeyRegistry(),
    )
