"""Every meter format that is verified becomes a CDR, over real HTTP: its proof goes out byte for byte.

Source of the expectations: formats.md 8 (table of OCPI's fields by format).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import pytest

from meter_sign import KeyPolicy, judge
from tests.support import alfen, bsm, edl40, pcdf
from tests.support.gateway import Json, Place, RunningGateway, Session, codes, running_gateway, tariff_components
from tests.support.meter import END, START
from tools.counterparty.wire import write_json
from tools.fixtures.meter_keys import METER
from tools.fixtures.ocmf_text import SERIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENERGY_ONLY = tariff_components(ENERGY="0.50")
#: 9 o'clock and 11 o'clock UTC, as Alfen signs them.
NINE, ELEVEN = edl40.UTC_SECONDS, edl40.UTC_SECONDS + 7_200


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A session in one format, and what OCPI shall say of it."""

    meter_id: str
    #: As the nameplate or the record writes it, and the curve where that text does not tell it.
    public_key: str
    curve: str | None = None
    #: Records as (time, bytes).
    records: tuple[tuple[str, bytes], ...]
    energy: str
    encoding_method: str
    #: The key as the format itself publishes it.
    published_key: bytes
    natures: tuple[str, ...] = ("Start", "End")
    binary: bool = False


_EDL_KEY = edl40.point("secp192r1")


def _alfen(number: int) -> Sample:
    meter = bytes.fromhex("0a0145574b0033") + number.to_bytes(3, "big")
    begin, end = (write(meter_id=meter, time=at) for write, at in ((alfen.begin, NINE), (alfen.end, ELEVEN)))
    return Sample(
        meter_id=meter.hex().upper(), public_key=alfen.base32(alfen.compressed()), curve="secp192r1",
        records=((START, begin.encode()), (END, end.encode())), energy="10.500",
        encoding_method="Alfen Eichrecht", published_key=alfen.compressed(),
    )  # fmt: skip


def pcdf_line(meter_id: str, **changes: str) -> bytes:
    """The usual session of a PES DC meter, in this session's hours."""
    usual = {"ST": "260115100000", "CT": "260115120000", "CD": "020000", "HW": meter_id}
    return pcdf.line(**(usual | changes)).encode()


def _pcdf(number: int) -> Sample:
    meter = f"39{number:09}"
    return Sample(
        meter_id=meter, public_key=pcdf.point(), records=((END, pcdf_line(meter)),), energy="10.500",
        encoding_method="PCDF", published_key=bytes.fromhex(pcdf.point()), natures=("End",),
    )  # fmt: skip


def blocks(server_id: str, **changes: int) -> list[edl40.Block]:
    """Begin and end of the usual session of an EDL40 meter; `pagination` is the begin's."""
    first = changes.get("pagination", edl40.BEGIN.pagination)
    return [
        replace(block, server_id=bytes.fromhex(server_id), pagination=first + number)
        for number, block in enumerate((edl40.BEGIN, edl40.END))
    ]


def _server_id(number: int) -> str:
    return f"0901454D48{number:010X}"


def _edl_40_p(number: int) -> Sample:
    begin, end = blocks(_server_id(number))
    return Sample(
        meter_id=_server_id(number), public_key=_EDL_KEY.hex(), binary=True,
        records=((START, edl40.edl_40_p(begin)), (END, edl40.edl_40_p(end))), energy="1.2345",
        encoding_method="EDL40 E-Mobility Extension", published_key=_EDL_KEY,
    )  # fmt: skip


def signed_meter_value(block: edl40.Block) -> bytes:
    """The element alone: what stands before it in a file is no part of the record."""
    whole = edl40.edl_40_sig(block)
    return whole[whole.index(b"<signedMeterValue") :]


def _edl_40_sig(number: int) -> Sample:
    begin, end = blocks(_server_id(number))
    return Sample(
        meter_id=_server_id(number), public_key=b64encode(_EDL_KEY).decode(),
        records=((START, signed_meter_value(begin)), (END, signed_meter_value(end))), energy="1.2345",
        encoding_method="EDL40 E-Mobility Extension", published_key=_EDL_KEY,
    )  # fmt: skip


def _mennekes(number: int) -> Sample:
    return Sample(
        meter_id=_server_id(number), public_key=_EDL_KEY.hex(),
        records=((END, edl40.mennekes(*blocks(_server_id(number)))),), energy="1.2345",
        encoding_method="EDL40 Mennekes", published_key=_EDL_KEY, natures=("End",),
    )  # fmt: skip


def _isa(number: int) -> Sample:
    record = edl40.isa(edl40.Isa(server_id=bytes.fromhex(_server_id(number))))
    return Sample(
        meter_id=_server_id(number), public_key=edl40.point("secp256r1").hex(), binary=True,
        records=((END, record),), energy="1.2345",
        encoding_method="ISA_EDL_40_P", published_key=edl40.point("secp256r1"), natures=("End",),
    )  # fmt: skip


