"""The worked examples of OCPI 2.2.1, read in place where the shared vectors are at hand."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cdr_service.domain.errors import TariffError
from cdr_service.domain.money import AMOUNT_DENOMINATOR
from cdr_service.domain.pricing import price
from cdr_service.domain.segmentation import MeteredPeriod
from cdr_service.domain.tariff import Tariff, refuse_unpriceable
from meter_sign import Activity
from tests.support.domain import POLICY, component, tariff_of_elements

SHARED = Path(os.environ.get("EICHWERK_SHARED", Path(__file__).parents[4] / "shared"))
EXAMPLES_FILE = SHARED / "vectors" / "tariff_spec_examples.json"
#: Examples of tariffs without restrictions and limits: E1, E2, E4, E6 to E9, E11, E16 to E18, C1, C4, C5.
PRICED_NOW = 14
EXAMPLES = 33

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not EXAMPLES_FILE.exists(), reason=f"not run: no shared vectors at {EXAMPLES_FILE}"),
]


def examples() -> list[dict[str, Any]]:
    """All examples, numbers as they are written."""
    found: list[dict[str, Any]] = json.loads(EXAMPLES_FILE.read_text(encoding="utf-8"), parse_float=Decimal)["examples"]
    return found


def is_priced_now(example: dict[str, Any]) -> bool:
    """Whether this release prices the example's tariff."""
    try:
        for one in example["tariffs"]:
            refuse_unpriceable(one)
    except TariffError:
        return False
    return True


def read_tariff(tariff_json: dict[str, Any]) -> Tariff:
    """The example's tariff; its lawfulness is not this test's business."""
    return tariff_of_elements(
        *(
            tuple(
                component(one["type"], str(one["price"]), vat=one.get("vat"), step_size=one["step_size"])
                for one in element["price_components"]
            )
            for element in tariff_json["elements"]
        )
    )


def read_periods(cdr: dict[str, Any]) -> list[MeteredPeriod]:
    """The example's periods; where it has no hours, no time is billed."""
    starts = [datetime.fromisoformat(period["start_date_time"]).astimezone(UTC) for period in cdr["periods"]]
    ends = [after for _, after in pairwise([*starts, datetime.fromisoformat(cdr["end"]).astimezone(UTC)])]
    periods = []
    for period, start, end in zip(cdr["periods"], starts, ends, strict=True):
        volumes = {one["type"]: Decimal(one["volume"]) for one in period["dimensions"]}
        timed = "TIME" in volumes or "PARKING_TIME" in volumes
        periods.append(
            MeteredPeriod(
                starts_at=start,
                # By the instants: 1.973 h (C5) do not recover the second, as tariffs.md 3b says.
                seconds=(end - start) // timedelta(seconds=1) if timed else 0,
                activity=Activity.PARKING if "PARKING_TIME" in volumes else Activity.CHARGING,
                energy_kwh=volumes.get("ENERGY", Decimal(0)),
                hours=Decimal(0),
            )
        )
    return periods


def test_examples_of_this_step_are_priced_and_the_others_refused() -> None:
    """As many examples as this step covers are priced; the ones with restrictions or limits are refused."""
    assert [PRICED_NOW, EXAMPLES] == [sum(map(is_priced_now, examples())), len(examples())]


def test_examples_are_priced_exactly() -> None:
    """Each example that is priced has exactly the recomputed figures, rounded to 6 digits where the file rounds."""
    for example in filter(is_priced_now, examples()):
        total = price(read_periods(example["cdr"]), read_tariff(example["tariffs"][0]), POLICY).exact.total_cost
        computed = [round(part / AMOUNT_DENOMINATOR, 6) for part in (total.excl_vat, total.incl_vat)]
        assert [Decimal(example["exact_excl"]), Decimal(example["exact_incl"])] == computed, example["name"]
