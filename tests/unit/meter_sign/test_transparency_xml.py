"""Transparency XML as we write it: records unchanged, ids, contexts and keys as the official tool reads them."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign import container
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, judge
from meter_sign.model import PayloadFormat
from meter_sign.transparency_xml import TransparencyValue, transparency_values, write_transparency_xml
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, END_RECORD, SESSION, sign_text, spki_hex, value, xml
from tests.support.records import KEY, payload, reading, record_text
from tests.support.transparency import ReadValue, read_by_the_schema

AT = datetime(2026, 2, 1, tzinfo=UTC)
GIVEN = KeyPolicy(arguments=(NamedKey(name=None, text=spki_hex(KEY)),))


def judged(raw: bytes, keys: KeyPolicy = GIVEN) -> Judgement:
    """Judge with the key given by the caller."""
    return judge(raw, keys, at=AT)


def written(raw: bytes, keys: KeyPolicy = GIVEN) -> list[ReadValue]:
    """Convert, check against the schema, read with a parser that is not ours."""
    return read_by_the_schema(write_transparency_xml(transparency_values(judged(raw, keys))))


def pair(begin_id: str, end_id: str) -> bytes:
    """Begin and end under these ids."""
    return xml(
        value(BEGIN_RECORD, transactionId=begin_id, context="Transaction.Begin"),
        value(END_RECORD, transactionId=end_id, context="Transaction.End"),
    )


# Records ------------------------------------------------------------------------------------------------------------

TEXTS = {
    "usual": SESSION,
    "marks of XML": record_text(payload(BEGIN, END, TT="<a href='x'>&amp; \"b\"</a>")).decode(),
    "end of a CDATA section": record_text(payload(BEGIN, END, TT="a]]>b<![CDATA[c")).decode(),
    "umlauts": record_text(payload(BEGIN, END, TT="Ladesäule für Öl, 充電, 🔌")).decode(),
    "separator": record_text(payload(BEGIN, END, TT="a|b")).decode(),
    "line feeds": sign_text('{\n\t"FV":"1.0","PG":"T1","MS":"M1","RD":[{}]\n}'),
    "carriage returns": sign_text('{\r\n"FV":"1.0","PG":"T1","MS":"M1",\r"RD":[{}]}'),
    "next line and line separator": record_text(payload(BEGIN, END, TT="a\u0085b\u2028c\u00a0d")).decode(),
    "direction of writing": record_text(payload(BEGIN, END, TT="a\u202eb")).decode(),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_comes_back_byte_for_byte(name: str) -> None:
    """Whatever stands in a record, any XML reader gets exactly the received bytes, as plain text."""
    (one,) = written(TEXTS[name].encode())
    assert ("plain", TEXTS[name].encode()) == (one.encoding, one.record)


@pytest.mark.parametrize("name", TEXTS)
def test_our_own_reader_gets_the_same_record(name: str) -> None:
    """What we read again is what we had."""
    document = write_transparency_xml(transparency_values(judged(TEXTS[name].encode())))
    (payload_again,) = container.detect(document)
    assert (PayloadFormat.OCMF, TEXTS[name].encode()) == (payload_again.format, payload_again.raw)


@pytest.mark.parametrize(
    "character", ["\ufffe", "\uffff"], ids=["no character of Unicode", "no character of Unicode either"]
)
def test_what_xml_cannot_carry_goes_out_in_base64(character: str) -> None:
    """A record that no XML text can hold is encoded, and comes back byte for byte."""
    record = sign_text(f'{{"FV":"1.0","PG":"T1","MS":"M1","TT":"{character}","RD":[{{}}]}}').encode()
    (one,) = written(record)
    assert ("base64", record) == (one.encoding, one.record)


def test_blanks_at_an_end_survive() -> None:
    """Blanks that belong to the record, as its received encoding carried them, are not lost as text would lose them."""
    record = f"{record_text(payload(BEGIN, END, TT='ä')).decode()}\n".encode()
    (one,) = written(xml(value(b64encode(record).decode())))
    assert ("base64", record) == (one.encoding, one.record)


def test_a_terminal_obeys_nothing_of_it() -> None:
    """The document holds no character that paints over a screen, as long as XML allows to write it otherwise."""
    record = record_text(payload(BEGIN, END, TT="\u009b2J\u202e")).decode()
    document = write_transparency_xml(transparency_values(judged(record.encode()))).decode()
    assert [] == [one for one in document if not one.isprintable() and one != "\n"]


def test_binary_goes_out_in_base64() -> None:
    """A record that is no text at all is encoded; its format is named."""
    raw = bytes.fromhex("1b1b1b1b01010101") + bytes(range(256))
    one = TransparencyValue(index=0, format=PayloadFormat.EDL_40_P, raw=raw)
    assert "base64" == one.encoding


def test_nothing_is_no_file() -> None:
    """A file without a value would look like one that proves something."""
    with pytest.raises(ValueError, match="proves nothing"):
        write_transparency_xml(())


def test_a_record_that_would_come_back_as_another_does_not_go_out() -> None:
    """What any reader would take for another format is refused: the file is read again before it is given away."""
    mistaken = TransparencyValue(index=0, format=PayloadFormat.ALFEN, raw=SESSION.encode())
    with pytest.raises(MalformedPayloadError, match="ENCODING_INVALID"):
        write_transparency_xml([mistaken])


def test_a_document_above_the_cap_does_not_go_out() -> None:
    """What no reader would read again is not written."""
    large = TransparencyValue(index=0, format=PayloadFormat.OCMF, raw=b"OCMF|" + b"<" * 60_000)
    with pytest.raises(LimitExceededError):
        write_transparency_xml([large] * 200)


# Which values -------------------------------------------------------------------------------------------------------


def test_only_readable_values_go_out() -> None:
    """Broken, empty and unsigned values and signed nonsense stay behind; order stays."""
    file = xml(
        value(SESSION, transactionId="1"),
        value(""),
        value("OCMF|no record"),
        value('OCMF|{"FV":"1.0","RD":[{}]}|{}'),
        value(sign_text('{"FV":"1.0","RD":[{"RV":NaN}]}')),
        value("AP;of nobody"),
        value(BEGIN_RECORD, transactionId="2"),
    )
    assert [SESSION.encode(), BEGIN_RECORD.encode()] == [one.record for one in written(file)]


def test_nothing_readable_gives_nothing() -> None:
    """Without a readable value there is nothing to write."""
    assert () == transparency_values(judged(xml(value(""))))
    assert () == transparency_values(judged(b"prose"))


def test_what_did_not_verify_goes_out_with_its_own_key() -> None:
    """A tampered record stays what it is: its file shows that the signature is wrong."""
    tampered = SESSION.replace("110.5", "910.5")
    (one,) = written(xml(value(tampered, key=spki_hex(KEY), transactionId="17")), KeyPolicy())
    assert (tampered.encode(), bytes.fromhex(spki_hex(KEY))) == (one.record, one.key)


# Keys ---------------------------------------------------------------------------------------------------------------

POINT = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.mark.parametrize(
    "key",
    [
        spki_hex(KEY),
        spki_hex(KEY).upper(),
        POINT.hex(),
        POINT[1:].hex(),
        KEY.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex(),
        f"oca:base16:asn1:{spki_hex(KEY)}",
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    ],
    ids=["SPKI", "upper case", "point", "X and Y", "compressed", "OCA", "PEM"],
)
def test_a_key_of_ocmf_is_a_whole_structure_in_hex(key: str) -> None:
    """However the key was received, it goes out as the official tool reads it."""
    (one,) = written(xml(value(SESSION, key=key)), KeyPolicy())
    assert ("hex", bytes.fromhex(spki_hex(KEY))) == (one.key_encoding, one.key)


def test_the_key_is_the_one_that_verified() -> None:
    """A key from the registry or the command line goes into the file; the driver has neither."""
    (one,) = written(SESSION.encode())
    assert bytes.fromhex(spki_hex(KEY)) == one.key


def test_a_key_behind_the_record_goes_beside_it() -> None:
    """The official tool ignores OCMF's fourth section, so its key is written where it is read."""
    (one,) = written(f"{SESSION}|{spki_hex(KEY)}".encode(), KeyPolicy())
    assert bytes.fromhex(spki_hex(KEY)) == one.key


