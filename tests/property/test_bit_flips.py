"""One bit of a valid file the other way round: nothing breaks, and nothing that no meter signed is believed or billed.

Two kinds of flips. In the file: whatever a bit of it was. In what is signed, behind checksums and encodings, which are
made right again: there a flip must cost the value its signature. Of one file of each kind every bit is flipped; of the
others bits that are spread evenly, the same ones at every run.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from meter_sign.judgement import Status
from meter_sign.model import Beside
from tests.support.fixture_files import VALID, FixtureFile
from tools.fixtures import sml
from tools.fixtures.alfen import text as alfen
from tools.fixtures.alfen.text import AlfenText
from tools.fixtures.edifact import cms, mime
from tools.fixtures.edifact.valid_outside import EC, PLAIN
from tools.fixtures.edl40 import block as edl
from tools.fixtures.edl40 import message as edl_message
from tools.fixtures.edl40.message import EdlMessage
from tools.fixtures.edl40.signed_xml import SignedXml
from tools.fixtures.isa import message as isa
from tools.fixtures.mennekes.process import Process, document
from tools.fixtures.meter_keys import ALFEN_METER, EDL_METER, EDL_METER_256, PCDF_METER, side_by_side
from tools.fixtures.ocmf_text import der
from tools.fixtures.pcdf.text import PcdfLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    from meter_sign.judgement import Judgement
    from meter_sign.model import VerifiedRecord
    from tools.fixtures.meter_keys import TestKey

#: Files of which every bit is flipped, one of each kind.
EVERY_BIT = (
    "ocmf/valid/fv_1_0.ocmf",
    "edl40/valid/begin.sml",
    "edl40_sig/valid/begin.xml",
    "mennekes/valid/process.xml",
    "isa/valid/finished.hex",
    "alfen/valid/pair.txt",
    "pcdf/valid/session.pcdf",
    "edifact/valid/p256_pair_hex.edi",
    "edifact/valid/cms_ec.p7m",
    "edifact/valid/autack_same_file.edi",
)
#: Bits of each other file; a prime, so that they do not fall on the same bit of every byte.
SOME_BITS = 149

FILES = {one.path: one for one in VALID}


def flipped(raw: bytes, bit: int) -> bytes:
    """The same bytes with one bit the other way round."""
    changed = bytearray(raw)
    changed[bit >> 3] ^= 1 << (bit & 7)
    return bytes(changed)


def spread(raw: bytes, count: int) -> Iterator[int]:
    """Positions of bits, spread evenly over the bytes; all of them when there are no more."""
    bits = 8 * len(raw)
    step, offset = max(1, bits // count), len(raw) % 8
    return (min(place + offset, bits - 1) for place in range(0, bits, step))


def told(record: VerifiedRecord) -> tuple[object, ...]:
    """What a record says that can be billed: not its times' zones, which EDL40 does not sign."""
    content = record.content
    who = content.identification
    readings = tuple(
        (one.value, one.unit, one.register, one.status_good, one.error_flags, one.event_counter)
        for one in content.readings
    )
    intervals = tuple(replace(one, path="") for one in content.intervals)
    return content.meter, content.transaction_id, content.pagination, who.data if who else None, readings, intervals


def known(judgement: Judgement) -> dict[bytes, tuple[object, ...]]:
    """What was signed, and what it says."""
    return {value.record.signed_bytes: told(value.record) for value in judgement.values if value.record}


def energies(judgement: Judgement) -> set[Decimal | None]:
    """What may be billed."""
    return {one.transaction.energy_kwh for one in judgement.transactions if one.billable}


def check_flips(file: FixtureFile, raw: bytes, bits: Iterator[int]) -> None:
    """Judge the file with each bit flipped; a judgement never raises."""
    truth = file.judged(raw)
    signed, billed = known(truth), energies(truth)
    assert signed
    for bit in bits:
        judgement = file.judged(flipped(raw, bit))
        for value in judgement.values:
            assert (value.record is not None) == (value.status is Status.VERIFIED)
            assert value.record is None or signed.get(value.record.signed_bytes) == told(value.record), bit
        assert energies(judgement) <= billed, bit