SAMPLES: dict[str, Callable[[int], Sample]] = {
    "ALFEN": _alfen,
    "PCDF": _pcdf,
    "EDL_40_P": _edl_40_p,
    "EDL_40_SIG": _edl_40_sig,
    "EDL_40_MENNEKES": _mennekes,
    "ISA_EDL_40_P": _isa,
}
_NUMBERS = count(1)


def new_sample(name: str) -> Sample:
    """A session of a meter that no other test has."""
    return SAMPLES[name](next(_NUMBERS))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share; each test has a meter of its own."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def register(gateway: RunningGateway, sample: Sample, **registration: object) -> Json:
    """Register the sample's key as it is published."""
    usual = {"public_key": sample.public_key, "source": "nameplate"}
    curve = {} if sample.curve is None else {"curve": sample.curve}
    return gateway.ask("PUT", f"/meters/{sample.meter_id}/keys/nameplate", usual | curve | registration)


def bring(gateway: RunningGateway, sample: Sample, encoding: str = "plain", *, place: Place | None = None) -> Session:
    """A session with the sample's records in a text encoding; what is binary is hex where it is called plain."""
    session = gateway.start(place or gateway.new_place(ENERGY_ONLY))
    for at, raw in sample.records:
        plain = raw.hex() if sample.binary else raw.decode()
        text = {"plain": plain, "hex": raw.hex(), "base64": b64encode(raw).decode()}[encoding]
        verdict = session.value(at, text, encoding=encoding)
        assert "valid" == verdict["verdict"], verdict
    return session


@pytest.mark.parametrize(
    ("name", "encoding"),
    [*((name, "plain") for name in SAMPLES), ("EDL_40_P", "hex"), ("EDL_40_P", "base64"), ("ALFEN", "base64")],
)
def test_every_format_becomes_a_cdr(gateway: RunningGateway, name: str, encoding: str) -> None:
    """The received bytes go out as they are, under the registered name, with the key as the format writes it."""
    sample = new_sample(name)
    register(gateway, sample)
    cdr = bring(gateway, sample, encoding).billed()
    assert (sample.meter_id, Decimal(sample.energy)) == (cdr["meter_id"], cdr["total_energy"])
    signed_data = cdr["signed_data"]
    assert sample.encoding_method == signed_data["encoding_method"]
    assert sample.published_key == b64decode(signed_data["public_key"])
    values = signed_data["signed_values"]
    assert list(sample.natures) == [value["nature"] for value in values]
    assert [raw for _, raw in sample.records] == [b64decode(value["signed_data"]) for value in values]
    texts = [raw.hex().upper() if sample.binary else raw.decode() for _, raw in sample.records]
    assert texts == [value["plain_data"] for value in values]


@pytest.mark.parametrize("name", SAMPLES)
def test_proof_that_left_verifies_alone(gateway: RunningGateway, name: str) -> None:
    """The CDR as the eMSP has it, judged as a file of its own with the key that it carries: the same energy."""
    sample = new_sample(name)
    register(gateway, sample)
    cdr = bring(gateway, sample).billed()
    judgement = judge(write_json(cdr).encode(), KeyPolicy(), at=datetime.fromisoformat(END))
    assert {"verified"} == {str(value.status) for value in judgement.values}
    (only,) = judgement.transactions
    assert (True, Decimal(sample.energy)) == (only.billable, only.transaction.energy_kwh)


@pytest.mark.parametrize("name", SAMPLES)
def test_that_nobody_else_was_asked_is_said(gateway: RunningGateway, name: str) -> None:
    """Pyocmf reads OCMF only; the CDR leaves without its opinion, and the operator is told."""
    sample = new_sample(name)
    register(gateway, sample)
    closed = bring(gateway, sample).close()
    assert ("ready", ["SECOND_OPINION_NOT_GIVEN"]) == (closed["state"], codes(closed, "info"))


def test_reconciliation_asks_the_outgoing_proof(gateway: RunningGateway) -> None:
    """Among the checks that held is the one that takes signed_data itself and asks it for the energy."""
    sample = new_sample("EDL_40_P")
    register(gateway, sample)
    cdr_id = bring(gateway, sample).close()["cdr_id"]
    assert "signed_data_proves_the_energy" in gateway.cdr(cdr_id)["reconciliation"]["checks"]


@pytest.mark.parametrize("name", ["ALFEN", "PCDF", "EDL_40_SIG", "EDL_40_MENNEKES"])
def test_key_inside_the_record_makes_no_cdr(gateway: RunningGateway, name: str) -> None:
    """Without a registered key the record only agrees with itself; with another one registered it is an alarm."""
    sample = new_sample(name)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    at, raw = sample.records[0]
    value = session.value(at, raw.decode())["values"][0]
    assert ("untrusted_key", ["KEY_SOURCE_UNTRUSTED"]) == (value["status"], value["problems"])
    stranger = edl40.point("secp256r1" if name == "PCDF" else "secp192r1", 0xBAD).hex()
    register(gateway, sample, public_key=stranger)
    again = session.value(END, sample.records[-1][1].decode())["values"][0]
    assert ("untrusted_key", ["PUBLIC_KEY_MISMATCH"]) == (again["status"], again["problems"])


