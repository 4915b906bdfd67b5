from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdr_service.domain.errors import ConflictError
from cdr_service.persistence.meter_keys import check_revision, counting_keys
from tests.unit.persistence.samples import NOW, meter_key

if TYPE_CHECKING:
    from cdr_service.persistence.records import StoredMeterKey

_LATER = NOW + timedelta(days=30)
_LATEST = NOW + timedelta(days=60)


def _other(**changes: object) -> StoredMeterKey:
    """Another key under the same name."""
    return meter_key(spki_der=b"spki-b", fingerprint="sha256:bb", **changes)


def test_no_revision_no_key() -> None:
    """A name that was never registered has no key that counts."""
    assert counting_keys([]) == ()


def test_the_same_key_again_is_a_correction() -> None:
    """Only the newest statement about a key counts: its validity is what was said last."""
    corrected = meter_key(valid_until=_LATER)
    assert (corrected,) == counting_keys([meter_key(), corrected])


def test_an_exchanged_key_counts_until_its_successor() -> None:
    """What was signed before the exchange stays verifiable."""
    old, new = meter_key(), _other(valid_from=_LATER)
    assert (meter_key(valid_until=_LATER), new) == counting_keys([old, new])


def test_an_end_of_its_own_is_not_prolonged() -> None:
    """A key that ended before its successor began does not count in between."""
    old, new = meter_key(valid_until=_LATER), _other(valid_from=_LATEST)
    assert (old, new) == counting_keys([old, new])


def test_a_corrected_exchange_moves_the_end_of_the_key_before() -> None:
    """The date of an exchange can be corrected; the old key then counts until the corrected one."""
    revisions = [meter_key(), _other(valid_from=_LATER), _other(valid_from=_LATEST)]
    assert (meter_key(valid_until=_LATEST), _other(valid_from=_LATEST)) == counting_keys(revisions)


@pytest.mark.parametrize("valid_from", [None, NOW, NOW - timedelta(days=1)])
def test_an_exchange_without_a_usable_date_is_refused(valid_from: object) -> None:
    """Another key that is valid since ever, or since before the other one, would disown what the other one signed."""
    with pytest.raises(ConflictError, match="METER_KEY_NEEDS_VALID_FROM"):
        check_revision([meter_key(valid_from=NOW)], _other(valid_from=valid_from))


def test_a_correction_that_takes_the_date_of_an_exchange_away_is_refused() -> None:
    """The date of the exchange is what bounds the key before."""
    with pytest.raises(ConflictError, match="METER_KEY_NEEDS_VALID_FROM"):
        check_revision([meter_key(), _other(valid_from=_LATER)], _other())


def test_a_first_key_and_a_correction_need_no_date() -> None:
    """The common cases stay simple."""
    check_revision([], meter_key())
    check_revision([meter_key()], meter_key(valid_until=_LATER))


@given(fingerprints=st.lists(st.sampled_from("abc"), max_size=8))
def test_the_newest_key_always_counts_as_it_was_put(fingerprints: list[str]) -> None:
    """No history of a name changes what was said last, and no two neighbours that count are the same key."""
    revisions = [
        meter_key(fingerprint=fingerprint, valid_from=NOW + timedelta(days=day))
        for day, fingerprint in enumerate(fingerprints)
    ]
    counting = counting_keys(revisions)
    assert counting[-1:] == tuple(revisions[-1:])
    assert all(one.fingerprint != other.fingerprint for one, other in pairwise(counting))