@pytest.mark.parametrize("path", sorted(set(FILES) - set(EVERY_BIT)))
def test_flipped_bit_of_a_file(path: str) -> None:
    """Bits all over a valid file: a judgement, no other signed bytes, no other content of them, no other energy."""
    raw = FILES[path].raw
    check_flips(FILES[path], raw, spread(raw, SOME_BITS))


@pytest.mark.parametrize("path", EVERY_BIT)
def test_every_bit_of_a_file(path: str) -> None:
    """Every bit of one file of each format: the same."""
    raw = FILES[path].raw
    check_flips(FILES[path], raw, iter(range(8 * len(raw))))


@pytest.mark.parametrize("path", [
    "edifact/valid/autack_direct.edi", "edifact/valid/autack_digest.edi", "edifact/valid/autack_by_message.edi",
    "edifact/valid/detached.edi",
])  # fmt: skip
def test_flipped_bit_of_a_signature_beside(path: str) -> None:
    """Bits all over the file with the signature: the message is what it was, or it is not verified."""
    file = FILES[path]
    signed = known(file.judged())
    (whole,) = (*file.beside.autacks, *file.beside.detached_signatures)
    for bit in spread(whole, 8 * SOME_BITS):
        changed = (flipped(whole, bit),)
        beside = Beside(autacks=changed) if file.beside.autacks else Beside(detached_signatures=changed)
        for value in file.judged(beside=beside).values:
            assert value.record is None or signed.get(value.record.signed_bytes) == told(value.record), bit


# Behind checksums and encodings -----------------------------------------------------------------------------------


def every_flip(raw: bytes) -> Iterator[bytes]:
    """The bytes with each of their bits flipped in turn."""
    return (flipped(raw, bit) for bit in range(8 * len(raw)))


def statuses(text: str | bytes, path: str) -> set[Status]:
    """How the values of this text are judged under the keys of that fixture."""
    raw = text.encode() if isinstance(text, str) else text
    return {value.status for value in FILES[path].judged(raw).values}


@pytest.mark.parametrize(("key", "path"), [
    (EDL_METER, "edl40/valid/begin.sml"), (EDL_METER_256, "edl40/valid/p256_begin.sml"),
])  # fmt: skip
def test_flipped_bit_of_sml_with_its_checksums_made_right(key: TestKey, path: str) -> None:
    """Every bit of an EDL40 list: what still verifies are the true signed bytes with their true content."""
    reading = edl.FIRST if key is EDL_METER else edl.FIRST_256
    bodies = edl_message.bodies(EdlMessage(reading=reading, key=key))
    check_rewritten(FILES[path], bodies)


def test_flipped_bit_of_isa_with_its_checksums_made_right() -> None:
    """Every bit of an ISA list: what still verifies are the true signed bytes with their true content."""
    bodies = isa.bodies(isa.IsaMessage(record=isa.IsaRecord()))
    check_rewritten(FILES["isa/valid/finished.sml"], bodies)


def check_rewritten(file: FixtureFile, bodies: Sequence[bytes]) -> None:
    """Flip every bit of the list's message, close it with the right CRCs, and judge."""
    opened, listed, closed = bodies
    truth = known(file.judged(sml.file_of(opened, listed, closed)))
    assert len(truth) == 1
    for bit, changed in enumerate(every_flip(listed)):
        for value in file.judged(sml.file_of(opened, changed, closed)).values:
            assert value.record is None or truth.get(value.record.signed_bytes) == told(value.record), bit


