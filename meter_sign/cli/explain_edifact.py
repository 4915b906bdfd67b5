"""Facts that only EDIFACT has: signatures that name their keys, intervals of a load profile, words on each value.

Source: edifact.md 1.2 (QTY), 2.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from meter_sign.cli.explain_words import Fact, Words, amount
from meter_sign.cli.verdict_json import format_time
from meter_sign.crypto.distinguished_names import name_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from meter_sign.judgement.signatures import SignatureJudgement
    from meter_sign.model import Interval, KeyReference, NamedSignatures, Reading


def named_signatures(named: NamedSignatures, judged: Sequence[SignatureJudgement], words: Words) -> Iterator[Fact]:
    """What each signature says of itself, whether it holds and whose it is, then what all of them cover.

    Args:
        named: of one message, checked or not.
        judged: those signatures, in the same order.
        words: of the meanings.
    """
    for one, answer in zip(named.signatures, judged, strict=True):
        yield Fact(name="signature.algorithm", value=f"{one.scheme}-{one.hash}")
        yield Fact(name="signature.container", value=one.container, meaning=words("container", one.container))
        yield Fact(name="signature.name", value=one.name)
        # Only a name: whether there is such a key, and whose it is, the registry tells.
        for name in _key_names(one.key):
            yield Fact(name="signature.names_key", value=name, proven=False)
        if one.signed_at is not None:
            yield Fact(name="signature.signed_at", value=format_time(one.signed_at), proven=False)
        yield from _whose(answer, words)
    yield Fact(name="signature.length", value=str(len(named.signed_bytes)))
    yield Fact(name="signature.sha256", value=sha256(named.signed_bytes).hexdigest())


def _whose(judged: SignatureJudgement, words: Words) -> Iterator[Fact]:
    """What is known of a signature beside what it says itself."""
    holds = {True: "yes", False: "no", None: "-"}[judged.holds]
    yield Fact(name="signature.holds", value=holds, meaning=words("holds", holds))
    if judged.holds and judged.key is not None:
        yield Fact(name="signature.signer", value=judged.signer_kind, meaning=words("signer", judged.signer_kind))
    if judged.registered_as is not None:
        meaning = None if judged.party is None else words.sentence("of_party", party=judged.party)
        yield Fact(name="signature.registered_as", value=judged.registered_as, meaning=meaning)
    certificate = judged.certificate
    if certificate is not None:
        span = format_time(certificate.valid_from), format_time(certificate.valid_until)
        meaning = words.sentence("valid", begin=span[0], end=span[1])
        yield Fact(name="signature.certificate", value=certificate.subject_text, meaning=meaning)


def _key_names(key: KeyReference) -> Iterator[str]:
    if key.issuer is not None:
        yield f"issuer {name_in_words(key.issuer)}"
    if key.serial is not None:
        yield f"serial {key.serial:X}"
    if key.subject_key_id is not None:
        yield f"key id {key.subject_key_id.hex().upper()}"
    if key.key_name is not None:
        yield key.key_name


def interval_facts(interval: Interval, words: Words) -> Iterator[Fact]:
    """One stretch of a load profile.

    Args:
        interval: as signed.
        words: of the meanings.
    """
    if interval.path is not None:
        yield Fact(name="interval.path", value=interval.path)
    yield Fact(name="interval.start", value=format_time(interval.starts.at))
    yield Fact(name="interval.end", value=format_time(interval.ends.at))
    yield from quantity("interval", interval, words)
    meaning = words("register", "profile" if interval.is_import else "other")
    yield Fact(name="interval.register", value=str(interval.register), meaning=meaning)
    yield amount("interval", interval, words)


def quantity(of: str, value: Reading | Interval, words: Words) -> Iterator[Fact]:
    """What EDIFACT says of a value itself (QTY 6063), and whose it is where a message holds several meters.

    Args:
        of: `reading` or `interval`.
        value: that one.
        words: of the meanings.
    """
    if value.qualifier is not None:
        meaning = words("quantity", value.qualifier)
        if value.objection is not None:
            meaning = f"{value.objection}" if meaning is None else f"{meaning}: {value.objection}"
        yield Fact(name=f"{of}.quantity", value=value.qualifier, meaning=meaning)
    if value.meter_id is not None:
        yield Fact(name=f"{of}.meter", value=value.meter_id)
