"""JSON: objects and messages of OCPI, OCPP, chargeIT and PTB, one document or one a line, and their signed values.

    bytes -> JSON texts -> SignedPayload

Which messages there are does not matter, only where values stand: an object with `signed_values` is OCPI's SignedData,
one with `format` SignedData or with a signed meter value is OCPP's; chargeIT's and PTB's documents and the records that
are JSON themselves tell themselves by names of their own. Whatever lies around (a response's envelope, a page
of CDRs, frames, a log's own fields) is walked through in document order, without recursion. Readings that nobody signed
are no values.

A file is a log when its first line is a whole JSON text and more follows; then each line is a text of its own, and one
that cannot be read is a broken value. JSON that is none, that is no UTF-8, or that holds NaN or half a character is
refused as a whole; an object with a key twice only spoils the values in it. A text file may begin with a bracket, too:
what is no JSON is read as lines of records, and refused only when there are none.

Source: RFC 8259, 4 and 8; OCPI 2.2.1, mod_cdrs; OCPP-J 1.6, 4 (frames); contracts.md 1.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from re import compile as pattern
from typing import TYPE_CHECKING, Any, NamedTuple

from meter_sign import strict_json
from meter_sign.codes import Code
from meter_sign.container import chargeit_values, lines, ocpi_values, ocpp_values, ptb_values
from meter_sign.container.json_scope import Scope, inside, members
from meter_sign.container.one_value import broken_value
from meter_sign.errors import LimitExceededError, MalformedPayloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from meter_sign.container.json_scope import JsonObject
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

_LINE = pattern(rb"[^\s][^\n]*")
#: Breaches that leave no text to rely on; a number beyond the caps is none of a signed value's, and read as absent.
_FATAL = frozenset({Code.NUMBER_NOT_FINITE, Code.TEXT_NOT_UNICODE})
#: Documents of whole charging processes: how they are told, and who reads them.
_PROCESSES: tuple[
    tuple[Callable[[JsonObject], bool], Callable[[JsonObject, Scope, int, Limits], Iterator[SignedPayload]]], ...
] = (
    (chargeit_values.is_process, chargeit_values.process),
    (ptb_values.is_process, ptb_values.process),
)
_NO_VALUE = (
    "JSON without a signed value: neither signed_values of OCPI, nor a sampled value of OCPP with the format SignedData"
    " or with signedMeterData, nor signedMeterValues of chargeIT, nor ocmfBegin and ocmfEnd of PTB"
)


class _Intake(NamedTuple):
    """What is remembered from one value of a file to the next."""

    limits: Limits
    #: Gives each SignedData object a number of its own.
    bundles: Iterator[int]
    #: The last public key of each OCPP transaction.
    keys: dict[str, str]


class _Node(NamedTuple):
    """A list or an object on the way down, with what was said around it."""

    json: list[Any] | JsonObject
    scope: Scope


def values(body: bytes, limits: Limits) -> Iterator[SignedPayload]:
    """Find the values of a file that begins like JSON.

    Args:
        body: the file, without a byte order mark and without white space before it.
        limits: caps on depth, elements and records.

    Returns:
        The values in document order, at least one.

    Raises:
        MalformedPayloadError: CONTAINER_INVALID, when it is no JSON; NOT_RECOGNISED, when it holds no signed value.
        LimitExceededError: nested too deeply, or too many elements or lines.
    """
    empty = True
    for payload in _values(body, _Intake(limits, count(), {})):
        empty = False
        yield payload
    if empty:
        raise MalformedPayloadError(Code.NOT_RECOGNISED, _NO_VALUE)


def _values(body: bytes, intake: _Intake) -> Iterator[SignedPayload]:
    if _is_log(body, intake.limits):
        yield from _from_log(body, intake)
        return
    try:
        document = _parsed(body, intake.limits)
    except LimitExceededError:
        raise
    except MalformedPayloadError as error:
        yield from _from_text_file(body, intake.limits, error)
    else:
        yield from _from_document(document, intake)


def _from_text_file(body: bytes, limits: Limits, error: MalformedPayloadError) -> Iterator[SignedPayload]:
    empty = True
    for payload in lines.values(body, limits):
        empty = False
        yield payload
    if empty:
        raise error


def _is_log(body: bytes, limits: Limits) -> bool:
    first, _, rest = body.partition(b"\n")
    if not rest or rest.isspace():
        return False
    try:
        _parsed(first, limits)
    except MalformedPayloadError:
        return False
    return True


def _from_log(body: bytes, intake: _Intake) -> Iterator[SignedPayload]:
    for number, line in enumerate(_LINE.finditer(body), 1):
        if number > intake.limits.json_texts:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {intake.limits.json_texts} lines")
        try:
            document = _parsed(line.group(), intake.limits)
        except MalformedPayloadError as error:
            yield broken_value(None, error.code, f"line {number}: {error.detail}")
        else:
            yield from _from_document(document, intake)


def _parsed(raw: bytes, limits: Limits) -> Any:
    try:
        scanned = strict_json.scan(raw.decode("utf-8"), limits)
    except UnicodeDecodeError as error:
        detail = f"JSON must be UTF-8, and byte {error.start} is none"
        raise MalformedPayloadError(Code.CONTAINER_INVALID, detail) from error
    except LimitExceededError:
        raise
    except MalformedPayloadError as error:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, error.detail) from error
    for breach in scanned.breaches:
        if breach.code in _FATAL:
            raise MalformedPayloadError(Code.CONTAINER_INVALID, breach.detail)
    return scanned.value


def _from_document(document: Any, intake: _Intake) -> Iterator[SignedPayload]:
    pending = _nodes([document], Scope())
    while pending:
        node, scope = pending.pop()
        if isinstance(node, list):
            pending += _nodes(node, scope)
            continue
        within = inside(node, scope)
        found = _signed_values(node, within, intake)
        if found is None:
            pending += _nodes(members(node), _of_event(node, within))
        else:
            yield from found


def _signed_values(node: JsonObject, scope: Scope, intake: _Intake) -> Iterable[SignedPayload] | None:
    """The values that an object is or holds by its own definition; None for any other object."""
    if ocpi_values.SIGNED_VALUES in node:
        return ocpi_values.values(node, scope, next(intake.bundles), intake.limits)
    if ocpp_values.is_value(node):
        return (ocpp_values.value(node, scope, intake.keys, intake.limits),)
    for is_process, process in _PROCESSES:
        if is_process(node):
            return process(node, scope, next(intake.bundles), intake.limits)
    return (chargeit_values.value(node, scope, intake.limits),) if chargeit_values.is_record(node) else None


def _nodes(found: list[Any], scope: Scope) -> list[_Node]:
    """What is to be walked through, the first on top of the stack."""
    return [_Node(one, scope) for one in reversed(found) if isinstance(one, list | dict)]


def _of_event(node: JsonObject, scope: Scope) -> Scope:
    context = ocpp_values.context_of_event(node)
    return scope if context is None else replace(scope, context=context)
