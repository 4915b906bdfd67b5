"""A CDR is complete, within OCPI's lengths, and carries its proof in order."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cdr_service.domain.cdr import Cdr, Nature
from cdr_service.domain.cdr_assembly import SignedRecord, assemble_cdr, signed_data_from
from cdr_service.domain.errors import AssemblyError
from cdr_service.domain.findings import GatewayCode
from tests.support.domain import CPO, KEY_DER, START, BilledSession, billed_session, location, signed_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdr_service.domain.session import ChargingSession


def assemble(billed: BilledSession, **changes: Any) -> Cdr:
    """Assemble with something changed."""
    arguments: dict[str, Any] = {
        "cdr_id": "cdr-1",
        "session": billed.session,
        "metered": billed.metered,
        "priced": billed.priced,
        "signed_data": billed.signed_data,
        "meter_id": "1EMH0012345678",
        "now": START + timedelta(hours=2),
    }
    return assemble_cdr(**(arguments | changes))


def with_authorization(session: ChargingSession, **changes: Any) -> ChargingSession:
    """The session under a changed authorization."""
    return replace(session, authorization=replace(session.authorization, **changes))


def test_quantities_add_up() -> None:
    """1201, 1399 and 701 s with 7.1234 and 8.0006 kWh are 15.124 kWh, 0.9169 h, and 0.1947 h of parking."""
    cdr = billed_session().cdr
    assert (Decimal("15.1240"), Decimal("0.9169"), Decimal("0.1947")) == (
        cdr.total_energy,
        cdr.total_time,
        cdr.total_parking_time,
    )


def test_cdr_is_priced_by_hand() -> None:
    """The totals are those computed by hand.

    15.124 kWh at 0.45 in whole Wh are 6.8058, 2600 s at 1.20 are 0.866667, parking 701 -> 900 s at 6.00 is 1.50, and
    0.50 fixed: 9.672467, or 0.60 + 1.19 x 9.172467 = 11.515235 with VAT.
    """
    cdr = billed_session().cdr
    assert ["6.8058", "0.8667", "1.5000", "0.5000", "9.6725"] == [
        str(total.excl_vat)
        for total in (
            cdr.total_energy_cost,
            cdr.total_time_cost,
            cdr.total_parking_cost,
            cdr.total_fixed_cost,
            cdr.total_cost,
        )
    ]
    assert Decimal("11.5152") == cdr.total_cost.incl_vat


def test_session_facts_are_carried_over() -> None:
    """Party, ids, token, place, authorization and tariff stand in the CDR as the session has them."""
    billed = billed_session()
    cdr, authorization = billed.cdr, billed.session.authorization
    assert (CPO, "cdr-1", "session-1", "1EMH0012345678", "EUR") == (
        cdr.party,
        cdr.id,
        cdr.session_id,
        cdr.meter_id,
        cdr.currency,
    )
    assert (authorization.token, authorization.location, authorization.snapshot, "WHITELIST", "ref-1") == (
        cdr.cdr_token,
        cdr.cdr_location,
        cdr.tariff,
        cdr.auth_method,
        cdr.authorization_reference,
    )


def test_instants_are_whole_seconds() -> None:
    """Fractions of a second do not go on the wire, not in start, end or last_updated."""
    billed = billed_session()
    fraction = timedelta(milliseconds=700)
    end = billed.session.end_date_time
    assert end is not None
    session = replace(
        billed.session, start_date_time=billed.session.start_date_time + fraction, end_date_time=end + fraction
    )
    cdr = assemble(billed, session=session, now=START + fraction)
    assert (START, end, START) == (cdr.start_date_time, cdr.end_date_time, cdr.last_updated)


def test_every_period_names_the_tariff() -> None:
    """Each of the three periods is billed by the frozen tariff."""
    assert ["tariff-1"] * 3 == [period.tariff_id for period in billed_session().cdr.charging_periods]


def test_open_session_has_no_cdr() -> None:
    """A session without end is not billed."""
    billed = billed_session()
    with pytest.raises(AssemblyError) as caught:
        assemble(billed, session=replace(billed.session, end_date_time=None))
    assert GatewayCode.SESSION_NOT_CLOSED == caught.value.code


TEXTS: list[tuple[str, int, GatewayCode, Callable[[str], dict[str, Any]]]] = [
    ("/id", 36, GatewayCode.ID_TOO_LONG, lambda text: {"cdr_id": text}),
    ("/meter_id", 255, GatewayCode.FIELD_TOO_LONG, lambda text: {"meter_id": text}),
]
SESSION_TEXTS: list[tuple[str, int, Callable[[ChargingSession, str], ChargingSession]]] = [
    ("/session_id", 36, lambda session, text: replace(session, session_id=text)),
    ("/authorization_reference", 36, lambda session, text: with_authorization(session, authorization_reference=text)),
    (
        "/cdr_token/uid",
        36,
        lambda session, text: with_authorization(session, token=replace(session.authorization.token, uid=text)),
    ),
    (
        "/cdr_token/contract_id",
        36,
        lambda session, text: with_authorization(session, token=replace(session.authorization.token, contract_id=text)),
    ),
]
LOCATION_LENGTHS = {
    "id": 36,
    "name": 255,
    "address": 45,
    "city": 45,
    "postal_code": 10,
    "state": 20,
    "country": 3,
    "evse_uid": 36,
    "evse_id": 48,
    "connector_id": 36,
}


def located(session: ChargingSession, field: str, text: str) -> ChargingSession:
    """The session at a changed place."""
    return with_authorization(session, location=location(**{field: text}))


@pytest.mark.parametrize(("pointer", "length", "code", "change"), TEXTS)
def test_argument_of_full_length_fits_and_one_more_does_not(
    pointer: str, length: int, code: GatewayCode, change: Callable[[str], dict[str, Any]]
) -> None:
    """An id of OCPI's length is carried, one of a character more is refused where it stands."""
    billed = billed_session()
    assemble(billed, **change("x" * length))
    with pytest.raises(AssemblyError) as caught:
        assemble(billed, **change("x" * (length + 1)))
    assert (code, pointer) == (caught.value.code, caught.value.where)


