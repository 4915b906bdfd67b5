"""Keep what was said of a payload's values, by which version of the program, and whose records they are."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

from cdr_service.persistence.records import PayloadVerification, SignedRecord
from meter_sign import meter_of, pages_of

if TYPE_CHECKING:
    from datetime import datetime

    from cdr_service.domain.session import ChargingSession
    from cdr_service.persistence.store import Store
    from meter_sign import Judgement, VerifiedRecord

log = logging.getLogger(__name__)


def keep_judgement(
    store: Store, session: ChargingSession, payload_id: str, judgement: Judgement, now: datetime
) -> None:
    """Append one run of verdicts, and note every verified record as this session's.

    A record is noted the first time it verifies, be that at its event or, when its key was registered later, at the
    close: from then on no other session can bill it.
    """
    for value in judgement.values:
        log.info(
            "value_judged session=%s payload=%s value=%s status=%s problems=%s",
            session.session_id, payload_id, value.payload.index, value.status, [str(code) for code in value.problems],
        )  # fmt: skip
        if value.record is not None:
            record = _identity(payload_id, value.payload.index, value.record)
            store.add_record(record, session.party, session.session_id, now=now)
            pages = pages_of(value.record)
            store.add_pages(meter_of(value.record), pages, session.party, session.session_id, now=now)
    store.add_verifications(
        payload_id,
        [
            PayloadVerification(
                payload_id=payload_id,
                value_index=value.payload.index,
                status=str(value.status),
                problems=tuple(str(code) for code in value.problems),
                key_fingerprint=value.key_fingerprint,
                program_version=version("eichwerk"),
                judged_at=now,
                signer_kind=str(value.signer_kind),
                warnings=tuple(str(code) for code in value.warnings),
            )
            for value in judgement.values
        ],
    )


def _identity(payload_id: str, index: int, record: VerifiedRecord) -> SignedRecord:
    pagination = record.content.pagination
    return SignedRecord(
        payload_id=payload_id,
        value_index=index,
        signed_sha256=record.signed_sha256,
        meter_id=record.content.meter.meter_id,
        pagination_kind=None if pagination is None else pagination.kind,
        pagination_number=None if pagination is None else pagination.number,
    )
