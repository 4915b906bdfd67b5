"""Caps on what is read, at the border, each with its unit and its reason.

The figures were chosen against real records (0.4 to 1 kB, at most 13 kB with 100 readings) and measured attacks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much input is read before it is refused with `LimitExceededError`."""

    #: Bytes of one file or container: 20 000 values of 1.5 kB. A billing period in one XML stays far below.
    container_bytes: int = 32 * 1024 * 1024
    #: Bytes of one signed record; 64 kB holds about 500 readings.
    record_bytes: int = 64 * 1024
    #: Bytes of one EDIFACT or S/MIME file; a month of quarter hours of 100 meters has 20 MB.
    edifact_bytes: int = 20 * 1024 * 1024
    #: Bytes of one segment, elements in one, messages in one interchange.
    segment_bytes: int = 64 * 1024
    segment_elements: int = 1_000
    messages: int = 10_000
    #: Values (QTY) in one EDIFACT file. A true one takes 70 bytes, one that takes its time from the one before it ten:
    #: two million of those took 1.2 GB.
    quantities: int = 400_000
    #: Values in one container.
    values: int = 20_000
    #: Readings in one record.
    readings: int = 1_000
    #: Bytes of a record for each of its readings. A true one takes about 130, one that takes everything over from the
    #: reading before it takes three: 1 MB of those took 8 s and 700 MB.
    reading_bytes: int = 32
    #: Nesting depth of JSON; CPython's own parser raises RecursionError far later.
    json_depth: int = 32
    #: Elements of one JSON text, commas in its strings included: a page of 1000 CDRs has 200 000. One that is all
    #: elements costs 100 times its size in memory.
    json_elements: int = 1_000_000
    #: JSON texts in one log: ten messages for each value.
    json_texts: int = 200_000
    #: XML namespaces around one record: each takes them along, 2000 in front of 200 records took 1 s, squared in both.
    xml_namespaces: int = 64
    #: Characters of one JSON number: 4000-digit integers cost quadratic time.
    number_characters: int = 40
    #: Significant digits of a number.
    number_digits: int = 30
    #: Largest and smallest exponent: int(Decimal('1e1000000')) took 41 s.
    exponent_max: int = 15
    exponent_min: int = -12
    #: Bytes of a decoded signature; the largest curve needs 139.
    signature_bytes: int = 256
    #: Characters of an encoded public key or certificate.
    key_characters: int = 16_384


#: The caps used unless a caller gives others.
DEFAULT_LIMITS = Limits()
