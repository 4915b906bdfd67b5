"""chargeIT's JSON: which records lie in it, and what the document says of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.errors import MalformedPayloadError
from meter_sign.formats import parse
from meter_sign.limits import Limits
from meter_sign.model import PayloadFormat, SignedPayload
from tests.support.bsm import begin, container, end, text
from tests.support.messages import cdr, encoded, signed_value
from tests.support.ocmf import SESSION
from tools.fixtures.chargeit_text import CONTEXTS, CONTROLLER, EVSE, FIRST, LAST, PROCESS_ID, signed_bytes

if TYPE_CHECKING:
    from tools.fixtures.json_text import Json

CURRENT_POINTS = FIRST | {"Typ": 0, "RCR": 500, "TotWhImp": 10_500, "RCnt": 141, "Epoch": 1_768_469_400}
BOTH = container(begin(), end())


def only(document: Any) -> SignedPayload:
    """The only value of a document."""
    (value,) = detect(text(document))
    return value


def broken(document: Any) -> list[Code | None]:
    """Why each value of a document cannot be read."""
    return [value.broken[0] if value.broken else None for value in detect(text(document))]


def test_records_are_the_values_in_order() -> None:
    """Each is handed on with the document's id, its place, and what the document says of all of them."""
    first, last = detect(text(BOTH))
    common = (PayloadFormat.BSM, PROCESS_ID, 0, (("evse-id", EVSE), ("csc-sw-version", CONTROLLER)))
    assert (0, "Transaction.Begin", *common) == (
        first.index, first.context, first.format, first.transaction_id, first.bundle, first.claims,
    )  # fmt: skip
    assert (1, "Transaction.End", *common) == (
        last.index, last.context, last.format, last.transaction_id, last.bundle, last.claims,
    )  # fmt: skip


def test_a_record_is_a_document_of_its_own() -> None:
    """What is handed on says the same as the part of the document, and signs the same bytes."""
    first, last = detect(text(BOTH))
    assert [begin(), end()] == [json.loads(first.raw), json.loads(last.raw)]
    assert [signed_bytes(FIRST), signed_bytes(LAST)] == [parse(first).signed_bytes, parse(last).signed_bytes]


def test_a_record_fits_into_ocpi() -> None:
    """Written without blanks, a usual record stays below OCPI's 5000 characters in base64."""
    first, _ = detect(text(BOTH))
    assert len(encoded(first.raw)) < 5000


def test_records_between_have_no_place() -> None:
    """Only the first and the last are named by their order."""
    middle = begin(**CURRENT_POINTS)
    values = detect(text(container(begin(), middle, end(RCnt=142))))
    assert ["Transaction.Begin", None, "Transaction.End"] == [value.context for value in values]


def test_a_single_record_has_no_place() -> None:
    """Of one record the order says nothing."""
    assert only(container(begin())).context is None


@pytest.mark.parametrize("document", [begin(), [begin()], {"anything": {"else": begin()}}])
def test_a_record_alone_is_a_value(document: Any) -> None:
    """It tells itself by its context, wherever it stands."""
    value = only(document)
    assert (PayloadFormat.BSM, None, None, ()) == (value.format, value.broken, value.bundle, value.claims)


def test_a_log_of_containers_keeps_them_apart() -> None:
    """One document a line, each a charging process of its own."""
    log = b"\n".join(json.dumps(container(begin(), end(), **{"@id": name})).encode() for name in ("a", "b"))
    assert [("a", 0), ("a", 0), ("b", 1), ("b", 1)] == [(one.transaction_id, one.bundle) for one in detect(log)]


def test_a_record_in_ocpi_is_found() -> None:
    """OCPI carries it in base64 like any other record; plain_data may repeat it."""
    raw = json.dumps(begin())
    assert PayloadFormat.BSM is only(cdr(signed_value(SESSION, plain=raw, signed=encoded(raw)))).format