@pytest.mark.parametrize(("pointer", "length", "change"), SESSION_TEXTS)
def test_session_text_of_full_length_fits_and_one_more_does_not(
    pointer: str, length: int, change: Callable[[ChargingSession, str], ChargingSession]
) -> None:
    """A text of the session of OCPI's length is carried, one of a character more is refused where it stands."""
    billed = billed_session()
    assemble(billed, session=change(billed.session, "x" * length))
    with pytest.raises(AssemblyError) as caught:
        assemble(billed, session=change(billed.session, "x" * (length + 1)))
    assert (GatewayCode.FIELD_TOO_LONG, pointer) == (caught.value.code, caught.value.where)


@pytest.mark.parametrize(("field", "length"), LOCATION_LENGTHS.items())
def test_location_text_of_full_length_fits_and_one_more_does_not(field: str, length: int) -> None:
    """A text of the place of OCPI's length is carried, one of a character more is refused where it stands."""
    billed = billed_session()
    assemble(billed, session=located(billed.session, field, "x" * length))
    with pytest.raises(AssemblyError) as caught:
        assemble(billed, session=located(billed.session, field, "x" * (length + 1)))
    assert (GatewayCode.FIELD_TOO_LONG, f"/cdr_location/{field}") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize(
    ("field", "text"), [("address", "Weg 1\nHof"), ("city", "Bonn\x00"), ("evse_id", "DE*Ä"), ("id", "A\tB")]
)
def test_characters_that_ocpi_does_not_know_are_refused(field: str, text: str) -> None:
    """No line break, no control character, and in a CiString no letter beyond ASCII."""
    billed = billed_session()
    with pytest.raises(AssemblyError) as caught:
        assemble(billed, session=located(billed.session, field, text))
    assert (GatewayCode.FIELD_NOT_PRINTABLE, f"/cdr_location/{field}") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize("field", ["address", "city", "evse_uid", "evse_id", "connector_id"])
def test_required_text_is_not_empty(field: str) -> None:
    """What OCPI requires of a place is there."""
    billed = billed_session()
    with pytest.raises(AssemblyError) as caught:
        assemble(billed, session=located(billed.session, field, ""))
    assert (GatewayCode.FIELD_MISSING, f"/cdr_location/{field}") == (caught.value.code, caught.value.where)


def ocmf(*, plain_data: str, record: bytes) -> SignedRecord:
    """A record that holds begin and end."""
    return SignedRecord(nature=Nature.END, encoding_method="OCMF", plain_data=plain_data, record=record)


def test_optional_texts_may_be_absent() -> None:
    """Name, postal code, state, meter and reference are optional."""
    billed = billed_session()
    bare = with_authorization(
        billed.session, authorization_reference=None, location=location(name=None, postal_code=None, state=None)
    )
    cdr = assemble(billed, session=bare, meter_id=None)
    assert (None, None, None) == (cdr.authorization_reference, cdr.cdr_location.name, cdr.meter_id)


