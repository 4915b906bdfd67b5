"""What all tables share: names of constraints, types of columns, the key of an OCPI object."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, Integer, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cdr_service.persistence.types import ExactDecimal, UtcDateTime

if TYPE_CHECKING:
    from cdr_service.domain.party import PartyId

#: Every constraint has a name, so that a migration can speak of it.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all rows; every row knows when it was written, and the caller says when that is."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar = {
        bytes: LargeBinary,
        datetime: UtcDateTime,
        Decimal: ExactDecimal,
        int: Integer,
        str: Text,
    }

    created_at: Mapped[datetime] = mapped_column(sort_order=999)


def object_key(party: PartyId, object_id: str) -> str:
    """The key of an OCPI object: `DE*EIC*cdr-17`; ids are CiStrings, so they compare in lower case.

    The table checks the same expression (`object_key_check`), so two ids that differ in case only are one key.
    """
    return f"{party.country_code}*{party.party_id}*{object_id.lower()}"


def object_key_check(id_column: str) -> CheckConstraint:
    """The key really is made of the party and the id; a non-ASCII id fails here, and CiStrings are ASCII."""
    return CheckConstraint(f"key = country_code || '*' || party_id || '*' || lower({id_column})", name="key")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Only these texts may stand in the column."""
    texts = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({texts})", name=column)
