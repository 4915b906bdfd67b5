"""How a simulated session becomes signed records, format by format.

A format lays out what is signed and puts a signature beside it, apart from each other: so a tampered record is one
whose signed bytes are those of another session.

Source: OCMF 1.4.1, tables 1 to 8; formats.md 3.2; edifact.md 1.2, 2.1.
"""

from __future__ import annotations

import json
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, timedelta
from struct import pack
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.cli import simulate_edifact
from meter_sign.cli.simulate_meter import SimulatedKey
from meter_sign.formats.edl40.block import Edl40Block, write_block
from meter_sign.model import PayloadFormat, Phase
from meter_sign.timestamps import UNIX_EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from meter_sign.cli.simulate_meter import SimulatedMeter, SimulatedReading, SimulatedSession


class ToSign(NamedTuple):
    """The signed bytes of one record, and what its readings mark."""

    signed: bytes
    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFormat:
    """One format that can be simulated."""

    name: PayloadFormat
    curve: str
    #: The records' signed bytes, in order.
    lay_out: Callable[[SimulatedMeter, SimulatedSession], Sequence[ToSign]]
    #: One record of its signed bytes and a signature over whatever bytes.
    frame: Callable[[SimulatedKey, bytes, bytes], bytes]
    #: Whether the record holds its own key.
    key_inside: bool = False
    #: Ending of a text file with one record a line; None for formats that need a container.
    ending: str | None = None
    #: Whether transparency XML holds records of it.
    in_xml: bool = True
    #: The name of the meter's key in the registry; where records name their key, theirs.
    key_name: str = "test key, never use it for anything real"
    #: The id under which the meter's key is registered.
    meter_id: Callable[[SimulatedMeter], str]
    #: Whether the record says how good its clock is.
    tells_clock: bool = False
    #: The instant that a reader takes a reading's signed time for, if for any.
    seen_at: Callable[[SimulatedReading], datetime | None]
    #: How the signature is written.
    signed_by: Callable[[SimulatedKey, bytes], bytes]


def _utc(reading: SimulatedReading) -> datetime:
    return reading.at.astimezone(UTC)


def _server_id(meter: SimulatedMeter) -> str:
    return meter.server_id.hex().upper()


# OCMF ---------------------------------------------------------------------------------------------------------------

_TX = {Phase.BEGIN: "B", Phase.CHARGING: "C", Phase.END: "E"}


def _ocmf(meter: SimulatedMeter, session: SimulatedSession) -> Sequence[ToSign]:
    """A record for the begin, and one for all the rest."""
    parts = (session.readings[:1], session.readings[1:])
    return [
        ToSign(_ocmf_payload(meter, session.first_page + number, part), tuple(one.phase for one in part))
        for number, part in enumerate(parts)
    ]


def _ocmf_payload(meter: SimulatedMeter, page: int, readings: Sequence[SimulatedReading]) -> bytes:
    head = {
        "FV": "1.0", "GI": "SIMULATED GATEWAY", "GS": meter.gateway_serial, "GV": "0.0.0", "PG": f"T{page}",
        "MV": "SIMULATED", "MM": "TEST METER, NOT REAL", "MS": meter.serial, "MF": "0.0", "IS": True, "IL": "TRUSTED",
        "IF": ["RFID_PLAIN", "OCPP_AUTH_TLS"], "IT": "ISO14443", "ID": meter.user.hex().upper(),
    }  # fmt: skip
    text = json.dumps(head, separators=(",", ":"))
    return f'{text[:-1]},"RD":[{",".join(_ocmf_reading(one) for one in readings)}]}}'.encode()


def _ocmf_reading(reading: SimulatedReading) -> str:
    # By hand: the digits of RV are signed, and no JSON writer promises to keep them.
    time = f"{reading.at:%Y-%m-%dT%H:%M:%S},000{reading.at:%z} {reading.clock}"
    return (
        f'{{"TM":"{time}","TX":"{_TX[reading.phase]}","RV":{reading.value_kwh},"RI":"1-0:1.8.0","RU":"kWh","RT":"AC",'
        '"EF":"","ST":"G"}'
    )


