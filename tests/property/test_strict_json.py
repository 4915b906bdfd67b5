"""Whatever the text: a value that means the same to every reader, or one of our errors."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from meter_sign.errors import MeterSignError
from meter_sign.strict_json import loads

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.decimals(Decimal("-1e12"), Decimal("1e12"), places=6)
values = st.recursive(
    st.none() | st.booleans() | texts | numbers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def written(value: object) -> str:
    """Our own writer, for Decimals stand as they are."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(inner) for inner in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


@given(values)
def test_what_was_written_is_read(value: object) -> None:
    """Reading undoes writing, number for number and character for character."""
    assert value == loads(written(value).encode())


@given(st.binary(max_size=60))
@example(b'{"a":1e99999999999999999999}')
@example(b'"\\ud800')
def test_any_bytes_give_a_value_or_our_error(raw: bytes) -> None:
    """No input makes the parser fail in a way that nobody handles."""
    try:
        loads(raw)
    except MeterSignError as error:
        assert error.code  # noqa: PT017 - any of our errors will do, with its code


@given(st.text('[]{}",:\\0123eE+-.NaNulltrefsI ', max_size=40))
def test_nothing_passes_that_the_standard_library_refuses(text: str) -> None:
    """We are stricter than the standard library, never more tolerant."""
    try:
        value = loads(text.encode())
    except MeterSignError:
        return
    assert value == json.loads(text, parse_float=Decimal, parse_int=Decimal)
