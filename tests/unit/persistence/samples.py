"""One of everything, for tests of the store: real files, real rows, no keys and no wire."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from cdr_service.domain.cdr import (
    Cdr,
    CdrDimension,
    CdrDimensionType,
    ChargingPeriod,
    Nature,
    SignedData,
    SignedValue,
)
from cdr_service.domain.money import Amount, Price, RoundingPolicy
from cdr_service.domain.party import PartyId, Role
from cdr_service.domain.pricing import PricedSession, Totals
from cdr_service.domain.reconcile import ReconciledCdr, ReconciliationReport
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
from cdr_service.persistence.engine import open_engine
from cdr_service.persistence.migrations.upgrade import migrate
from cdr_service.persistence.records import (
    Counterparty,
    CounterpartyState,
    KeyProvenance,
    NewDelivery,
    Reconciliation,
    StoredMeterKey,
    TimeTariff,
)
from cdr_service.persistence.unit_of_work import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Engine

    from cdr_service.persistence.store import Store

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
CPO = PartyId("DE", "EIC")
EMSP = PartyId("NL", "TNM")
TARIFF_JSON = (
    b'{"country_code":"DE","currency":"EUR","elements":[{"price_components":'
    b'[{"price":0.490,"step_size":1,"type":"ENERGY","vat":19.0}]}],"id":"16",'
    b'"last_updated":"2026-01-01T00:00:00Z","party_id":"EIC"}'
)
TARIFF_SHA256 = sha256(TARIFF_JSON).hexdigest()
BODY = b'{"id":"CDR-1","total_cost":{"excl_vat":12.3750}}'
BODY_SHA256 = sha256(BODY).hexdigest()


def read_tariff(canonical_json: bytes) -> Tariff:
    """A reader of `TARIFF_JSON` and its like."""
    written = json.loads(canonical_json, parse_float=Decimal)
    return Tariff(
        party=PartyId(written["country_code"], written["party_id"]),
        id=written["id"],
        currency=written["currency"],
        elements=tuple(
            TariffElement(
                price_components=tuple(
                    PriceComponent(
                        type=TariffDimensionType(component["type"]),
                        price=component["price"],
                        vat=component["vat"],
                        step_size=component["step_size"],
                    )
                    for component in element["price_components"]
                )
            )
            for element in written["elements"]
        ),
        last_updated=datetime.fromisoformat(written["last_updated"]),
    )


def new_database(folder: Path) -> Engine:
    """A migrated SQLite file in `folder`, or the one that is there."""
    engine = open_engine(f"sqlite:///{folder / 'eichwerk.sqlite'}")
    migrate(engine)
    return engine


@contextmanager
def closing_database(folder: Path) -> Iterator[Engine]:
    """A migrated SQLite file in `folder` for the length of a test."""
    engine = new_database(folder)
    try:
        yield engine
    finally:
        engine.dispose()


def opening(engine: Engine) -> Callable[[], AbstractContextManager[Store]]:
    """Opens transactions on `engine` that read tariffs as above."""
    return lambda: transaction(engine, read_tariff)


def counterparty(**changes: Any) -> Counterparty:
    """An invited eMSP."""
    invited = Counterparty(
        id="cp-1",
        name="Tanke",
        versions_url="https://emsp.example/ocpi/versions",
        allowed_hosts=("emsp.example",),
        profile="default",
        state=CounterpartyState.INVITED,
        role=Role.EMSP,
        party=EMSP,
    )
    return replace(invited, **changes)


def meter_key(**changes: Any) -> StoredMeterKey:
    """A key that was always valid."""
    key = StoredMeterKey(
        serial="1EMH0012345678",
        name="main",
        spki_der=b"spki-a",
        fingerprint="sha256:aa",
        valid_from=None,
        valid_until=None,
        evse_uid=None,
        source=KeyProvenance.NAMEPLATE,
        time_tariff=TimeTariff.FORBIDDEN,
    )
    return replace(key, **changes)


def snapshot() -> TariffSnapshot:
    """The tariff above, frozen at noon."""
    return TariffSnapshot(
        tariff=read_tariff(TARIFF_JSON),
        canonical_json=TARIFF_JSON,
        sha256=TARIFF_SHA256,
        time_zone="Europe/Berlin",
        taken_at=NOW,
        reason=SnapshotReason.AUTHORIZATION,
    )


def location() -> CdrLocation:
    """A place with an umlaut and without a name."""
    return CdrLocation(
        id="LOC-1",
        name=None,
        address="Völklinger Straße 3",
        city="Köln",
        postal_code="50667",
        state=None,
        country="DEU",
        coordinates=GeoLocation(latitude="50.9413", longitude="6.9583"),
        evse_uid="1",
        evse_id="DE*EIC*E1",
        connector_id="1",
        connector_standard="IEC_62196_T2",
        connector_format="SOCKET",
        connector_power_type="AC_3_PHASE",
    )


def authorization(authorization_id: str = "auth-1") -> Authorization:
    """An allowed token of the eMSP."""
    return Authorization(
        authorization_id=authorization_id,
        token=CdrToken(party=EMSP, uid="04A1B2C3", type=TokenType.RFID, contract_id="NL-TNM-C12345678-X"),
        location=location(),
        auth_method=AuthMethod.AUTH_REQUEST,
        allowed=AllowedType.ALLOWED,
        authorization_reference="ref-1",
        snapshot=snapshot(),
    )


def charging_session(session_id: str = "S-1") -> ChargingSession:
    """An open session under the authorization above."""
    return ChargingSession(
        session_id=session_id,
        party=CPO,
        authorization=authorization(),
        start_date_time=NOW,
        end_date_time=None,
        state=SessionState.OPEN,
    )


def cdr(cdr_id: str = "CDR-1", session_id: str = "S-1") -> Cdr:
    """A CDR of the session above, with an amount that a float cannot hold."""
    zero = Price(excl_vat=Decimal(0), incl_vat=Decimal(0))
    return Cdr(
        party=CPO,
        id=cdr_id,
        start_date_time=NOW,
        end_date_time=NOW + timedelta(hours=2),
        session_id=session_id,
        cdr_token=authorization().token,
        auth_method=AuthMethod.AUTH_REQUEST,
        authorization_reference="ref-1",
        cdr_location=location(),
        meter_id="1EMH0012345678",
        currency="EUR",
        tariff=snapshot(),
        charging_periods=(
            ChargingPeriod(
                start_date_time=NOW,
                dimensions=(CdrDimension(type=CdrDimensionType.ENERGY, volume=Decimal("20.45")),),
                tariff_id="16",
            ),
        ),
        signed_data=SignedData(
            encoding_method="OCMF",
            signed_values=(SignedValue(nature=Nature.END, plain_data="", signed_data="T0NNRg=="),),
        ),
        total_cost=Price(excl_vat=Decimal("99999999999999999.99"), incl_vat=None),
        total_fixed_cost=zero,
        total_energy=Decimal("20.4500"),
        total_energy_cost=Price(excl_vat=Decimal("123456789012345.6789"), incl_vat=Decimal("0.10")),
        total_time=Decimal("2.0000"),
        total_time_cost=zero,
        total_parking_time=Decimal(0),
        total_parking_cost=zero,
        last_updated=NOW,
    )


def reconciled(of: Cdr | None = None) -> ReconciledCdr:
    """The CDR as reconciled; the store asks for the type, not for the report."""
    nothing = Amount.total(())
    free = Price(excl_vat=Decimal(0))
    priced = PricedSession(
        lines=(),
        exact=Totals(
            total_cost=nothing,
            total_fixed_cost=nothing,
            total_energy_cost=nothing,
            total_time_cost=nothing,
            total_parking_cost=nothing,
        ),
        rounded=Totals(
            total_cost=free,
            total_fixed_cost=free,
            total_energy_cost=free,
            total_time_cost=free,
            total_parking_cost=free,
        ),
        policy=RoundingPolicy(),
    )
    report = ReconciliationReport(policy="exact", tariff_sha256=TARIFF_SHA256, priced=priced, checks=("totals",))
    return ReconciledCdr(cdr=of or cdr(), report=report)


def reconciliation() -> Reconciliation:
    """A report as bytes."""
    return Reconciliation(
        report=b'{"verdict":"ok"}', policy="exact", engine_version="0.1.0", inputs_sha256=sha256(b"in").hexdigest()
    )


def with_session(engine: Engine, session_id: str = "S-1") -> None:
    """Write everything a CDR of this session stands on, once."""
    with opening(engine)() as store:
        if store.find_counterparty_by_name("Tanke") is None:
            store.add_counterparty(counterparty(), now=NOW)
            store.put_tariff(CPO, "16", TARIFF_JSON, now=NOW)
            store.add_authorization(authorization(), now=NOW)
        store.add_session(charging_session(session_id), now=NOW)


def with_delivery(engine: Engine, number: int = 1, *, due_at: datetime = NOW) -> str:
    """Write session, CDR and delivery number `number`; returns the id of the delivery."""
    with_session(engine, f"S-{number}")
    with opening(engine)() as store:
        store.insert_cdr_with_delivery(
            reconciled(cdr(f"CDR-{number}", f"S-{number}")),
            body=BODY,
            reconciliation=reconciliation(),
            findings=(),
            delivery=NewDelivery(
                id=f"d-{number}", counterparty_id="cp-1", correlation_id=f"corr-{number}", due_at=due_at
            ),
            now=NOW,
        )
    return f"d-{number}"
