"""All tables of the gateway; rows never leave `persistence`."""

from __future__ import annotations

from cdr_service.persistence.tables.base import Base, object_key
from cdr_service.persistence.tables.billing import (
    CdrFindingRow,
    CdrRow,
    DeliveryAttemptRow,
    DeliveryRow,
    ReconciliationRow,
)
from cdr_service.persistence.tables.history import MeterEnergyRow, MeterLocationRow, MeterPageRow, MeterSessionRow
from cdr_service.persistence.tables.partners import (
    ApiKeyRow,
    CounterpartyRoleRow,
    CounterpartyRow,
    CredentialAcceptedRow,
    CredentialSentRow,
    EndpointRow,
)
from cdr_service.persistence.tables.sessions import (
    AuthorizationRow,
    ChargingSessionRow,
    LocationRow,
    MeterKeyRow,
    PayloadVerificationRow,
    SessionEventRow,
    SessionFindingRow,
    SignedPayloadRow,
    SignedRecordRow,
    TariffPushRow,
    TariffRow,
    TariffVersionRow,
)

__all__ = [
    "ApiKeyRow",
    "AuthorizationRow",
    "Base",
    "CdrFindingRow",
    "CdrRow",
    "ChargingSessionRow",
    "CounterpartyRoleRow",
    "CounterpartyRow",
    "CredentialAcceptedRow",
    "CredentialSentRow",
    "DeliveryAttemptRow",
    "DeliveryRow",
    "EndpointRow",
    "LocationRow",
    "MeterEnergyRow",
    "MeterKeyRow",
    "MeterLocationRow",
    "MeterPageRow",
    "MeterSessionRow",
    "PayloadVerificationRow",
    "ReconciliationRow",
    "SessionEventRow",
    "SessionFindingRow",
    "SignedPayloadRow",
    "SignedRecordRow",
    "TariffPushRow",
    "TariffRow",
    "TariffVersionRow",
    "object_key",
]
