"""Everything that a value says, field by field, as facts with a name, a value and a meaning.

    ValueJudgement -> Fact, ...

A fact is proven when a signature covers it and holds under the key that is named beside it; what the container says is
never proven, and nothing is that a value says which did not verify. Text and JSON are both made of these facts, so that
neither shows what the other hides.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from meter_sign.cli.explain_edifact import interval_facts, named_signatures, quantity
from meter_sign.cli.explain_further import FurtherField, further_fields
from meter_sign.cli.explain_words import TABLES, Fact, Words, amount
from meter_sign.cli.verdict_json import format_decimal, format_time
from meter_sign.cli.verdict_text import source_in_words
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.catalogue import Language
    from meter_sign.codes import Code
    from meter_sign.judgement import KeyPolicy, ValueJudgement
    from meter_sign.model import ParsedRecord, Reading, RecordContent, Transaction
    from meter_sign.registry import MeterKey
    from meter_sign.timestamps import SignedTime

#: Before the format's own name of a field that has no name of ours.
FURTHER = "further."
#: Before the name under which a container claims something that its records sign.
CLAIM = "container.claim."


def deviating_places(value: ValueJudgement, code: Code) -> list[str]:
    """JSON pointers to the fields that deviate so, where the format's reader tells them.

    Args:
        value: the value.
        code: one of its deviations.
    """
    content = value.parsed.content if value.parsed else None
    return [] if content is None else [where for found, where in content.deviations if found is code]


def facts_of(value: ValueJudgement, keys: KeyPolicy, language: Language) -> tuple[Fact, ...]:
    """Tell everything that is known of a value.

    Args:
        value: verified or not.
        keys: which keys counted; a key's entry in the registry is told.
        language: of the meanings.

    Returns:
        The facts: record, container, signature, key, content, then reading by reading and interval by interval.
    """
    words = Words(language)
    facts = [*_record(value, words), *_container(value)]
    if value.parsed is not None:
        facts += _signature(value, value.parsed, words)
    facts += _key(value, keys, words)
    content = _content_of(value)
    if content is not None:
        is_ocmf = value.payload.format is PayloadFormat.OCMF
        proven = value.record is not None
        facts += [replace(fact, proven=proven) for fact in _content(content, words)]
        further = () if value.parsed is None else further_fields(value.parsed)
        facts += [replace(fact, proven=proven) for fact in _further(further, None, words)]
        for number, reading in enumerate(content.readings):
            told = (*_reading(reading, words, is_ocmf=is_ocmf), *_further(further, number, words))
            if value.payload.format is PayloadFormat.EDIFACT:
                told += tuple(quantity("reading", reading, words))
            facts += [replace(fact, proven=proven, reading=number) for fact in told]
        for number, interval in enumerate(content.intervals):
            facts += [replace(fact, proven=proven, interval=number) for fact in interval_facts(interval, words)]
    return tuple(facts)


def _further(fields: tuple[FurtherField, ...], reading: int | None, words: Words) -> Iterator[Fact]:
    for field in fields:
        if field.reading == reading:
            yield Fact(
                name=f"{FURTHER}{field.name}",
                value=field.value,
                meaning=words("further", field.name.rpartition(".")[2]),
            )


def _content_of(value: ValueJudgement) -> RecordContent | None:
    if value.record is not None:
        return value.record.content
    return value.parsed.content if value.parsed is not None else None


# Around what is signed ----------------------------------------------------------------------------------------------


def _record(value: ValueJudgement, words: Words) -> Iterator[Fact]:
    payload, parsed = value.payload, value.parsed
    yield Fact(name="record.format", value=payload.format, meaning=words("format", payload.format))
    if parsed is not None and parsed.format_version is not None:
        yield Fact(name="record.format_version", value=parsed.format_version, proven=value.record is not None)
    if payload.raw:
        yield Fact(name="record.bytes", value=str(len(payload.raw)))
        yield Fact(name="record.sha256", value=sha256(payload.raw).hexdigest())


def _container(value: ValueJudgement) -> Iterator[Fact]:
    stated = {
        "container.transaction_id": value.payload.transaction_id,
        "container.context": value.payload.context,
        "container.plain_data": value.payload.plain_data,
        "record.label": None if value.parsed is None else value.parsed.label,
    }
    yield from (Fact(name=name, value=text, proven=False) for name, text in stated.items() if text is not None)
    yield from (Fact(name=f"{CLAIM}{tag}", value=text, proven=False) for tag, text in value.payload.claims)


def _signature(value: ValueJudgement, parsed: ParsedRecord, words: Words) -> Iterator[Fact]:
    if parsed.named is not None:
        yield from named_signatures(parsed.named, value.signatures, words)
        return
    # The signature section is not signed, but what it says was used, and the signature is judged beside this.
    yield Fact(name="signature.algorithm", value=f"ECDSA-{parsed.curve}-SHA256")
    for span in parsed.spans:
        offset = parsed.payload.raw.find(span.signed_bytes)
        # -1: there is no such run of bytes in the record; see `SignedSpan`.
        yield Fact(name="signature.offset", value="-" if offset < 0 else str(offset))
        yield Fact(name="signature.length", value=str(len(span.signed_bytes)))
        yield Fact(name="signature.sha256", value=sha256(span.signed_bytes).hexdigest())


def _key(value: ValueJudgement, keys: KeyPolicy, words: Words) -> Iterator[Fact]:
    if value.key_source is None or value.key_fingerprint is None:
        return
    yield Fact(name="key.fingerprint", value=value.key_fingerprint)
    meaning = source_in_words(value.key_source, value.signer_kind, words.language)
    yield Fact(name="key.source", value=value.key_source, meaning=meaning)
    if keys.registry is not None:
        for key in keys.registry.entries_of(value.meter_id, value.key_fingerprint):
            yield Fact(name="key.registered", value=key.meter_id, meaning=_registered(key, words))
    if value.record is not None:
        yield Fact(name="signer", value=value.signer_kind, meaning=words("signer", value.signer_kind))


def _registered(key: MeterKey, words: Words) -> str:
    parts = [words.sentence("registered", name=key.name, source=key.provenance)]
    if key.party is not None:
        parts.append(words.sentence("of_party", party=key.party))
    if key.valid_from is not None:
        parts.append(words.sentence("valid_from", at=format_time(key.valid_from)))
    if key.valid_until is not None:
        parts.append(words.sentence("valid_until", at=format_time(key.valid_until)))
    return ", ".join(parts)


# What is signed -----------------------------------------------------------------------------------------------------


def _content(content: RecordContent, words: Words) -> Iterator[Fact]:
    yield from _meter(content, words)
    if content.pagination is not None:
        kind, number = content.pagination.kind, content.pagination.number
        yield Fact(name="pagination", value=str(number), meaning=words("pagination", kind))
    if content.sender is not None:
        yield Fact(name="sender", value=content.sender)
    if content.transaction_id is not None:
        yield Fact(name="transaction_id", value=content.transaction_id)
    yield from _user(content, words)
    if content.tariff_text is not None:
        yield Fact(name="tariff_text", value=content.tariff_text)
    yield from _cable(content)


def _meter(content: RecordContent, words: Words) -> Iterator[Fact]:
    meter, place = content.meter, content.charge_point
    stated = {
        "meter.serial": meter.serial,
        "meter.gateway_serial": meter.gateway_serial,
        "meter.location": meter.location,
        "meter.vendor": meter.vendor,
        "meter.model": meter.model,
        "meter.firmware": meter.firmware,
    }
    yield from (Fact(name=name, value=text) for name, text in stated.items() if text is not None)
    if place is None:
        return
    if place.kind is not None:
        yield Fact(name="charge_point.kind", value=place.kind, meaning=words("charge_point", place.kind))
    if place.id is not None:
        yield Fact(name="charge_point.id", value=place.id)
    if place.controller_firmware is not None:
        yield Fact(name="charge_point.controller_firmware", value=place.controller_firmware)


def _user(content: RecordContent, words: Words) -> Iterator[Fact]:
    who = content.identification
    if who is None:
        return
    if who.assigned is not None:
        answer = "true" if who.assigned else "false"
        yield Fact(name="user.assigned", value=answer, meaning=words("true_false", answer))
    if who.level is not None:
        yield Fact(name="user.level", value=who.level, meaning=words("level", who.level))
    if who.type is not None:
        yield Fact(name="user.type", value=who.type, meaning=words("id_type", who.type))
    if who.data is not None:
        yield Fact(name="user.id", value=who.data)
    for flag in who.flags:
        yield Fact(name="user.flag", value=flag, meaning=words("id_flag", flag))


def _cable(content: RecordContent) -> Iterator[Fact]:
    cable = content.loss_compensation
    if cable is None:
        return
    if cable.name is not None:
        yield Fact(name="cable.name", value=cable.name)
    if cable.number is not None:
        yield Fact(name="cable.number", value=format_decimal(cable.number))
    if cable.resistance is not None:
        yield Fact(name="cable.resistance", value=f"{format_decimal(cable.resistance)} {cable.unit or ''}".strip())


def _reading(reading: Reading, words: Words, *, is_ocmf: bool) -> Iterator[Fact]:
    if reading.path is not None:
        yield Fact(name="reading.path", value=reading.path)
    if reading.time is not None:
        yield from _time("reading.time", reading.time, words)
    if reading.since is not None:
        yield from _time("reading.since", reading.since, words)
    yield _reason(reading, words, is_ocmf=is_ocmf)
    if reading.register is not None:
        meaning = words("register", reading.register.kind)
        yield Fact(name="reading.register", value=str(reading.register), meaning=meaning)
    yield amount("reading", reading, words)
    yield _status(reading, words, is_ocmf=is_ocmf)
    for flag in reading.error_flags:
        yield Fact(name="reading.error_flag", value=flag, meaning=words("error_flag", flag))
    if reading.cumulated_loss is not None:
        loss = f"{format_decimal(reading.cumulated_loss)} {reading.unit or ''}".strip()
        yield Fact(name="reading.cumulated_loss", value=loss)
    if reading.current_type is not None:
        meaning = words("current_type", reading.current_type)
        yield Fact(name="reading.current_type", value=reading.current_type, meaning=meaning)
    if reading.pagination is not None:
        yield Fact(name="reading.pagination", value=str(reading.pagination))
    if reading.event_counter is not None:
        yield Fact(name="reading.event_counter", value=str(reading.event_counter))


def register_means(transaction: Transaction, language: Language) -> str | None:
    """What the register counts that a transaction bills.

    Args:
        transaction: billable or not.
        language: of the words.
    """
    if transaction.register is None:
        return None
    kind = "profile" if transaction.bills_profile else transaction.register.kind
    return TABLES[language]["register"].get(kind)


def _time(name: str, time: SignedTime, words: Words) -> Iterator[Fact]:
    if time.zone_known:
        yield Fact(name=name, value=format_time(time.at))
    else:
        # Without the Z: it is no instant, and must not look like one.
        yield Fact(name=name, value=format_time(time.at).removesuffix("Z"), meaning=words.sentence("no_zone"))
    status = "none" if time.status is None else time.status.value
    yield Fact(name="reading.clock", value="-" if time.status is None else status, meaning=words("clock", status))


def _reason(reading: Reading, words: Words, *, is_ocmf: bool) -> Fact:
    own = words("reason", reading.qualifier) if is_ocmf else None
    meaning = own or words("phase", "none" if reading.phase is None else reading.phase)
    return Fact(name="reading.reason", value=reading.qualifier or "-", meaning=meaning)


def _status(reading: Reading, words: Words, *, is_ocmf: bool) -> Fact:
    own = words("status", reading.meter_status) if is_ocmf else None
    good = {True: "yes", False: "no", None: "none"}[reading.status_good]
    return Fact(name="reading.status", value=reading.meter_status or "-", meaning=own or words("status_good", good))
