"""The store: one transaction's view of the database, in words of the domain.

Made by `unit_of_work.transaction` only. Times and ids are the caller's. What has no domain type comes and goes as a
frozen type of `records.py`. A `get_` raises NotFoundError, a `find_` answers None, a `list_` answers a tuple.
"""

from __future__ import annotations

from cdr_service.persistence.store_assets import AssetStore
from cdr_service.persistence.store_cdrs import CdrStore
from cdr_service.persistence.store_history import HistoryStore
from cdr_service.persistence.store_meter_keys import MeterKeyStore
from cdr_service.persistence.store_partners import PartnerStore


class Store(PartnerStore, AssetStore, MeterKeyStore, HistoryStore, CdrStore):
    """Everything that can be asked of and written to the database; see the parts for the methods."""