@pytest.mark.parametrize("key", [EDL_METER, EDL_METER_256], ids=lambda key: key.curve_name)
def test_every_bit_of_a_block_is_signed(key: TestKey) -> None:
    """All 2560 bits of the block of EDL40: none can change."""
    reading = edl.LAST if key is EDL_METER else edl.LAST_256
    written = SignedXml(reading=reading, key=key)
    assert {Status.VERIFIED} == statuses(written.text, "edl40_sig/valid/begin.xml")
    for changed in every_flip(edl.block(reading)):
        assert Status.VERIFIED not in statuses(replace(written, signed=changed).text, "edl40_sig/valid/begin.xml")


def test_every_bit_of_alfen_data_is_signed() -> None:
    """All 656 bits of Alfen's data: none can change."""
    written = AlfenText(reading=alfen.LAST, type=alfen.TYPE_END)
    assert {Status.VERIFIED} == statuses(written.text, "alfen/valid/begin.txt")
    for changed in every_flip(alfen.signed_bytes(alfen.LAST)):
        assert Status.VERIFIED not in statuses(replace(written, data=changed).text, "alfen/valid/begin.txt")


@pytest.mark.parametrize("path", ["ocmf/valid/fv_1_0.ocmf", "ocmf/valid/umlauts.ocmf", "pcdf/valid/session.pcdf"])
def test_every_bit_of_a_signed_text_is_signed(path: str) -> None:
    """Formats that sign their text as it stands: no bit of it can change."""
    raw = FILES[path].raw
    (span,) = known(FILES[path].judged())
    start = raw.index(span)
    for changed in every_flip(span):
        assert Status.VERIFIED not in statuses(raw[:start] + changed + raw[start + len(span) :], path)


@pytest.mark.parametrize(("write", "signature", "path"), [
    (lambda raw: SignedXml(reading=edl.LAST, signature=raw).text, edl.signature(edl.LAST), "edl40_sig/valid/begin.xml"),
    (lambda raw: AlfenText(reading=alfen.LAST, signature=raw).text,
     side_by_side(ALFEN_METER, alfen.signed_bytes(alfen.LAST)), "alfen/valid/begin.txt"),
    (lambda raw: PcdfLine(signature=raw).text, der(*PCDF_METER.sign(PcdfLine().signed.encode())),
     "pcdf/valid/session.pcdf"),
], ids=["EDL40", "Alfen", "PCDF"])  # fmt: skip
def test_no_bit_of_a_signature_can_change(write: Callable[[bytes], str], signature: bytes, path: str) -> None:
    """Every bit of the signatures that stand side by side or in DER: none can change."""
    assert {Status.VERIFIED} == statuses(write(signature), path)
    for changed in every_flip(signature):
        assert Status.VERIFIED not in statuses(write(changed), path)


@pytest.mark.parametrize("name", ["start", "end"])
def test_every_bit_of_a_mennekes_block_is_signed(name: str) -> None:
    """A process whose signature was made over a block with one bit flipped: not one of 2560 verifies."""
    reading = {"start": edl.FIRST, "end": edl.LAST}[name]
    path = "mennekes/valid/process.xml"
    for changed in islice(every_flip(edl.block(reading)), None, None, 5):
        forged = side_by_side(EDL_METER, changed)
        signatures = (forged, None) if name == "start" else (None, forged)
        assert Status.VERIFIED not in statuses(document(Process(signatures=signatures)), path)


@pytest.mark.parametrize(("write", "path"), [
    (lambda raw: mime.multipart(mime.entity(PLAIN), EC, shown=mime.entity(raw)), "edifact/valid/smime_ec.eml"),
    (lambda raw: mime.opaque(cms.signed_data(PLAIN, EC, stored=raw)), "edifact/valid/smime_opaque.eml"),
], ids=["beside", "inside"])  # fmt: skip
def test_every_bit_of_a_mailed_file_is_signed(write: Callable[[bytes], bytes], path: str) -> None:
    """The file in a mail, in base64 that is made right again: every fifth bit, and none can change."""
    assert {Status.VERIFIED} == statuses(write(PLAIN), path)
    for changed in islice(every_flip(PLAIN), None, None, 5):
        assert Status.VERIFIED not in statuses(write(changed), path)
