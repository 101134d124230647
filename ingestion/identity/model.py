"""The linkage model: what is compared between a record and a person, and the trained file that holds its weights.

The model is Fellegi and Sunter's (A theory for record linkage, JASA 1969), estimated and evaluated by Splink. Names are
weighed by how common they are on the whole spine. The file's name carries its version; a decision names the version
that made it, and the file is never changed, only followed by another.

Belongs here: the comparisons, loading. Does not belong here: training (``training``) and deciding (``decisions``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODELS_FOLDER = Path(__file__).parent / "models"
#: Comparisons in the order in which a reviewer sees them, with their names.
FIELDS = {
    "valid_number": ("证件号码（有效）", "Document number (valid)"),
    "number": ("证件号码（受损）", "Document number (damaged)"),
    "name": ("姓名", "Name"),
    "birth_date": ("出生日期", "Birth date"),
    "sex": ("性别", "Sex"),
    "place": ("住处", "Place"),
    "phone": ("电话", "Telephone"),
}

_SAME_ENDS = "(left(number_text_l, 6) = left(number_text_r, 6) OR right(number_text_l, 6) = right(number_text_r, 6))"
_ONE_CHARACTER_OFF = """length(name_key_l) = length(name_key_r) AND length(name_key_l) >= 2 AND (
    left(name_key_l, -1) = left(name_key_r, -1) OR substr(name_key_l, 2) = substr(name_key_r, 2)
    OR (length(name_key_l) = 3 AND left(name_key_l, 1) = left(name_key_r, 1)
        AND right(name_key_l, 1) = right(name_key_r, 1)))"""
_SLIP = """abs(date_diff('day', birth_date_l, birth_date_r)) <= 1
    OR (year(birth_date_l) = year(birth_date_r) AND month(birth_date_l) = day(birth_date_r)
        AND day(birth_date_l) = month(birth_date_r))"""


def _level(label: str, condition: str, **options: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": label} | options


def _comparison(name: str, absent: str, *levels: dict[str, Any]) -> dict[str, Any]:
    other = _level("differs 不符", "ELSE")
    nothing = _level("not known 缺", absent, is_null_level=True)
    return {"output_column_name": name, "comparison_levels": [nothing, *levels, other]}


def settings() -> dict[str, Any]:
    """Splink settings of an untrained model. The left table is the records, the right one the spine."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "comparisons": [
            _comparison(
                "valid_number",
                "valid_number_l IS NULL OR valid_number_r IS NULL",
                _level("same 相同", "valid_number_l = valid_number_r"),
            ),
            _comparison(
                "number",
                "number_text_r IS NULL OR (number_text_l IS NULL AND number_prefix_l IS NULL)",
                _level(
                    "first 15 digits 前15位相同",
                    "length(number_prefix_l) >= 14 AND starts_with(number_text_r, number_prefix_l)",
                ),
                _level(
                    "one edit 一处之差",
                    f"{_SAME_ENDS} AND damerau_levenshtein(number_text_l, number_text_r) = 1",
                ),
                _level(
                    "first digits 前几位相同",
                    "length(number_prefix_l) BETWEEN 5 AND 13 AND starts_with(number_text_r, number_prefix_l)",
                ),
            ),
            _comparison(
                "name",
                "name_key_l IS NULL OR name_key_r IS NULL",
                _level("same 相同", "name_key_l = name_key_r", tf_adjustment_column="name_key"),
                _level("one character 一字之差", _ONE_CHARACTER_OFF),
                _level("surname 同姓", "left(name_key_l, 1) = left(name_key_r, 1)"),
            ),
            _comparison(
                "birth_date",
                "birth_date_l IS NULL OR birth_date_r IS NULL",
                _level("same 相同", "birth_date_l = birth_date_r"),
                _level("slip 笔误", _SLIP),
                _level("same year 同年", "year(birth_date_l) = year(birth_date_r)"),
            ),
            _comparison(
                "sex", "sex_code_l IS NULL OR sex_code_r IS NULL", _level("same 相同", "sex_code_l = sex_code_r")
            ),
            _comparison(
                "place",
                "committee_code_l IS NULL OR committee_code_r IS NULL",
                _level("same dwelling 同一住所", "dwelling_code_l = dwelling_code_r"),
                _level("same committee 同一居委会", "committee_code_l = committee_code_r"),
                _level("same sub-district 同一街道", "left(committee_code_l, 9) = left(committee_code_r, 9)"),
            ),
            _comparison("phone", "phone_l IS NULL OR phone_r IS NULL", _level("same 相同", "phone_l = phone_r")),
        ],
        "blocking_rules_to_generate_predictions": [
            "l.telling_name = r.telling_name",
            "l.name_key = r.name_key AND l.birth_year = r.birth_year",
            "l.name_key = r.name_key AND l.sub_district_code = r.sub_district_code",
            "l.name_key = r.name_key AND l.number_start = r.number_start",
            "l.name_key = r.name_key AND l.number_tail = r.number_tail",
            "l.name_key = r.name_key AND l.number_head = r.number_head",
            "l.number_15 = r.number_15",
            "l.number_end = r.number_end",
            "l.birth_date = r.birth_date AND l.committee_code = r.committee_code",
            "l.dwelling_code = r.dwelling_code",
            "l.phone = r.phone",
        ],
    }


#: Columns that both tables give to Splink.
MODEL_COLUMNS = (
    "valid_number", "number_text", "number_prefix", "number_15", "number_end", "name_key", "birth_date", "sex_code",
    "committee_code", "dwelling_code", "phone", "telling_name", "birth_year", "sub_district_code", "number_start",
    "number_tail", "number_head",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A trained model: its version and Splink's settings with all probabilities."""

    version: str
    settings: dict[str, Any]

    def levels(self, field: str) -> dict[int, str]:
        """Names of a comparison's levels by Splink's number: the last is 0, not known is -1."""
        (comparison,) = (one for one in self.settings["comparisons"] if one["output_column_name"] == field)
        levels = [level["label_for_charts"] for level in comparison["comparison_levels"]]
        return {-1: levels[0]} | {len(levels) - 2 - place: name for place, name in enumerate(levels[1:])}


def model_path(version: str) -> Path:
    return MODELS_FOLDER / f"{version}.json"


def load_model(version: str) -> Model:
    """Raises FileNotFoundError for an unknown version, ValueError when a level was never trained."""
    content = json.loads(model_path(version).read_text(encoding="utf-8"))
    untrained = [
        f"{comparison['output_column_name']}: {level['label_for_charts']}"
        for comparison in content["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level") and not {"m_probability", "u_probability"} <= level.keys()
    ]
    if untrained:
        raise ValueError(f"model {version} has levels without probabilities: {', '.join(untrained)}")
    return Model(version, content)