@pytest.mark.parametrize(
    ("pointer", "record", "key_der"),
    [
        (
            "/signed_data/signed_values/0/plain_data",
            ocmf(plain_data="x" * 5001, record=b"r"),
            KEY_DER,
        ),
        # 3750 bytes are 5000 characters of base64; one more byte is 5004.
        (
            "/signed_data/signed_values/0/signed_data",
            ocmf(plain_data="x", record=b"r" * 3751),
            KEY_DER,
        ),
        # 384 bytes are 512 characters of base64; one more byte is 516.
        ("/signed_data/public_key", ocmf(plain_data="x", record=b"r"), b"k" * 385),
    ],
)
def test_proof_that_does_not_fit_stops_the_cdr(pointer: str, record: SignedRecord, key_der: bytes) -> None:
    """A record or key longer than OCPI carries is refused: a CDR does not leave without its proof."""
    with pytest.raises(AssemblyError) as caught:
        assemble(billed_session(), signed_data=signed_data_from([record], public_key=key_der))
    assert (GatewayCode.OCPI_LENGTH, pointer) == (caught.value.code, caught.value.where)


def edifact() -> SignedRecord:
    """A file of EDIFACT."""
    return SignedRecord(nature=Nature.END, encoding_method="EDIFACT", plain_data="x", record=b"UNB")


def test_edifact_has_the_version_that_both_sides_agree_on() -> None:
    """edifact.md 5.4: encoding_method_version 1; other methods state none."""
    versions = [
        signed_data_from([record], public_key=KEY_DER).encoding_method_version
        for record in (edifact(), ocmf(plain_data="x", record=b"r"))
    ]
    assert [1, None] == versions


def test_long_key_is_left_out_where_the_record_names_it() -> None:
    """RSA-2048 fits into 512 characters, RSA-3072 does not and is bound by its certificate (edifact.md 5.4)."""
    keys = [signed_data_from([edifact()], public_key=b"k" * size).public_key for size in (384, 385)]
    assert [True, False] == [key is not None for key in keys]


def test_proof_of_full_length_fits() -> None:
    """5000 characters of text and of base64, and 512 of a key, are carried."""
    record = ocmf(plain_data="x" * 5000, record=b"r" * 3750)
    signed_data = signed_data_from([record], public_key=b"k" * 384)
    assert signed_data == assemble(billed_session(), signed_data=signed_data).signed_data


def test_line_break_in_the_signed_text_stays() -> None:
    """The signed text is never altered, so a line break in it is no reason to refuse."""
    record = ocmf(plain_data='{"RD":\n[]}', record=b"r")
    cdr = assemble(billed_session(), signed_data=signed_data_from([record], public_key=KEY_DER))
    assert '{"RD":\n[]}' == cdr.signed_data.signed_values[0].plain_data


def test_signed_values_are_in_order() -> None:
    """Records go out as Start, Intermediates in their order, End, whatever order they came in."""
    records = [
        signed_record(Nature.END),
        signed_record(Nature.INTERMEDIATE, "first"),
        signed_record(Nature.START),
        signed_record(Nature.INTERMEDIATE, "second"),
    ]
    values = signed_data_from(records, public_key=KEY_DER).signed_values
    assert ["Start", "Intermediate", "Intermediate", "End"] == [value.nature for value in values]
    assert ["first", "second"] == [value.plain_data for value in values[1:3]]


def test_signed_data_is_the_bytes_themselves() -> None:
    """signed_data and public_key are base64 of exactly the bytes that were given."""
    record = signed_record(Nature.END)
    signed_data = signed_data_from([record], public_key=KEY_DER)
    assert ("OCMF", KEY_DER) == (signed_data.encoding_method, b64decode(signed_data.public_key or ""))
    assert record.record == b64decode(signed_data.signed_values[0].signed_data)


def test_record_with_begin_and_end_goes_out_once() -> None:
    """A single record, which holds begin and end, is one value, an End."""
    values = signed_data_from([signed_record(Nature.END)], public_key=KEY_DER).signed_values
    assert [Nature.END] == [value.nature for value in values]


@pytest.mark.parametrize(
    "natures",
    [
        [],
        [Nature.START],
        [Nature.START, Nature.INTERMEDIATE],
        [Nature.START, Nature.END, Nature.END],
        [Nature.START, Nature.START, Nature.END],
    ],
)
def test_half_a_transaction_is_no_proof(natures: list[Nature]) -> None:
    """Without exactly one End, or with two Starts, there is no signed data."""
    with pytest.raises(AssemblyError) as caught:
        signed_data_from([signed_record(nature) for nature in natures], public_key=KEY_DER)
    assert GatewayCode.SIGNED_VALUES_INCOMPLETE == caught.value.code


def test_records_of_two_formats_are_no_proof() -> None:
    """SignedData names one format."""
    other = replace(signed_record(Nature.START), encoding_method="Alfen Eichrecht")
    with pytest.raises(AssemblyError) as caught:
        signed_data_from([other, signed_record(Nature.END)], public_key=KEY_DER)
    expected = (GatewayCode.SIGNED_FORMATS_DIFFER, "records of Alfen Eichrecht, OCMF")
    assert expected == (caught.value.code, caught.value.detail)
