"""A made warehouse that has come as far as the gate: marts, index and ledger, for the tests of publication.

Scores here follow the efficacy-coefficient formula on made figures. Sizes are parameters: three sub-districts with
four committees each for tests, ten with 185 to look at the pages.
"""

# ruff: noqa: E501 - rows of tables are read more easily unbroken
from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from safety_index.evidence.columns import EVIDENCE_COLUMNS, as_evidence
from safety_index.tables.results import arrow_table
from warehouse.files import write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_range

NAMES = [
    ("华阳路街道", "Huayang Road", 21), ("江苏路街道", "Jiangsu Road", 13), ("新华路街道", "Xinhua Road", 17),
    ("周家桥街道", "Zhoujiaqiao", 21), ("天山路街道", "Tianshan Road", 17), ("仙霞新村街道", "Xianxia Xincun", 24),
    ("虹桥街道", "Hongqiao", 20), ("程家桥街道", "Chengjiaqiao", 8), ("北新泾街道", "Beixinjing", 15),
    ("新泾镇", "Xinjing Town", 29),
]  # fmt: skip
DIMENSIONS = {
    "A": ("人口状况", "Population status"), "B": ("治安状况", "Public order"),
    "C": ("防范状况", "Prevention"), "D": ("环境状况", "Environment"),
}  # fmt: skip
#: code: (zh, en, unit zh, unit en, impermissible, satisfactory, weight, multiplier, window, level, special,
#:        denominator per resident, mean of the value)
INDICATORS = {
    "A1": ("实有人口核实率", "Verified residents", "%", "%", 85, 99, 4, 100, 1, "committee", False, 1.0, 93),
    "A2": ("来沪人员与租赁房屋登记及时率", "Timely registration", "%", "%", 70, 98, 4, 100, 1, "committee", False, 0.03, 88),
    "A3": ("社区戒毒康复服务到位率", "Rehabilitation service", "%", "%", 80, 100, 3, 100, 1, "sub_district", True, 0.004, 93),
    "A4": ("社区矫正安置帮教到位率", "Corrections service", "%", "%", 85, 100, 3, 100, 1, "sub_district", True, 0.003, 95),
    "A5": ("严重精神障碍患者服务到位率", "Mental-disorder service", "%", "%", 85, 100, 3, 100, 1, "sub_district", True, 0.004, 95),
    "A6": ("独居老人关爱到位率", "Care of elderly living alone", "%", "%", 85, 100, 3, 100, 1, "sub_district", True, 0.01, 96),
    "B1": ("报警类110接警率", "Alarm-type 110 calls", "‰", "per 1,000", 12, 2, 7, 1000, 1, "committee", False, 1.0, 6),
    "B2": ("入民宅盗窃发案率", "Residential burglary", "‰", "per 1,000", 0.8, 0, 8, 1000, 4, "committee", False, 0.37, 0.3),
    "B3": ("车辆盗窃发案率", "Vehicle theft", "‰", "per 1,000", 0.8, 0, 5, 1000, 4, "committee", False, 1.0, 0.35),
    "B4": ("电信网络诈骗发案率", "Telecom fraud", "每万", "per 10,000", 8, 0.5, 6, 10000, 1, "committee", False, 1.0, 4),
    "B5": ("可防性案件破案率", "Clearance", "%", "%", 15, 60, 4, 100, 4, "sub_district", False, 0.004, 40),
    "B6": ("零发案小区占比", "Zero-burglary compounds", "%", "%", 70, 100, 5, 100, 4, "committee", False, 0.0014, 85),
    "C1": ("平安志愿者活跃率", "Active volunteers", "%", "%", 1, 4, 4, 100, 1, "committee", False, 1.0, 2.8),
    "C2": ("社区民警负荷", "Residents per community officer", "人", "residents", 1500, 3000, 3, 1, 1, "committee", False, 0.0004, 2600),
    "C3": ("技防设施完好覆盖率", "Working entrances", "%", "%", 60, 100, 6, 100, 1, "committee", False, 0.008, 88),
    "C4": ("人民调解成功率", "Mediation success", "%", "%", 80, 100, 5, 100, 1, "committee", False, 0.005, 93),
    "C5": ("社会心理服务响应率", "Psychological service", "%", "%", 70, 100, 3, 100, 1, "committee", False, 0.003, 88),
    "C6": ("重点青少年结对帮扶率", "Youth services", "%", "%", 80, 100, 4, 100, 1, "sub_district", True, 0.004, 93),
    "D1": ("涉人伤交通事故率", "Injury road accidents", "‰", "per 1,000", 0.8, 0, 5, 1000, 4, "committee", False, 1.0, 0.2),
    "D2": ("火灾发生率", "Fires", "每万户", "per 10,000", 8, 0, 4, 10000, 4, "committee", False, 0.37, 2.5),
    "D3": ("隐患及违建按期整改率", "Hazards put right", "%", "%", 75, 100, 6, 100, 1, "committee", False, 0.006, 90),
    "D4": ("12345平安类诉求按期办结率", "Hotline follow-up", "%", "%", 75, 98, 5, 100, 1, "committee", False, 0.008, 92),
}  # fmt: skip
_BANDS = (("very_good", 92, "优", "very good"), ("good", 88, "良", "good"), ("fair", 84, "中", "fair"),
          ("watch", 80, "关注", "to watch"), ("weak", 0, "薄弱", "weak"))  # fmt: skip