@pytest.mark.parametrize("key", [None, "no key"])
def test_without_a_usable_key_none_is_written(key: str | None) -> None:
    """A key that nobody knows or can read is not made up."""
    (one,) = written(xml(value(SESSION, key=key)), KeyPolicy())
    assert (None, None) == (one.key_encoding, one.key)


# Ids ----------------------------------------------------------------------------------------------------------------


def derived(identity: bytes) -> str:
    """The id that stands for one that is no integer: the first 48 bits of its SHA-256."""
    return str(int.from_bytes(sha256(identity).digest()[:6], "big"))


@pytest.mark.parametrize("stated", ["17", "017", "+17", "-2", "0", "9" * 40])
def test_an_integer_stays(stated: str) -> None:
    """What the schema takes as an integer is kept as it was written."""
    assert [stated, stated] == [one.transaction_id for one in written(pair(stated, stated))]


@pytest.mark.parametrize(
    "stated", ["a1b2", "17a", "1.5", "-1", "9" * 41, "\u0661", "4f2a7c1e-0000-4000-8000-00000000002a"]
)
def test_what_is_no_integer_becomes_one(stated: str) -> None:
    """Any other id, and the one that the tool takes for none, becomes the same integer every time."""
    assert [derived(stated.encode())] * 2 == [one.transaction_id for one in written(pair(stated, stated))]


