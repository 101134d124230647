"""Rendering: the index page and a page for each sub-district and committee, from the public tables.

Belongs here: Jinja's environment and which view goes into which template. Does not belong here: choosing figures
(``views``) or drawing (``charts``).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from publication.bulletin import charts, evidence_charts, evidence_views, views
from publication.bulletin.pictures import write_pictures
from publication.bulletin.views import AreaView, Frame
from publication.dictionary import dictionary
from publication.figures import figure
from publication.tables.columns import PublicTable

_TEMPLATES = Path(__file__).with_name("templates")
_STATUS_WORDS = {
    "suppressed": ("不予公布", "not published"),
    "not_applicable": ("不适用", "not applicable"),
    "missing": ("缺失", "missing"),
}


def write_bulletin(frame: Frame, tables: Mapping[str, PublicTable], folder: Path) -> None:
    """Write ``index.html`` and ``areas/<code>.html`` under ``folder``. Raises ValueError when the district or its
    sub-districts have no score in the frame's quarter."""
    found = views.area_views(frame, tables)
    home = found.get(frame.district_code)
    if home is None or not home.children:
        raise ValueError(
            f"no score of {frame.district_code} and its sub-districts in {frame.quarter}; run the index first"
        )
    evidence_views.attach(found, tables)
    environment, of_all_pages = _environment(), {"frame": frame, "home": home}
    (folder / "areas").mkdir(parents=True, exist_ok=True)
    context = _index_context(frame, tables, home, found)
    write_pictures(context["pictures"], folder / "pictures")
    index = environment.get_template("index.html").render(context | of_all_pages)
    (folder / "index.html").write_text(index, encoding="utf-8")
    template = environment.get_template("area.html")
    dimension_axis = charts.score_range([row["score"] for view in found.values() for row in view.dimensions.values()])
    for view in found.values():
        if view is not home:
            page = template.render(_area_context(frame, view, dimension_axis) | of_all_pages)
            (folder / "areas" / f"{view.code}.html").write_text(page, encoding="utf-8")


@cache
def _environment() -> Environment:
    """Kept for the next release of the same run, as compiling the templates takes a quarter of a second."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {
        "charts": charts,
        "main_terms": views.main_terms,
        "arrows": evidence_views.ARROWS,
        "causes_of": evidence_views.causes,
        "corrections_of": evidence_views.corrections,
        "strengths_of": evidence_views.strengths_and_weaknesses,
        "decimals_of": lambda value, most=1: (
            0 if value is None or float(value).is_integer() or abs(value) >= 1000 else most
        ),
        # the policy below admits this very style block and nothing else
        "style": Markup(style),
        "style_hash": Markup(f"sha256-{digest}"),
        "statuses": {code: _pair(*both) for code, both in _STATUS_WORDS.items()},
    }
    return environment


def _pair(zh: str, en: str) -> Markup:
    return Markup('<span lang="zh" class="pair">{}</span> <span lang="en">{}</span>').format(zh, en)


def _index_context(
    frame: Frame, tables: Mapping[str, PublicTable], home: AreaView, found: Mapping[str, AreaView]
) -> dict:
    sub_districts = views.by_rank(home.children)
    committees = [view for view in found.values() if view.level == "committee"]
    movers = views.movers(home.children)
    highlights = views.by_figure(tables["highlights"].rows)
    terms = [abs(row["points_change"]) for view in movers for row in views.main_terms(view)]
    scores = [view.score[column] for view in home.children for column in ("score", "previous_score")]
    scores += [view.interval[end] for view in home.children if view.interval for end in ("score_low", "score_high")]
    return _evidence_context(frame, tables, sub_districts) | {
        "sub_districts": sub_districts,
        "by_code": sorted(home.children, key=lambda view: view.code),
        "committees": views.by_rank(committees),
        "any_unscored": any(view.score["band_code"] is None for view in committees),
        "moves": views.directions(home.children),
        "best_mover": movers[0]
        if movers and movers[0].score["score_change"] > 0 and movers[0].score["previous_rank"]
        else None,
        "main_movers": movers,
        "moved": views.committee_movers(committees),
        "axis": charts.score_range(scores),
        "highlights": highlights,
        "largest_change": max((abs(row["change_share"] or 0.0) for row, _ in highlights), default=1.0),
        "largest_term": max(terms, default=1.0),
        "tiles": {view.code: [_tile(frame, child) for child in view.children] for view in home.children},
        "departments": views.data_by_department(tables),
        "indicator_count": len({row["indicator_code"] for row in tables["indicator_values"].rows}),
        "table_list": list(tables.values()),
    }


def _evidence_context(frame: Frame, tables: Mapping[str, PublicTable], sub_districts: list[AreaView]) -> dict:
    bars, influences = evidence_views.inputs(tables), evidence_views.influences(tables, frame.dimensions)
    pictures = {
        "rank_ladder": evidence_charts.rank_ladder(
            "各街道（镇）位次及其区间 Ranks of the sub-districts with intervals", evidence_views.rungs(sub_districts)
        ),
        "sensitivity": evidence_charts.share_bars(
            "位次对方法选择的敏感程度 What the ranks hang on", "总效应Sobol指数 total Sobol index:", bars
        ),
        "influence": evidence_charts.share_bars(
            "各维度的实际影响与权重 Influence of the dimensions beside their weights",
            "与总分相关系数的平方 squared correlation with the index:", influences,
        ),
    }  # fmt: skip
    return {
        "pictures": pictures,
        "verdicts": evidence_views.verdicts(sub_districts),
        "class_words": dictionary()["classes"],
        "scenarios": evidence_views.scenarios(tables, "committee"),
        "to_first": evidence_views.to_first(tables),
        "redundant": evidence_views.flagged(tables, "correlation"),
        "associations": evidence_views.flagged(tables, "association"),
    }


def _tile(frame: Frame, view: AreaView) -> charts.Tile:
    score = view.score
    letter, place = frame.band_letter(score["band_code"]), frame.band_place(score["band_code"])
    place_in_level = f"{figure(score['rank'])}/{figure(score['area_count'])}"
    text = f"{score['area_name']} {figure(score['score'], 1)} · {letter} · {place_in_level}"
    return charts.Tile(text, f"areas/{view.code}.html", letter, place)


def _area_context(frame: Frame, view: AreaView, dimension_axis: tuple[float, float]) -> dict:
    parts = view.terms(frame) if view.score["previous_score"] is not None else []
    steps = [charts.Step(f"{code} {name}".strip(), points) for code, name, points in parts]
    return {
        "view": view,
        "steps": steps,
        "children": views.by_rank(view.children),
        "quarters": [row["quarter"] for row in view.history],
        "history": [row["score"] for row in view.history],
        "dimension_axis": dimension_axis,
    }