SERIES = SimpleNamespace(
    code="made-22",
    model_dump=lambda mode: {"code": "made-22"},
    title=SimpleNamespace(zh="平安指数", en="Safety index"),
    peers=SimpleNamespace(size_weight=1, shares=(SimpleNamespace(code="elderly"), SimpleNamespace(code="migrants"))),
    efficacy=SimpleNamespace(floor=40, cap=100),
    bands=tuple(
        SimpleNamespace(code=code, minimum=minimum, name=SimpleNamespace(zh=zh, en=en))
        for code, minimum, zh, en in _BANDS
    ),
)
HIGHLIGHTS = [
    ("alarm_110_calls", "报警类110警情", "Alarm-type 110 calls", "起", "calls", 4012.0, 5015.0),
    ("residential_burglary", "入民宅盗窃", "Residential burglaries", "起", "cases", 61.0, 69.0),
    ("vehicle_theft", "车辆盗窃", "Vehicle thefts", "起", "cases", 204.0, 280.0),
    ("telecom_fraud", "电信网络诈骗", "Telecom fraud", "起", "cases", 188.0, 341.0),
    ("fires", "火灾", "Fires", "起", "fires", 48.0, 50.0),
    ("road_deaths", "交通事故死亡", "Deaths on the road", "人", "people", 2.0, 5.0),
    ("zero_burglary_compounds", "零发案小区占比", "Compounds without burglary", "%", "%", 83.1, None),
]


@dataclass(frozen=True)
class GateReport:
    passed: bool = True
    text: str = "police.cases: no delivery for 2017-02; ask the police data steward"

    def explain(self) -> str:
        return self.text


def passing_gate(layout: Layout, quarter: Quarter) -> GateReport:
    return GateReport()


def efficacy(code: str, value: float) -> float:
    bad, good = INDICATORS[code][4:6]
    return 60 + 40 * (value - bad) / (good - bad)


def make_world(
    home: Path,
    quarters: tuple[str, str] = ("2016Q4", "2017Q1"),
    committee_counts: tuple[int, ...] = (4, 4, 4),
    residents_per_committee: int = 3700,
    person_count: int = 600,
    seed: int = 7,
) -> Layout:
    """Write build database, index and ledger under ``home`` and return its layout."""
    layout = Layout(home)
    rng = np.random.default_rng(seed)
    span = [str(quarter) for quarter in quarter_range(*map(Quarter.parse, quarters))]
    areas = _areas(committee_counts)
    population = _population(areas, span, residents_per_committee, rng)
    indicator_rows = _indicator_scores(areas, population, span, rng)
    _write_index(layout, areas, indicator_rows, span)
    _write_marts(layout, areas, population, indicator_rows, span, person_count, seed)
    for number, department in enumerate(("police", "population")):
        _write_delivery(layout, department, span[-1], number)
    return layout