def test_two_spellings_of_one_integer_stay_two_transactions() -> None:
    """The tool compares integers: 17 and 017 would become one transaction there."""
    first, second = written(pair("17", "017"))
    assert ("17", derived(b"017")) == (first.transaction_id, second.transaction_id)


def test_a_derived_id_never_meets_a_stated_one() -> None:
    """If a stated integer is the derived one of another, the next is taken."""
    first, second = written(pair("a", derived(b"a")))
    assert (str(int(derived(b"a")) + 1), derived(b"a")) == (first.transaction_id, second.transaction_id)


def test_a_pair_without_id_gets_one() -> None:
    """Without an id the tool would not see that begin and end belong together."""
    first, second = written(f"{BEGIN_RECORD}\n{END_RECORD}".encode())
    assert derived(BEGIN_RECORD.encode()) == first.transaction_id == second.transaction_id
    assert ["Transaction.Begin", "Transaction.End"] == [first.context, second.context]


def test_a_whole_session_without_id_needs_none() -> None:
    """A record that is a transaction of its own has no partner to be found."""
    assert [None, None] == [one.transaction_id for one in written(f"{SESSION}\n{SESSION}".encode())]


def test_a_begin_that_stays_alone_gets_no_partner() -> None:
    """Values that form no transaction together do not form one after the conversion either."""
    other_end = record_text(payload(END, PG="T9", MS="M2")).decode()
    file = f"{BEGIN_RECORD}\n{record_text(payload(BEGIN, PG='T5')).decode()}\n{END_RECORD}\n{other_end}".encode()
    before = judged(file)
    after = judged(write_transparency_xml(transparency_values(before)))
    assert [one.indexes for one in before.transactions] == [one.indexes for one in after.transactions]


def ocpi(*texts: str, key: str = spki_hex(KEY)) -> dict[str, object]:
    """A SignedData object of these records."""
    entries = [_entry(text, "End") for text in texts]
    return {"encoding_method": "OCMF", "public_key": key, "signed_values": entries}


def test_what_a_container_keeps_apart_stays_apart() -> None:
    """Two objects of OCPI under one CDR id are two transactions, so they get two ids."""
    cdrs = [{"id": "17", "signed_data": ocpi(SESSION)} for _ in range(3)]
    first, second, third = written(json.dumps(cdrs).encode())
    assert ("17", derived(b"17")) == (first.transaction_id, second.transaction_id)
    assert 3 == len({first.transaction_id, second.transaction_id, third.transaction_id})


def test_a_pair_of_ocpi_without_id_gets_one() -> None:
    """What one object puts together stays together."""
    first, second = written(json.dumps(ocpi(BEGIN_RECORD, END_RECORD)).encode())
    assert derived(BEGIN_RECORD.encode()) == first.transaction_id == second.transaction_id


def test_of_what_ocpp_brings_again_one_copy_goes_out() -> None:
    """OCPP repeats the begin with the end by its rules; in this container a copy would be an error."""

    def sample(text: str, context: str) -> dict[str, object]:
        data = {
            "signedMeterData": b64encode(text.encode()).decode(),
            "publicKey": spki_hex(KEY),
            "encodingMethod": "OCMF",
        }
        return {"value": json.dumps(data), "format": "SignedData", "context": context}

    begin, end = sample(BEGIN_RECORD, "Transaction.Begin"), sample(END_RECORD, "Transaction.End")
    stop = {"transactionId": 141, "transactionData": [{"sampledValue": [begin]}, {"sampledValue": [begin, end]}]}
    file = json.dumps(stop).encode()
    assert [BEGIN_RECORD.encode(), END_RECORD.encode()] == [one.record for one in written(file)]
    assert judged(write_transparency_xml(transparency_values(judged(file)))).billable


