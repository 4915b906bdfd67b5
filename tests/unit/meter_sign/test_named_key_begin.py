"""A key that a message names must have begun to count at the time that is stated, also where a reading is later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.judgement import KeyPolicy
from meter_sign.judgement.named_keys import check_named_signatures
from meter_sign.registry import KeyRegistry, MeterKey
from tests.support.certificates import METER, Holder, authority, days, issued, reference
from tests.support.named_messages import METER_ID, READ_AT, message, signature

if TYPE_CHECKING:
    from meter_sign.judgement.keys import Outcome

ROOT = authority("root", 3)
SIGNER = issued("meter", METER, by=ROOT)
#: One day before the reading; the time of all signatures here is stated before it, and the reading lies behind it.
BEGINS = READ_AT - days(1)
LATE = issued("meter", METER, by=ROOT, begin=BEGINS)


def judged(policy: KeyPolicy, stated: datetime) -> Outcome:
    """Judge a message that names the certificate, and states a time of its signature."""
    record = message(signature(METER, reference(SIGNER), signed_at=stated))
    assert record.named is not None
    return check_named_signatures(record, record.named, policy, at=datetime(2026, 12, 31, tzinfo=UTC))


def registered(holder: Holder, valid_from: datetime | None = None) -> KeyPolicy:
    """A policy with one registered certificate."""
    key = MeterKey(
        meter_id=METER_ID,
        name="meter",
        key=holder.known.key,
        certificate=holder.known,
        valid_from=valid_from,
        provenance="other",
    )
    return KeyPolicy(registry=KeyRegistry((key,)))


GIVEN = KeyPolicy(certificates=(LATE.known,), trust_anchors=(ROOT.known,))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (registered(LATE), Code.CERT_EXPIRED),
        (GIVEN, Code.CERT_EXPIRED),
        (registered(SIGNER, valid_from=BEGINS), Code.KEY_NOT_VALID_AT_TIME),
    ],
)
def test_key_that_had_not_begun_at_the_stated_time_is_refused(policy: KeyPolicy, expected: Code) -> None:
    """That the stated time lies before the reading excuses nothing: it is the time that counts (edifact.md 5.5)."""
    error = judged(policy, BEGINS - timedelta(minutes=1)).error
    assert error is not None
    assert expected is error.code


@pytest.mark.parametrize("policy", [registered(LATE), GIVEN, registered(SIGNER, valid_from=BEGINS)])
def test_key_that_had_begun_may_state_a_time_before_the_reading(policy: KeyPolicy) -> None:
    """A key that counts at both times is one that counts."""
    assert judged(policy, BEGINS).record is not None


def test_objection_says_which_time_it_is_about() -> None:
    """A key that ends between the two is refused for the reading, and the words do not name the stated time."""
    ended = issued("meter", METER, by=ROOT, end=READ_AT - timedelta(minutes=1))
    error = judged(registered(ended), READ_AT - timedelta(minutes=2)).error
    assert error is not None
    assert error.detail.endswith("the time that counts is 2026-01-15T11:30:00Z (the last reading)")