def with_indicator_rows(snapshot, rows: list[dict]):
    """The snapshot with these indicator values in place of its own."""
    return replace(snapshot, indicator_scores=pa.Table.from_pylist(rows, snapshot.indicator_scores.schema))


def _areas(committee_counts) -> list[dict]:
    district = {"area_code": "310105000000", "area_level_code": "district", "area_name": "长宁区", "area_name_en": "Changning District",
                "parent_code": None, "sub_district_code": None}  # fmt: skip
    areas = [district]
    for number, ((zh, en, _), count) in enumerate(zip(NAMES, committee_counts, strict=False), 1):
        code = f"310105{number:03d}000"
        areas.append({"area_code": code, "area_level_code": "sub_district", "area_name": zh, "area_name_en": en,
                      "parent_code": district["area_code"], "sub_district_code": code})  # fmt: skip
        for committee in range(1, count + 1):
            areas.append({"area_code": f"{code[:9]}{committee:03d}", "area_level_code": "committee",
                          "area_name": f"{zh[:2]}第{committee}居委会", "area_name_en": f"{en} Committee {committee}",
                          "parent_code": code, "sub_district_code": code})  # fmt: skip
    return areas


def _summed(areas, own: dict) -> dict:
    """Add committees up to sub-districts and the district."""
    totals = dict(own)
    for area in areas[::-1]:
        if area["parent_code"]:
            totals[area["parent_code"]] = totals.get(area["parent_code"], 0) + totals[area["area_code"]]
    return totals


def _population(areas, span, size, rng) -> dict:
    committees = [area["area_code"] for area in areas if area["area_level_code"] == "committee"]
    base = {code: int(size * rng.uniform(0.7, 1.4)) for code in committees}
    return {
        quarter: _summed(areas, {code: base[code] + int(rng.integers(-20, 20)) for code in committees})
        for quarter in span
    }


def _indicator_scores(areas, population, span, rng) -> list[dict]:
    level = {area["area_code"]: area["area_level_code"] for area in areas}
    parent = {area["area_code"]: area["parent_code"] for area in areas}
    committees = [code for code in level if level[code] == "committee"]
    quality = {code: rng.normal(0, 0.25) for code in committees}
    history: dict = {}
    rows = []
    first = span[0]
    for quarter in span:
        for code, facts in INDICATORS.items():
            bad, good, weight, multiplier, window = facts[4:9]
            share_of_residents, mean = facts[11:13]
            own_num, own_den = {}, {}
            for committee in committees:
                tilt = (0.15 if good > bad else -0.5) * (quality[committee] + rng.normal(0, 0.15))
                denominator = max(int(population[quarter][committee] * share_of_residents), 1)
                expected = denominator * mean / multiplier * (1 + tilt)
                if code == "C2":
                    own_num[committee], own_den[committee] = population[quarter][committee], denominator
                elif multiplier == 100 and mean > 20:
                    own_num[committee] = int(rng.binomial(denominator, min(max(expected / denominator, 0), 1)))
                    own_den[committee] = denominator
                else:
                    own_num[committee], own_den[committee] = int(rng.poisson(max(expected, 0))), denominator
            num, den = _summed(areas, own_num), _summed(areas, own_den)
            history[quarter, code] = num
            length = min(window, span.index(quarter) + 1)
            in_window = span[span.index(quarter) - length + 1 : span.index(quarter) + 1]
            is_stock = code == "B6"
            for area in level:
                at, status = area, "observed"
                if facts[9] == "sub_district" and level[area] == "committee":
                    at, status = parent[area], "passed_down"
                numerator = num[at] if is_stock else sum(history[when, code][at] for when in in_window)
                denominator = den[at] * (length if code == "B5" else 1)
                per_quarter = 1 if multiplier == 100 or code == "C2" else length
                value = numerator / denominator * multiplier / per_quarter
                unclamped = efficacy(code, value)
                rows.append({
                    "quarter": quarter, "area_level_code": level[area], "area_code": area, "parent_code": parent[area],
                    "indicator_code": code, "dimension_code": code[0], "numerator": float(numerator),
                    "denominator": float(denominator), "value": value, "status_code": status,
                    "window_quarter_count": length, "score": min(max(unclamped, 40.0), 100.0), "unclamped_score": unclamped,
                    "is_clamped": not 40 <= unclamped <= 100, "weight": float(weight), "effective_weight": float(weight),
                    "points": weight * min(max(unclamped, 40.0), 100.0) / 100,
                })  # fmt: skip
    assert first == rows[0]["quarter"]
    return rows


