"""Exact JSON as properties: nothing is lost on the way out and back, and no bytes cause another error than ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cdr_service.ocpi.envelope import NO_ENVELOPE, open_envelope
from cdr_service.ocpi.errors import MalformedJsonError
from cdr_service.ocpi.json import canonical, dumps, loads
from cdr_service.ocpi.types import OcpiNumber, wire_number

numbers = st.integers(-(10**15), 10**15).flatmap(
    lambda digits: st.integers(-8, 0).map(lambda exponent: Decimal(digits).scaleb(exponent))
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def digits(value: Any) -> Any:
    """The value with each Decimal as its digits, so that 0.1 and 0.10 differ, and 1e1 and 10 do not."""
    if isinstance(value, Decimal):
        return "number", format(value, "f")
    if isinstance(value, dict):
        return {key: digits(item) for key, item in value.items()}
    return [digits(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_load_undoes_dump(value: Any) -> None:
    """Whatever is written is read back with the same digits and the same key order."""
    assert digits(value) == digits(loads(dumps(value)))
    if isinstance(value, dict):
        assert list(value) == list(loads(dumps(value)))


@given(values)
def test_canonical_is_a_fixed_point(value: Any) -> None:
    """Reading canonical bytes and writing them, canonically or as they come, gives the same bytes."""
    raw = canonical(value)
    assert raw == canonical(loads(raw)) == dumps(loads(raw))


@given(st.dictionaries(texts, numbers, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_canonical_forgets_the_order_of_keys(value: dict[str, Decimal], random: Any) -> None:
    """Two orders of the same keys have the same digest."""
    keys = list(value)
    random.shuffle(keys)
    assert canonical(value) == canonical({key: value[key] for key in keys})


@given(numbers)
def test_no_exponent_ever_leaves(value: Decimal) -> None:
    """A number is digits with at most one dot, and its value is the same."""
    raw = dumps(value)
    assert set(raw) <= set(b"-.0123456789")
    assert value == Decimal(raw.decode("ascii"))


@given(st.integers(-(10**12), 10**12), st.integers(-4, 3))
def test_a_wire_number_keeps_its_value(digits_: int, exponent: int) -> None:
    """A number with at most 4 decimals is never changed on its way out, and never shows more than 4."""
    value = Decimal(digits_).scaleb(exponent)
    written = wire_number(value)
    assert value == written == OcpiNumber().read(written)
    assert int(written.as_tuple().exponent) in range(-4, 1)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_value_or_our_error(raw: bytes) -> None:
    """Bytes from outside never raise anything but MalformedJsonError, and an envelope opens whatever they are."""
    try:
        value = loads(raw)
    except MalformedJsonError:
        assert NO_ENVELOPE == open_envelope(raw)
    else:
        assert digits(value) == digits(loads(dumps(value)))
        open_envelope(raw)


@given(values)
def test_any_json_opens_as_an_envelope(value: Any) -> None:
    """Whatever JSON a partner answers, opening it does not raise, and without status code it is no success."""
    assert not open_envelope(dumps({"data": value, "status_message": value})).is_success
    open_envelope(dumps({"status_code": value, "data": [value], "timestamp": value})).one()
