"""Fuzzed content that a meter has signed: its record must be judged like any other, whatever it says.

A fuzzer cannot guess a signature, so what lies behind one is only reached by signing its inputs with the test keys.
"""

from __future__ import annotations

from html import escape

from tools.fixtures import sml
from tools.fixtures.alfen.text import AlfenReading, AlfenText
from tools.fixtures.edl40 import block as edl
from tools.fixtures.edl40.message import EdlMessage, bodies
from tools.fixtures.edl40.signed_xml import SignedXml, sig_transaction
from tools.fixtures.isa import message as isa
from tools.fixtures.meter_keys import ALFEN_METER, EDL_METER, METER, PCDF_METER, side_by_side
from tools.fixtures.ocmf_text import der, framed
from tools.fixtures.transparency import xml, xml_value
from tools.fuzz.oracle import check

_BLOCK = 320
_ALFEN = 82


def _halves(data: bytes, size: int) -> tuple[bytes, bytes]:
    """The begin and the end of a transaction, filled up with zeros."""
    return data[:size].ljust(size, b"\0"), data[size : 2 * size].ljust(size, b"\0")


def ocmf(data: bytes) -> None:
    """A payload section of any bytes that can stand in a text, signed."""
    section = data.decode("utf-8", "replace")
    signature = der(*METER.sign(section.encode()))
    check(framed(section, SD=f'"{signature.hex()}"').encode(), signed=frozenset({section.encode()}))


def pcdf(data: bytes) -> None:
    """A line of any text before the signature, signed."""
    text = data.decode("utf-8", "replace")
    signature = der(*PCDF_METER.sign(text.encode()))
    check(f"{text}(SG:{signature.hex()})".encode(), signed=frozenset({text.encode()}))


def alfen(data: bytes) -> None:
    """Begin and end of any 82 bytes each, signed."""
    parts = _halves(data, _ALFEN)
    lines = [
        AlfenText(reading=AlfenReading(), type=kind, data=one, signature=side_by_side(ALFEN_METER, one)).text
        for one, kind in zip(parts, "01", strict=True)
    ]
    check("\n".join(lines).encode(), signed=frozenset(parts))


def edl40_block(data: bytes) -> None:
    """Begin and end of any 320 bytes each, signed, as EDL_40_SIG."""
    parts = _halves(data, _BLOCK)
    texts = [
        SignedXml(reading=edl.FIRST, signed=one, signature=side_by_side(EDL_METER, one) + one[39:41]).text
        for one in parts
    ]
    check(sig_transaction(*texts).encode(), signed=frozenset(parts))


def isa_block(data: bytes) -> None:
    """Any block whose fields SML can say, signed, as ISA_EDL_40_P."""
    record = _isa_record(data[:_BLOCK].ljust(_BLOCK, b"\0"))
    check(isa.written(record), signed=frozenset({isa.block(record)}))


def _isa_record(block: bytes) -> isa.IsaRecord:
    def number(start: int, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(block[start : start + size], "little", signed=signed)

    kind = (isa.LIST_BEGIN, isa.LIST_UPDATE, isa.LIST_END)[block[268] % 3]
    # The offsets of local time are taken off before the time is written, so it must not lie in the first hours of 1970.
    return isa.IsaRecord(
        server_id=block[:10], time=number(10, 4) | 1 << 30, status=block[14], unit=block[21],
        scaler=number(22, 1, signed=True), value=number(23, 8, signed=True), log_book=block[31:33],
        inner_signature=block[33:99], contract_id=block[99:227], start_time=number(227, 4) | 1 << 30,
        esth=block[231:251], start_status=block[251], start_unit=block[258],
        start_scaler=number(259, 1, signed=True), start_value=number(260, 8, signed=True), list_name=kind,
        pagination=number(274, 4),
    )  # fmt: skip


def sml_list(data: bytes) -> None:
    """Any bytes as the message with the list, every CRC right."""
    opened, _, closed = bodies(EdlMessage(reading=edl.FIRST))
    check(sml.file_of(opened, data, closed))


def sml_messages(data: bytes) -> None:
    """Any bytes as messages, only the file's CRC right."""
    check(sml.transport(data))


def edl40_in_container(data: bytes) -> None:
    """Any text as the signed text of a container."""
    text = escape(data.decode("utf-8", "replace"), quote=False)
    check(xml(xml_value(_writable(text), format_="EDL_40_SIG")).encode())


def _writable(text: str) -> str:
    """Characters that XML cannot hold would only be refused by the XML parser."""
    return "".join(one for one in text if one >= " " or one in "\t\n\r")


def alfen_fields(data: bytes) -> None:
    """Any bytes in the places of key, data and signature, not signed."""
    size = len(data) // 3
    key, signed, signature = data[:size], data[size : 2 * size], data[2 * size :]
    text = AlfenText(reading=AlfenReading(), public_key=key, data=signed, signature=signature)
    check(text.text.encode())