def _ocmf_frame(_: SimulatedKey, signed: bytes, signature: bytes) -> bytes:
    return b'OCMF|%b|{"SA":"ECDSA-secp256r1-SHA256","SD":"%b"}' % (signed, signature.hex().upper().encode())


# EDL_40_SIG ---------------------------------------------------------------------------------------------------------

#: Bit 3 of the status: the clock was set.
_CLOCK_SET = 0x08
_SECOND = timedelta(seconds=1)


def _edl40(meter: SimulatedMeter, session: SimulatedSession) -> Sequence[ToSign]:
    """A block for each reading. The format signs local time and no word on the clock."""
    return [
        ToSign(write_block(_edl40_block(meter, session, number, one)), (one.phase,))
        for number, one in enumerate(session.readings)
    ]


def _edl40_block(
    meter: SimulatedMeter, session: SimulatedSession, number: int, reading: SimulatedReading
) -> Edl40Block:
    local = _local_seconds(reading)
    return Edl40Block(
        server_id=meter.server_id,
        time=local,
        status=_CLOCK_SET,
        seconds_index=local - _local_seconds(session.readings[0]),
        pagination=session.first_page + number,
        obis=bytes.fromhex("0100011100ff"),
        unit=30,
        scaler=0,
        value=reading.value_wh,
        log_book=1,
        contract_id=meter.user,
        contract_time=_local_seconds(session.readings[0]),
    )


def _local_seconds(reading: SimulatedReading) -> int:
    # Local time as if it were UTC: its offset is signed nowhere.
    return (reading.at.replace(tzinfo=UTC) - UNIX_EPOCH) // _SECOND


def _edl40_frame(key: SimulatedKey, signed: bytes, signature: bytes) -> bytes:
    fields = {
        "publicKey": key.point.hex(),
        "meterValueSignature": signature.hex(),
        "encodedMeterValue": signed.hex(),
    }
    coded = "".join(f'<{name} encoding="hex">{text}</{name}>' for name, text in fields.items())
    methods = "<signatureMethod>ECDSA192SHA256</signatureMethod><encodingMethod>EDL</encodingMethod>"
    return f"<signedMeterValue>{methods}{coded}</signedMeterValue>".encode()


# ALFEN --------------------------------------------------------------------------------------------------------------

#: What a reading marks to the record's unsigned type and the signed bit of the command that made the adapter read.
_ALFEN_COMMANDS = {Phase.BEGIN: (0, 1 << 29), Phase.END: (1, 1 << 28), Phase.CHARGING: (2, 1 << 27)}
_ALFEN_STATUS = slice(26, 30)


def _alfen(meter: SimulatedMeter, session: SimulatedSession) -> Sequence[ToSign]:
    """A block for each reading."""
    begin = session.readings[0]
    return [
        ToSign(
            pack(
                "<10s4s2s10sIII6sBbq20sII",
                meter.adapter_id, b"v000", b"\0\0", meter.server_id, _ALFEN_COMMANDS[one.phase][1],
                (one.at - begin.at) // _SECOND, (one.at - UNIX_EPOCH) // _SECOND, bytes.fromhex("0100010800ff"), 30, 0,
                one.value_wh, meter.user.hex().upper().encode(), session.number, session.first_page + number,
            ),
            (one.phase,),
        )
        for number, one in enumerate(session.readings)
    ]  # fmt: skip


def _alfen_frame(key: SimulatedKey, signed: bytes, signature: bytes) -> bytes:
    status = int.from_bytes(signed[_ALFEN_STATUS], "little")
    kind = next(kind for kind, bit in _ALFEN_COMMANDS.values() if status & bit)
    parts = [b32encode(part) for part in (key.compressed_point, signed, signature)]
    return b";".join([b"AP", str(kind).encode(), b"3", *parts, b""])