@pytest.mark.parametrize(
    ("members", "claims"),
    [
        ({"chargePointInfo": None}, (("csc-sw-version", CONTROLLER),)),
        ({"chargePointInfo": {"evseId": None}, "chargingStationInfo": {}}, ()),
        ({"chargePointInfo": [], "chargingStationInfo": 1}, ()),
    ],
)
def test_what_is_not_said_is_no_claim(members: Json, claims: tuple[tuple[str, str], ...]) -> None:
    """Absent, null and what is no object say nothing."""
    assert claims == only(container(begin(), **members)).claims


BROKEN: dict[str, tuple[Any, list[Code | None]]] = {
    "no record": (container(), [Code.EMPTY_VALUE]),
    "null": (container(signedMeterValues=None) | {"signedMeterValues": None}, [Code.EMPTY_VALUE]),
    "null for a record": (container(begin(), None), [None, Code.EMPTY_VALUE]),
    "text for a record": (container("OCMF|{}|{}"), [Code.CONTAINER_INVALID]),
    "object for the list": (container() | {"signedMeterValues": begin()}, [None]),
    "no context": (container({}), [Code.FORMAT_UNSUPPORTED]),
    "another meter": (container({"@context": f"{CONTEXTS}emh-json-v1"}), [Code.FORMAT_UNSUPPORTED]),
    "one of another meter": (container(begin(), {"@context": "x"}), [None, Code.FORMAT_UNSUPPORTED]),
    "another version": (
        container(begin(), end(), **{"@context": f"{CONTEXTS}charging-station-json-v0"}),
        [Code.FORMAT_UNSUPPORTED, Code.FORMAT_UNSUPPORTED],
    ),
    "EVSE of a number": (container(begin(), chargePointInfo={"evseId": 1}), [Code.CONTAINER_INVALID]),
    "a foreign context": (container(begin(), **{"@context": "https://example.org"}), [None]),
    "no context of its own": (container(begin(), **{"@context": None}), [None]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_a_broken_value(name: str) -> None:
    """Nothing disappears: what stands in a record's place is a value, with the reason why it is none."""
    document, codes = BROKEN[name]
    assert codes == broken(document)


REPEATED: dict[str, tuple[bytes, bytes]] = {
    "the records": (b'"signedMeterValues"', b'"signedMeterValues": [], "signedMeterValues"'),
    "the id": (b'"@id": "5d1f', b'"@id": "x", "@id": "5d1f'),
    "the EVSE": (b'"evseId"', b'"evseId": "x", "evseId"'),
    "the software": (b'"controllerSoftwareVersion"', b'"controllerSoftwareVersion": "x", "controllerSoftwareVersion"'),
}


@pytest.mark.parametrize("name", REPEATED)
def test_a_key_that_stands_twice_in_the_document_spoils_its_records(name: str) -> None:
    """Two readers may see two charging processes in it."""
    values = detect(text(BOTH).replace(*REPEATED[name]))
    assert {Code.CONTAINER_INVALID} == {value.broken[0] if value.broken else None for value in values}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (b'"measurementId"', Code.CONTAINER_INVALID),
        (b'"scale"', Code.DUPLICATE_JSON_KEY),
        (b'"name"', Code.DUPLICATE_JSON_KEY),
    ],
)
def test_a_key_that_stands_twice_in_a_record_spoils_it(place: bytes, code: Code) -> None:
    """Deep inside it stays twice on the way to the format, which refuses it."""
    (value,) = detect(text(container(begin())).replace(place, place + b": 0, " + place, 1))
    with pytest.raises(MalformedPayloadError) as caught:
        parse(value)
    assert code is caught.value.code


def test_a_record_beyond_the_cap_is_broken() -> None:
    """The caps are those of all records."""
    (value,) = detect(text(container(begin())), Limits(record_bytes=1000))
    assert value.broken is not None
    assert Code.LIMIT_EXCEEDED is value.broken[0]