@pytest.mark.parametrize("name", SAMPLES)
def test_time_is_billed_by_none_of_these_clocks(gateway: RunningGateway, name: str) -> None:
    """None of them is known to be synchronised, so a price on time stops the CDR, whatever is registered."""
    sample = new_sample(name)
    register(gateway, sample, time_tariff="allowed")
    closed = bring(gateway, sample, place=gateway.new_place(tariff_components(ENERGY="0.50", TIME="1.00"))).close()
    assert None is closed["cdr_id"]
    assert "CLOCK_NOT_BILLABLE" in codes(closed)


def test_whole_process_in_one_payload_becomes_a_cdr(gateway: RunningGateway) -> None:
    """The JSON of chargeIT brings both snapshots at once; each goes out as a signed value of its own."""
    gateway.register_key(SERIAL, "nameplate", METER)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    # The snapshots are of 10 and 11 o'clock in Berlin.
    session.value(END, bsm.text(bsm.container(bsm.begin(), bsm.end())).decode())
    cdr = session.billed()
    assert Decimal("10.50") == cdr["total_energy"]
    values = cdr["signed_data"]["signed_values"]
    assert ["Start", "End"] == [value["nature"] for value in values]
    judged = [judge(b64decode(value["signed_data"]), KeyPolicy(), at=datetime.fromisoformat(END)) for value in values]
    assert ["valid", "valid"] == [str(one.verdict) for one in judged]


def test_sml_and_xml_of_one_meter_may_stand_together(gateway: RunningGateway) -> None:
    """Both sign the same block, and OCPI has one name for them."""
    sml, xml = new_sample("EDL_40_P"), _edl_40_sig(next(_NUMBERS))
    begin, end = blocks(sml.meter_id)
    register(gateway, sml)
    mixed = gateway.start(gateway.new_place(ENERGY_ONLY))
    mixed.value(START, edl40.edl_40_p(begin).hex(), encoding="hex")
    mixed.value(END, signed_meter_value(end).decode())
    assert xml.encoding_method == mixed.billed()["signed_data"]["encoding_method"]


def test_the_same_energy_in_another_format_is_billed_once(gateway: RunningGateway) -> None:
    """A station that sends its session as SML and as XML has signed the same bytes, whatever the wrapping."""
    sample = new_sample("EDL_40_P")
    register(gateway, sample)
    assert "ready" == bring(gateway, sample).close()["state"]
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    for at, block in zip((START, END), blocks(sample.meter_id), strict=True):
        session.value(at, signed_meter_value(block).decode())
    assert {"SIGNED_VALUE_IN_OTHER_SESSION"} == set(codes(session.close()))


def sml_session(sample: Sample, pagination: int, *values: int) -> Sample:
    """A session of the same meter with these numbers and readings, in tenths of a watt-hour."""
    pair = [
        replace(block, value=value)
        for block, value in zip(blocks(sample.meter_id, pagination=pagination), values, strict=True)
    ]
    return replace(sample, records=tuple(zip((START, END), map(edl40.edl_40_p, pair), strict=True)))


def test_sessions_of_an_edl_meter_are_held_against_each_other(gateway: RunningGateway) -> None:
    """The register and the count of an EDL40 meter run on; signed again under new numbers, the energy is the same."""
    sample = new_sample("EDL_40_P")
    register(gateway, sample)
    bring(gateway, sample).close()
    assert ["ENERGY_OVERLAPS"] == codes(bring(gateway, sml_session(sample, 9, 12_345, 24_690)).close())
    assert "ready" == bring(gateway, sml_session(sample, 11, 24_690, 30_000)).close()["state"]


def test_sessions_of_a_pcdf_meter_are_told_apart_by_their_count(gateway: RunningGateway) -> None:
    """Each session is a difference from zero; the count of sessions shows which is double and how many are missing."""
    sample = new_sample("PCDF")
    register(gateway, sample)
    bring(gateway, sample).close()
    double = replace(sample, records=((END, pcdf_line(sample.meter_id, RV="0012.000*kWh")),))
    assert ["PAGINATION_REPEATS"] == codes(bring(gateway, double).close())
    later = replace(sample, records=((END, pcdf_line(sample.meter_id, CSC="20", RV="0009.000*kWh")),))
    closed = bring(gateway, later).close()
    assert "ready" == closed["state"]
    assert "PAGINATION_GAP" in codes(closed, "warning")


def test_record_that_ocpi_cannot_carry_makes_no_cdr(gateway: RunningGateway) -> None:
    """More than 5000 characters of base64: refused with its code, never cut."""
    sample = new_sample("EDL_40_MENNEKES")
    padded = edl40.mennekes(*blocks(sample.meter_id), MeteringPoint="DE*XYZ*E1" + " " * 3_000)
    register(gateway, sample)
    closed = bring(gateway, replace(sample, records=((END, padded),))).close()
    assert (None, ["OCPI_LENGTH"]) == (closed["cdr_id"], codes(closed))
