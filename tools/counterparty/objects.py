"""The OCPI objects this eMSP receives, as tables of rules: CREDENTIALS, TARIFF, LOCATION_REFERENCES, CDR.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_credentials, mod_tariffs, mod_tokens, mod_cdrs, mod_locations.
"""

from __future__ import annotations

from tools.counterparty.schema import (
    Rule,
    boolean,
    ci_string,
    country_alpha_2,
    country_alpha_3,
    currency,
    date_time,
    many,
    matching,
    number,
    one_of,
    party_id,
    record,
    string,
    url,
    whole,
)

#: A dimension a CDR may carry (mod_cdrs, CdrDimensionType).
CDR_DIMENSIONS = (
    "ENERGY",
    "MAX_CURRENT",
    "MIN_CURRENT",
    "MAX_POWER",
    "MIN_POWER",
    "PARKING_TIME",
    "RESERVATION_TIME",
    "TIME",
)
#: Dimensions of Sessions that SHALL NOT stand in a CDR.
SESSION_DIMENSIONS = ("CURRENT", "ENERGY_EXPORT", "ENERGY_IMPORT", "POWER", "STATE_OF_CHARGE")

_CONNECTORS = (
    *("CHADEMO", "CHAOJI", "GBT_AC", "GBT_DC", "TESLA_R", "TESLA_S", "PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN"),
    *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKL"),
    *("IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32", "IEC_60309_2_three_64"),
    *("IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2", "IEC_62196_T2_COMBO", "IEC_62196_T3A", "IEC_62196_T3C"),
    *("NEMA_5_20", "NEMA_6_30", "NEMA_6_50", "NEMA_10_30", "NEMA_10_50", "NEMA_14_30", "NEMA_14_50"),
)

_PRICE = record({"excl_vat": number}, {"incl_vat": number})
_DISPLAY_TEXT = record({"language": string(2), "text": string(512)})
_TOKEN_TYPE = one_of("AD_HOC_USER", "APP_USER", "OTHER", "RFID")
_ENCODED = matching(r"[A-Za-z0-9+/]+={0,2}", 5000)

CREDENTIALS: Rule = record(
    {
        "token": matching(r"[\x21-\x7e]+", 64),
        "url": url(),
        "roles": many(
            record(
                {
                    "role": one_of("CPO", "EMSP", "HUB", "NAP", "NSP", "OTHER", "SCSP"),
                    "business_details": record({"name": string(100)}, {"website": url()}),
                    "party_id": party_id,
                    "country_code": country_alpha_2,
                }
            ),
            at_least=1,
        ),
    }
)

_PRICE_COMPONENT = record(
    {"type": one_of("ENERGY", "FLAT", "PARKING_TIME", "TIME"), "price": number, "step_size": whole},
    {"vat": number},
)

TARIFF: Rule = record(
    {
        "country_code": country_alpha_2,
        "party_id": party_id,
        "id": ci_string(36),
        "currency": currency,
        "elements": many(
            record({"price_components": many(_PRICE_COMPONENT, at_least=1)}, {"restrictions": record({})}), at_least=1
        ),
        "last_updated": date_time,
    },
    {
        "type": one_of("AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"),
        "tariff_alt_text": many(_DISPLAY_TEXT),
        "tariff_alt_url": url(),
        "min_price": _PRICE,
        "max_price": _PRICE,
        "start_date_time": date_time,
        "end_date_time": date_time,
    },
)

LOCATION_REFERENCES: Rule = record({"location_id": ci_string(36)}, {"evse_uids": many(ci_string(36))})

_CDR_TOKEN = record(
    {
        "country_code": country_alpha_2,
        "party_id": party_id,
        "uid": ci_string(36),
        "type": _TOKEN_TYPE,
        "contract_id": ci_string(36),
    }
)

_CDR_LOCATION = record(
    {
        "id": ci_string(36),
        "address": string(45),
        "city": string(45),
        "country": country_alpha_3,
        "coordinates": record(
            {
                "latitude": matching(r"-?[0-9]{1,2}\.[0-9]{5,7}", 10),
                "longitude": matching(r"-?[0-9]{1,3}\.[0-9]{5,7}", 11),
            }
        ),
        "evse_uid": ci_string(36),
        "evse_id": ci_string(48),
        "connector_id": ci_string(36),
        "connector_standard": one_of(*_CONNECTORS),
        "connector_format": one_of("SOCKET", "CABLE"),
        "connector_power_type": one_of("AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"),
    },
    {"name": string(255), "postal_code": string(10), "state": string(20)},
)

_CHARGING_PERIOD = record(
    {
        "start_date_time": date_time,
        "dimensions": many(
            record({"type": one_of(*CDR_DIMENSIONS, *SESSION_DIMENSIONS), "volume": number}), at_least=1
        ),
    },
    {"tariff_id": ci_string(36)},
)

_SIGNED_DATA = record(
    {
        "encoding_method": ci_string(36),
        "signed_values": many(
            record({"nature": ci_string(32), "plain_data": string(5000), "signed_data": _ENCODED}), at_least=1
        ),
    },
    {"encoding_method_version": whole, "public_key": string(512), "url": string(512)},
)

CDR: Rule = record(
    {
        "country_code": country_alpha_2,
        "party_id": party_id,
        "id": ci_string(39),
        "start_date_time": date_time,
        "end_date_time": date_time,
        "cdr_token": _CDR_TOKEN,
        "auth_method": one_of("AUTH_REQUEST", "COMMAND", "WHITELIST"),
        "cdr_location": _CDR_LOCATION,
        "currency": currency,
        "charging_periods": many(_CHARGING_PERIOD, at_least=1),
        "total_cost": _PRICE,
        "total_energy": number,
        "total_time": number,
        "last_updated": date_time,
    },
    {
        "session_id": ci_string(36),
        "authorization_reference": ci_string(36),
        "meter_id": string(255),
        "tariffs": many(TARIFF),
        "signed_data": _SIGNED_DATA,
        "total_fixed_cost": _PRICE,
        "total_energy_cost": _PRICE,
        "total_time_cost": _PRICE,
        "total_parking_time": number,
        "total_parking_cost": _PRICE,
        "total_reservation_cost": _PRICE,
        "remark": string(255),
        "invoice_reference_id": ci_string(39),
        "credit": boolean,
        "credit_reference_id": ci_string(39),
        "home_charging_compensation": boolean,
    },
)