def _write_index(layout, areas, indicator_rows, span) -> None:
    level = {area["area_code"]: area["area_level_code"] for area in areas}
    parent = {area["area_code"]: area["parent_code"] for area in areas}
    points = {(row["quarter"], row["area_code"], row["indicator_code"]): row["points"] for row in indicator_rows}
    weights = {code: sum(facts[6] for key, facts in INDICATORS.items() if key[0] == code) for code in DIMENSIONS}
    scores, dimension_scores, changes = [], [], []
    total, rank = {}, {}
    for position, quarter in enumerate(span):
        before = span[position - 1] if position else None
        for area in level:
            total[quarter, area] = sum(points[quarter, area, code] for code in INDICATORS)
        for kind in ("sub_district", "committee"):
            places = sorted(
                (code for code in level if level[code] == kind), key=lambda code: -round(total[quarter, code], 1)
            )
            for area in places:
                rank[quarter, area] = 1 + sum(
                    round(total[quarter, other], 1) > round(total[quarter, area], 1) for other in places
                )
        for area in level:
            score, previous = total[quarter, area], total.get((before, area))
            band = next(code for code, minimum, *_ in _BANDS if score >= minimum)
            scores.append({
                "quarter": quarter, "area_level_code": level[area], "area_code": area, "parent_code": parent[area],
                "score": score, "rank": rank.get((quarter, area)),
                "area_count": sum(kind == level[area] for kind in level.values()), "previous_score": previous,
                "score_change": None if previous is None else score - previous, "previous_rank": rank.get((before, area)),
                "rank_change": None if (before, area) not in rank else rank[before, area] - rank[quarter, area],
                "band_code": band,
            })  # fmt: skip
            place = {"quarter": quarter, "area_level_code": level[area], "area_code": area, "parent_code": parent[area]}
            for dimension, weight in weights.items():
                now, then = (
                    sum(points[when, area, code] for code in INDICATORS if code[0] == dimension) / weight * 100
                    if when
                    else None
                    for when in (quarter, before)
                )
                change = None if then is None else now - then
                dimension_scores.append(
                    {**place, "dimension_code": dimension, "score": now, "rank": 1, "score_change": change}
                )
            for code in INDICATORS if before else ():
                change = points[quarter, area, code] - points[before, area, code]
                changes.append({**place, "indicator_code": code, "points_change": change})
    folder = layout.index_folder(span[-1])
    folder.mkdir(parents=True)
    for name, rows in (
        ("scores", scores),
        ("dimension_scores", dimension_scores),
        ("indicator_scores", indicator_rows),
        ("changes", changes),
    ):
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    for name, frame in as_evidence(_evidence(scores, changes, indicator_rows, span)).items():
        pq.write_table(arrow_table(frame, EVIDENCE_COLUMNS[name]), folder / f"{name}.parquet")