# PCDF ---------------------------------------------------------------------------------------------------------------


def _pcdf(meter: SimulatedMeter, session: SimulatedSession) -> Sequence[ToSign]:
    """One record for the whole session; its key is signed, and put in by the frame."""
    begin, end = session.readings[0], session.readings[-1]
    hours, rest = divmod((end.at - begin.at) // _SECOND, 3600)
    whole, thousandths = divmod(end.value_wh - begin.value_wh, 1000)
    fields = {
        "ST": f"{begin.at:%y%m%d%H%M%S}", "CT": f"{end.at:%y%m%d%H%M%S}",
        "CD": f"{hours:02}{rest // 60:02}{rest % 60:02}", "TV": "1", "BV": "1", "CSC": str(session.first_page),
        "SP": "1", "RV": f"{whole:04}.{thousandths:03}*kWh", "SI": f"{meter.user.hex().upper()}*1*{session.number}",
        "CS": "00000000", "HW": meter.digits, "DT": "0",
    }  # fmt: skip
    text = "".join(f"({name}:{value})" for name, value in fields.items())
    return [ToSign(f"128.8.0{text}".encode(), (Phase.BEGIN, Phase.END))]


def _pcdf_key(key: SimulatedKey, signed: bytes) -> bytes:
    return b"%b(PK:04%b)" % (signed, key.point.hex().encode())


def _pcdf_frame(key: SimulatedKey, signed: bytes, signature: bytes) -> bytes:
    return b"%b(SG:%b)" % (_pcdf_key(key, signed), signature.hex().encode())


# EDIFACT ------------------------------------------------------------------------------------------------------------


def _edifact(meter: SimulatedMeter, session: SimulatedSession) -> Sequence[ToSign]:
    """One message for the whole session."""
    return [ToSign(simulate_edifact.signed_part(meter, session), tuple(one.phase for one in session.readings))]


def _edifact_frame(_: SimulatedKey, signed: bytes, signature: bytes) -> bytes:
    return simulate_edifact.interchange(signed, signature)


def _no_instant(_: SimulatedReading) -> None:
    """Local time without its zone is no instant."""


_ALL = (
    SimulatedFormat(
        name=PayloadFormat.OCMF, curve="secp256r1", lay_out=_ocmf, frame=_ocmf_frame, ending="ocmf",
        meter_id=lambda meter: meter.serial, tells_clock=True, seen_at=_utc, signed_by=SimulatedKey.sign,
    ),
    SimulatedFormat(
        name=PayloadFormat.ALFEN, curve="secp192r1", lay_out=_alfen, frame=_alfen_frame, key_inside=True, ending="txt",
        meter_id=_server_id, seen_at=_utc, signed_by=SimulatedKey.sign_side_by_side,
    ),
    SimulatedFormat(
        name=PayloadFormat.EDL_40_SIG, curve="secp192r1", lay_out=_edl40, frame=_edl40_frame, key_inside=True,
        meter_id=_server_id, seen_at=_no_instant, signed_by=SimulatedKey.sign_side_by_side,
    ),
    SimulatedFormat(
        name=PayloadFormat.PCDF, curve="secp256r1", lay_out=_pcdf, frame=_pcdf_frame, key_inside=True, ending="pcdf",
        meter_id=lambda meter: meter.digits, seen_at=_no_instant,
        signed_by=lambda key, signed: key.sign(_pcdf_key(key, signed)),
    ),
    SimulatedFormat(
        name=PayloadFormat.EDIFACT, curve="secp256r1", lay_out=_edifact, frame=_edifact_frame, ending="edi",
        in_xml=False, key_name=simulate_edifact.KEY_NAME, meter_id=lambda meter: meter.serial, seen_at=_utc,
        signed_by=SimulatedKey.sign_side_by_side,
    ),
)  # fmt: skip
#: What can be simulated, by name.
FORMATS: Mapping[str, SimulatedFormat] = {one.name.value: one for one in _ALL}