def test_a_fiscal_record_keeps_its_own_word() -> None:
    """A reading outside of transactions has no context and no id but those that it came with."""
    fiscal = record_text(payload(reading(None, "1"), PG="F1")).decode()
    bare, named = written(xml(value(fiscal), value(fiscal, transactionId="x", context="Clock")))
    assert (None, None) == (bare.transaction_id, bare.context)
    assert (derived(b"x"), "Clock") == (named.transaction_id, named.context)


# Contexts -----------------------------------------------------------------------------------------------------------

MIDDLE = record_text(payload(reading("C", "105.0", "08:30:00"), PG="T2")).decode()
LATE_END = record_text(payload(END, PG="T3")).decode()


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ((None, None, None), ["Transaction.Begin", None, "Transaction.End"]),
        (("Transaction.End", "Transaction.Begin", None), ["Transaction.Begin", None, "Transaction.End"]),
        (("Begin", "Sample.Periodic", "End"), ["Transaction.Begin", "Sample.Periodic", "Transaction.End"]),
    ],
)
def test_contexts_are_what_is_signed(stated: tuple[str | None, ...], expected: list[str | None]) -> None:
    """Begin and end are named by their signed readings; what lies between keeps its name unless that is one of them."""
    records = zip((BEGIN_RECORD, MIDDLE, LATE_END), stated, strict=True)
    file = xml(*(value(text, context=context, transactionId="1") for text, context in records))
    assert expected == [one.context for one in written(file)]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (None, "Transaction.End"),
        ("Transaction.Begin", "Transaction.Begin"),
        (" Transaction.End ", "Transaction.End"),
        ("whole", "Transaction.End"),
    ],
)
def test_a_whole_session_is_an_end_unless_it_was_called_a_begin(stated: str | None, expected: str) -> None:
    """A record that holds both is called the end, as is usual, or what it was called."""
    (one,) = written(xml(value(SESSION, context=stated)))
    assert expected == one.context


def test_what_is_not_verified_keeps_its_name() -> None:
    """Of an unproven record nobody knows what it is, so the container's word stays."""
    (one,) = written(xml(value(END_RECORD, context="Transaction.Begin", transactionId="1")), KeyPolicy())
    assert "Transaction.Begin" == one.context


def test_a_context_that_is_no_text_of_xml_is_dropped() -> None:
    """A context of JSON may hold what XML cannot."""
    (one,) = written(json.dumps(ocpi(MIDDLE) | {"signed_values": [_entry(MIDDLE, "a\u0001b")]}).encode())
    assert one.context is None


def _entry(text: str, nature: str) -> dict[str, str]:
    return {"nature": nature, "plain_data": "", "signed_data": b64encode(text.encode()).decode()}


def test_marks_of_xml_in_a_context_stay_text() -> None:
    """A context cannot break out of its attribute."""
    (one,) = written(xml(value(MIDDLE, context='a" b="<&\t\n', transactionId="1")))
    assert 'a" b="<&' == one.context


# Together -----------------------------------------------------------------------------------------------------------


def test_the_official_tool_would_verify_what_it_would_have_refused() -> None:
    """Namespace and key spelling that the tool does not read are gone, and nothing else has changed."""
    file = xml(
        value(SESSION, key=POINT.hex(), transactionId="17", context="Transaction.End"),
        root='values xmlns="urn:x"',
    )
    before = judged(file, KeyPolicy())
    after = judged(write_transparency_xml(transparency_values(before)), KeyPolicy())
    assert [False, True] == [one.transactions[0].transparenzsoftware.would_verify for one in (before, after)]
    assert before.transactions[0].transaction.energy_kwh == after.transactions[0].transaction.energy_kwh


def test_a_key_of_another_curve_is_written_as_such() -> None:
    """The structure names the curve; nothing of the key is lost."""
    signer = ec.derive_private_key(0xE1C4, ec.BrainpoolP256R1())
    text = record_text(payload(BEGIN, END), key=signer, SA="ECDSA-brainpool256r1-SHA256").decode()
    (one,) = written(xml(value(text, key=spki_hex(signer))), KeyPolicy())
    assert bytes.fromhex(spki_hex(signer)) == one.key