def _evidence(scores, changes, indicator_rows, span) -> dict[str, pd.DataFrame]:
    """Evidence of the last quarter with the shape of the real one, on made figures."""
    quarter, before = span[-1], span[-2] if len(span) > 1 else None
    place = ("quarter", "area_level_code", "area_code", "parent_code")
    now = [row for row in scores if row["quarter"] == quarter]
    intervals = [
        {key: row[key] for key in place}
        | {"score_low": row["score"] - 1.03, "score_high": row["score"] + 1.27, "top_share": 0.314,
           "bottom_share": 0.021, "tier": 1 + (row["rank"] or 1) // 4, "rank_set_best": 1,
           "rank_set_worst": row["area_count"], "method_rank_low": row["rank"], "method_rank_high": row["rank"],
           "rank_low": row["rank"] and max(row["rank"] - 2, 1),
           "rank_high": row["rank"] and min(row["rank"] + 3, row["area_count"])}
        for row in now
    ]  # fmt: skip
    classes = ("clearly_better", "probably_better", "no_clear_change", "probably_worse", "clearly_worse")
    comparisons = [
        {key: row[key] for key in place}
        | {"comparison_code": "previous_period", "compared_quarter": before, "score_change": row["score_change"],
           "change_low": row["score_change"] - 0.8, "change_high": row["score_change"] + 0.9, "improved_share": 0.87,
           "class_code": classes[number % 5], "rank_change": row["rank_change"],
           "rank_change_low": row["rank_change"] and row["rank_change"] - 2,
           "rank_change_high": row["rank_change"] and row["rank_change"] + 3, "own_rank_change": row["rank_change"], "others_rank_change": row["rank_change"] and 0.0}
        for number, row in enumerate(now) if row["score_change"] is not None
    ]  # fmt: skip
    terms = [
        {key: row[key] for key in (*place, "indicator_code")}
        | {"comparison_code": "previous_period", "term_code": term, "points": row["points_change"] * share}
        for row in changes if row["quarter"] == quarter for term, share in (("events", 0.7), ("exposure", 0.3))
    ]  # fmt: skip
    context = [
        {key: row[key] for key in (*place, "indicator_code")}
        | {"points_per_event": -4.0 * row["weight"] / row["denominator"]} | dict.fromkeys(
            ("children_mean_score", "mix_points")) | (
                {"peer_difference": -1.2345, "peer_share_below": 1 / 3} if "002" in row["area_code"][6:9] else
                {"peer_difference": 1.2345, "peer_share_below": 2 / 3})
        for row in indicator_rows if row["quarter"] == quarter
    ]  # fmt: skip
    peers, rank_sets = [], []
    for level in ("sub_district", "committee"):
        rows = [row for row in now if row["area_level_code"] == level]
        peers += [
            {key: row[key] for key in place}
            | {"peer_place": number, "peer_area_code": rows[(at + number) % len(rows)]["area_code"],
               "peer_distance": 0.1 * number}
            for at, row in enumerate(rows) for number in (1, 2, 3)
        ]  # fmt: skip
        rank_sets += [
            {key: row[key] for key in (*place, "indicator_code")}
            | {"raw_rank": 2, "rank_set_best": 1, "rank_set_worst": 3, "compared_area_count": len(rows)}
            for row in indicator_rows
            if row["quarter"] == quarter and row["area_level_code"] == level and row["status_code"] == "observed"
        ]
    sensitivity, coherence = [], []
    for level in ("sub_district", "committee"):
        at = {"quarter": quarter, "area_level_code": level}
        for measure, choice, figure in (
            ("mean_shift", "without_B2", 0.5), ("mean_shift", "weight_more_B", 0.2), ("sobol_total", "weight_B", 0.3),
            ("sobol_total", "mean", 0.6), ("weight_to_first", now[1]["area_code"], 1.234),
        ):  # fmt: skip
            sensitivity.append(
                at | {"measure_code": measure, "choice_code": choice, "figure": figure, "half_width": 0.1}
            )
        codes = list(INDICATORS)
        pairs = [(first, second) for first in codes for second in codes if first < second]
        coherence += [
            at | {"measure_code": "correlation", "first_code": first, "second_code": second, "figure": 0.123456,
                  "low": None, "high": None, "is_flagged": False}
            for first, second in pairs
        ]  # fmt: skip
        coherence += [
            at | {"measure_code": "influence", "first_code": code, "second_code": "", "figure": 0.2, "low": None,
                  "high": None, "is_flagged": False}
            for code in (*codes, *DIMENSIONS)
        ]  # fmt: skip
        coherence.append(at | {"measure_code": "association", "first_code": "", "second_code": "elderly",
                               "figure": -0.41, "low": -0.5, "high": -0.3, "is_flagged": True})  # fmt: skip
    return {
        name: pd.DataFrame(rows)
        for name, rows in (
            ("intervals", intervals), ("comparisons", comparisons), ("change_terms", terms),
            ("indicator_context", context), ("peers", peers),
            ("indicator_rank_sets", rank_sets), ("sensitivity", sensitivity), ("coherence", coherence),
        )
    }  # fmt: skip


