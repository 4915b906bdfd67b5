"""Every exception that leaves `cdr_service`.

    CdrServiceError
    ├─ DomainError
    │  ├─ TariffError                a tariff that cannot be used or priced here
    │  ├─ PricingError               periods that cannot be priced
    │  ├─ AssemblyError              a CDR that cannot be built lawfully (too long, no evidence, ...)
    │  ├─ ReconciliationError        the CDR contradicts its own periods, tariff or evidence (`discrepancies`)
    │  └─ LifecycleError             a transition that the state tables do not have
    ├─ RequestError                  the caller asked for something impossible (unknown id, wrong state, bad field)
    │  ├─ NotFoundError
    │  └─ ConflictError
    ├─ OcpiError
    │  ├─ LocalOcpiError             we would break OCPI
    │  └─ RemoteOcpiError            the partner did; `http_status`, `status_code`, `request_id` are theirs
    ├─ CredentialsError              a token that is missing, unknown or not allowed here
    └─ StoreError                    the database refused

`code` is stable UPPER_SNAKE. Which HTTP status and OCPI status_code an error becomes is one table in
`cdr_service/http/errors.py`; nothing here knows of HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdr_service.domain.reconcile import Discrepancy


class CdrServiceError(Exception):
    """Base of all errors of the gateway; `code` is stable, `where` is a JSON pointer or an id."""

    def __init__(self, code: str, detail: str, *, where: str | None = None) -> None:
        """Keep the parts apart, so that no caller ever parses a message."""
        super().__init__(f"{code}: {detail}" + (f" (at {where})" if where else ""))
        self.code = code
        self.detail = detail
        self.where = where


class DomainError(CdrServiceError):
    """A rule of tariffs, pricing or CDRs is broken."""


class TariffError(DomainError):
    """A tariff that is not lawful OCPI, or that this release cannot price."""


class PricingError(DomainError):
    """Periods and tariff that cannot be priced."""


class AssemblyError(DomainError):
    """A CDR that cannot be built from what there is."""


class ReconciliationError(DomainError):
    """The CDR does not add up; `discrepancies` says where, and nothing leaves."""

    def __init__(self, discrepancies: tuple[Discrepancy, ...]) -> None:
        """Carry every discrepancy, not only the first."""
        super().__init__("RECONCILIATION_FAILED", f"{len(discrepancies)} discrepancies")
        self.discrepancies = discrepancies


class LifecycleError(DomainError):
    """An event that the state does not know."""


class RequestError(CdrServiceError):
    """The caller's request cannot be carried out."""


class NotFoundError(RequestError):
    """There is no object of that id."""


class ConflictError(RequestError):
    """The object is in another state, or exists already with other content."""


class OcpiError(CdrServiceError):
    """The protocol was broken, by us or by the partner."""


class LocalOcpiError(OcpiError):
    """We would break OCPI: our bug, nothing was sent."""


class RemoteOcpiError(OcpiError):
    """The partner broke OCPI or answered with an error."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        where: str | None = None,
        http_status: int | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
    ) -> None:
        """Keep the partner's own words for a dispute."""
        super().__init__(code, detail, where=where)
        self.http_status = http_status
        self.status_code = status_code
        self.request_id = request_id


class CredentialsError(CdrServiceError):
    """A token or API key that is missing, unknown, or not allowed to do this."""


class StoreError(CdrServiceError):
    """The database refused or failed."""