def write_table(db, name: str, rows: list[dict]) -> None:
    db.register("rows", pa.Table.from_pylist(rows))
    db.execute(f"create table {name} as from rows")
    db.unregister("rows")


def _write_marts(layout, areas, population, indicator_rows, span, person_count, seed) -> None:
    layout.build_database.parent.mkdir(parents=True)
    quarter, end = span[-1], Quarter.parse(span[-1]).end_date
    with duckdb.connect(str(layout.build_database)) as db:
        db.execute("create schema marts")
        write_table(db, "dim_area_rows", [
            {**area, "valid_from_date": dt.date(2010, 1, 1), "valid_to_date": None, "grid_code": None, "predecessor_code": None}
            for area in areas
        ])  # fmt: skip
        db.execute(
            "create table marts.dim_area as select * replace (valid_to_date::date as valid_to_date) from dim_area_rows"
        )
        db.execute("drop table dim_area_rows")
        db.execute(
            "create table marts.dim_area_crosswalk as select $1 as quarter, area_code, area_code as current_area_code, "
            "area_level_code, 1.0::double as dwelling_share from marts.dim_area",
            [quarter],
        )
        write_table(db, "marts.dim_indicator", [
            {"indicator_code": code, "series_code": SERIES.code, "dimension_code": code[0],
             "dimension_name_zh": DIMENSIONS[code[0]][0], "dimension_name_en": DIMENSIONS[code[0]][1], "name_zh": facts[0],
             "name_en": facts[1], "polarity_code": "positive" if facts[5] > facts[4] else "negative", "unit_zh": facts[2],
             "unit_en": facts[3], "weight": float(facts[6]), "value_multiplier": float(facts[7]), "window_quarter_count": facts[8],
             "published_level_code": facts[9], "is_special_group": facts[10], "display_order": number}
            for number, (code, facts) in enumerate(INDICATORS.items(), 1)
        ])  # fmt: skip
        level = {area["area_code"]: area for area in areas}
        write_table(db, "marts.fct_population_quarter", [
            {"area_code": code, "quarter": when, "area_level_code": level[code]["area_level_code"],
             "parent_code": level[code]["parent_code"], "resident_count": count, "registered_count": int(count * 0.8),
             "present_count": count, "migrant_count": int(count * 0.3),
             "overseas_count": sum(3 + int(c) % 7 for c in level if c.startswith(code.rstrip("0")) and level[c]["area_level_code"] == "committee"),
             "registered_but_absent_count": int(count * 0.11), "household_count": int(count * 0.37),
             "dwelling_count": int(count * 0.4), "compound_count": max(count // 700, 1), "aged_60_plus_count": int(count * 0.31),
             "unidentified_count": 3}
            for when in span for code, count in population[when].items()
        ])  # fmt: skip
        write_table(db, "marts.fct_indicator_quarter", [
            {key: row[key] for key in ("area_code", "quarter", "indicator_code", "area_level_code", "parent_code", "numerator",
                                       "denominator", "value", "status_code", "window_quarter_count")}
            for row in indicator_rows
        ])  # fmt: skip
        db.execute("create table marts.fct_indicator_back_series as from marts.fct_indicator_quarter")
        db.execute(
            "create table marts.fct_highlight (quarter varchar, highlight_code varchar, name_zh varchar, name_en varchar, "
            "unit_zh varchar, unit_en varchar, current_value double, year_ago_value double, change_share double)"
        )
        db.executemany(
            "insert into marts.fct_highlight select $1, $2, $3, $4, $5, $6, $7, $8, $7 / $8 - 1",
            [[quarter, *highlight] for highlight in HIGHLIGHTS],
        )
        committees = [code for code in level if level[code]["area_level_code"] == "committee"]
        db.execute(
            "create table committees as select unnest($1) as committee_code, unnest(range(len($1))) as place",
            [committees],
        )
        values = {"n": person_count, "seed": seed, "quarter": quarter, "end": end, "committees": len(committees)}
        for statement in PERSON_MARTS.split(";"):
            if statement.strip():
                db.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
        db.execute("drop table committees")
        db.execute("comment on table marts.dim_person is '本季度已知的人 / people known in the quarter'")
        db.execute("comment on column marts.dim_person.birth_year is '出生年份 / year of birth'")


PERSON_MARTS = """
create table marts.dim_person as
    select md5($seed::varchar || i)::uuid person_id, (1 + i % 2)::varchar sex_code, (1930 + i % 80)::smallint birth_year,
        ['registered', 'migrant', 'overseas'][1 + i % 3] category_code, i % 50 > 0 is_identified,
        '2016Q4' first_seen_quarter, $quarter last_seen_quarter
    from range($n) t(i);
create table marts.fct_residence_quarter as
    select md5($seed::varchar || i)::uuid person_id, $quarter as quarter, 'registered' category_code, committee_code,
        left(committee_code, 9) || '000' sub_district_code, committee_code || '01' compound_code, 'D' || i dwelling_code,
        true is_registered, true is_resident, true is_present, false is_registered_but_absent, 0.9 residence_evidence_share,
        2 evidence_source_count, $end::date verified_date, 'population.registered_residents' winning_source_code,
        null::varchar runner_up_source_code, null::varchar runner_up_committee_code,
        'enough_evidence' residence_reason_code, $quarter known_round
    from range($n) t(i) join committees on place = i % $committees;
create table marts.fct_special_group_spell as
    select 'S' || i spell_id, 'elderly_living_alone' group_code, md5($seed::varchar || i)::uuid person_id, true is_identified,
        committee_code, left(committee_code, 9) || '000' sub_district_code, date '2016-01-01' start_date,
        null::date end_date, null::varchar end_reason_code, true has_plan, $quarter known_quarter,
        $quarter known_round
    from range($n // 10) t(i) join committees on place = i % $committees;
create table marts.fct_special_group_spell_revision as
    select *, null::varchar superseded_round from marts.fct_special_group_spell;
create table marts.fct_service_contact as
    select 'C' || i contact_id, group_code, spell_id, person_id, $end::date contact_date, $end::date due_date,
        'social_worker' visitor_role_code, true is_on_time, committee_code, sub_district_code, $quarter as quarter
    from marts.fct_special_group_spell, range(3) t(i);
create table marts.fct_special_group_quarter as
    select group_code, sub_district_code area_code, known_quarter as quarter, 'sub_district' area_level_code, count(*) person_count,
        count(*) contacts_due_count, count(*) contacts_on_time_count, count(*) with_plan_count, count(*) insured_count,
        count(*) supported_count, 0::bigint family_planning_count, 0::bigint employed_count
    from marts.fct_special_group_spell group by group_code, sub_district_code, known_quarter;
create table marts.fct_service_contact_quarter as
    select group_code, area_code, quarter, 'not_told' contact_role_code, area_level_code, contacts_due_count,
        contacts_on_time_count contacts_held_count, contacts_on_time_count
    from marts.fct_special_group_quarter;
create table marts.fct_incident as
    select 'I' || i incident_id, 'fire' incident_type_code, ($end::date + to_hours((i % 24)::integer)) incident_date, $quarter as quarter, committee_code,
        left(committee_code, 9) || '000' sub_district_code, null::varchar compound_code, true is_counted, false is_alarm_type,
        false is_cleared, 0 injured_count, 0 death_count, 0.0 direct_loss_yuan
    from range(200) t(i) join committees on place = i % $committees;
create table marts.fct_mediation as
    select 'M' || i mediation_id, $end::date closed_date, $quarter as quarter, committee_code,
        left(committee_code, 9) || '000' sub_district_code, '01' dispute_type_code, true is_agreed,
        false is_reopened_within_30_days, true is_successful
    from range(60) t(i) join committees on place = i % $committees;
create table marts.fct_prevention_resource as
    select committee_code, $quarter as quarter, 'entrances' resource_code, left(committee_code, 9) || '000' sub_district_code, 12 amount
    from committees;
create table marts.fct_compound_quarter as
    select committee_code || '01' compound_code, $quarter as quarter, committee_code, left(committee_code, 9) || '000' sub_district_code,
        400 dwelling_count, 380 household_count, 900 resident_count, 0 burglary_count, 0 burglary_4q_count, true is_zero_burglary,
        4 window_quarter_count
    from committees;
create table marts.fct_delivery as select 'd1' delivery_id, 'police' department, true is_current;
create table marts.fct_indicator_revision as
    select area_code, quarter, indicator_code, 1::integer revision_number, area_level_code, $quarter known_round, numerator,
        denominator, value, status_code, quarter = $quarter is_first_known_here from marts.fct_indicator_quarter;
create table marts.fct_service_level as select 'police' department, $quarter as quarter, 1 due_count, 1 on_time_count;
create table marts.fct_check_result as
    select $quarter as quarter, 'police.cases' subject, 'covers_every_month' check_name, true passed, 'error' severity_code,
        '3' observed, '3' expected, '请补报缺失月份' remedy_zh, 'send the missing month' remedy_en
"""


def _write_delivery(layout, department, quarter, number) -> None:
    extract = {"police": "police.security_devices", "population": "population.dwellings"}[department]
    sha256 = hashlib.sha256(f"{extract}{number}".encode()).hexdigest()
    delivery_id = f"{extract}-{quarter}-{sha256[:12]}"
    write_json(layout.ledger / quarter / f"{delivery_id}.json", {
        "delivery_id": delivery_id, "record_id": delivery_id, "department": department, "extract": extract,
        "period": quarter, "quarter": quarter,
        "round": quarter, "file_name": f"{extract}.csv", "file_sha256": sha256, "file_byte_count": 10, "version": 1,
        "verdict": "accepted", "reason_code": None, "reason_zh": None, "reason_en": None, "supersedes": None,
        "rows_read_count": 1000, "rows_accepted_count": 990, "rows_quarantined_count": 8, "rows_accounted_count": 2,
        "accounted": {"header": 1, "total": 1}, "quarantined_by_reason": {"invalid_date": 5, "unknown_code": 3},
        "identity_quality": {}, "refused_headers": [], "notices": [], "months_covered": [], "raw_path": "raw/x.parquet", "raw_sha256": "0" * 64,
        "contract_sha256": "1" * 64, "key_id": "demo-1",
    })  # fmt: skip


def purpose_pseudonym(person: uuid.UUID, key: bytes) -> uuid.UUID:
    """The pseudonym of a person for the purpose whose key it is, worked out one by one."""
    derived = hmac.digest(key, b"pseudonym of a person", "sha256")
    encryptor = Cipher(algorithms.AES256(derived), modes.CBC(bytes(16))).encryptor()
    return uuid.UUID(bytes=encryptor.update(person.bytes) + encryptor.finalize())
