"""The bulletin as a reader meets it: read from the files of a release, with nothing but what stands in them."""

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import duckdb
import pyarrow.parquet as pq
import pytest

from publication.bulletin.evidence_views import strengths_and_weaknesses
from publication.bulletin.views import by_figure
from publication.figures import figure
from publication.release import publish
from tests.publication_world import SERIES, make_world, passing_gate
from warehouse.quarters import Quarter

QUARTER = Quarter.parse("2017Q1")
VOID = {"meta", "input", "br", "link", "img", "hr"}
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The elements of a page with attributes, text and ancestors; tags that do not close in order are faults."""

    def __init__(self, path: Path):
        super().__init__()
        self.elements, self.open, self.faults = [], [], []
        self.source = path.read_text("utf-8")
        self.feed(self.source)
        self.close()
        self.faults += [f"{element['tag']} is never closed" for element in self.open]

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "within": list(self.open), "parts": []}
        self.elements.append(element)
        if self.open:
            self.open[-1]["parts"].append(tag)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1]["tag"] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")
        else:
            self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]


def inside(element, outer):
    return any(ancestor is outer for ancestor in element["within"])


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), ("2016Q1", "2017Q1"), person_count=20)
    with duckdb.connect(str(layout.build_database)) as build:
        build.execute("update marts.dim_area set area_name_en = $1 where area_code = '310105002002'", [HOSTILE])
    return publish(layout, QUARTER, passing_gate, SERIES, code_version="c1")


@pytest.fixture(scope="module")
def pages(release):
    return {path: Page(path) for path in sorted((release.folder / "bulletin").rglob("*.html"))}


@pytest.fixture(scope="module")
def index(pages):
    return next(page for path, page in pages.items() if path.name == "index.html")


def rows_of(release, table):
    rows = pq.read_table(release.folder / "tables" / f"{table}.parquet").to_pylist()
    return [row for row in rows if row["quarter"] == "2017Q1"]


def hidden_cells(release):
    rows = rows_of(release, "indicator_values")
    return {(row["area_code"], row["indicator_code"]) for row in rows if row["status_code"] == "suppressed"}


def test_there_is_a_page_for_every_sub_district_and_committee(release, pages):
    areas = {row["area_code"] for name in ("scores_sub_district", "scores_committee") for row in rows_of(release, name)}
    assert {path.stem for path in pages if path.parent.name == "areas"} == areas
    assert len(areas) == 15


def test_every_page_is_well_formed(pages):
    assert {path.name: page.faults for path, page in pages.items() if page.faults} == {}


def test_every_link_leads_to_a_file_of_the_release(pages):
    links = [(path, link["attrs"]["href"]) for path, page in pages.items() for link in page.all("a")]
    assert len(links) > 100
    for path, target in links:
        if target.startswith("#"):
            assert any(element["attrs"].get("id") == target[1:] for element in pages[path].elements)
        else:
            assert (path.parent / target).resolve().exists(), (path.name, target)


def test_nothing_is_fetched_and_no_script_can_run(pages):
    for path, page in pages.items():
        assert not re.search(r"https?:|//[a-z]|@import|url\(", page.source), path.name
        assert not {element["tag"] for element in page.elements} & {"script", "link", "img", "iframe", "object", "form"}
        names = {name for element in page.elements for name in element["attrs"]}
        assert not [name for name in names if name.startswith("on") or name == "style"]


def test_the_content_policy_admits_exactly_the_page_s_own_style(pages):
    for page in pages.values():
        policies = [meta["attrs"] for meta in page.all("meta") if "http-equiv" in meta["attrs"]]
        style = page.source.split("<style>")[1].split("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert [policy["content"] for policy in policies] == [
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        ]


def test_every_drawing_says_what_it_is_unless_it_only_repeats_its_caption(pages):
    drawings = [(path, svg) for path, page in pages.items() for svg in page.all("svg")]
    assert len(drawings) > 50
    for path, svg in drawings:
        if svg["attrs"].get("aria-hidden") != "true":
            assert svg["parts"][:2] == ["title", "desc"], path.name


def test_hostile_names_are_shown_as_text(pages):
    page = next(page for path, page in pages.items() if path.stem == "310105002002")
    assert HOSTILE in page.all("h1")[0]["text"]
    assert "<script" not in page.source


def test_the_sub_districts_stand_by_rank_with_the_figures_of_the_public_table(release, index):
    table = index.all("table")[0]
    lines = [row for row in index.all("tr") if inside(row, table) and "td" in row["parts"]]
    scores = sorted(rows_of(release, "scores_sub_district"), key=lambda row: (row["rank"], row["area_code"]))
    by_dimension = {
        (row["area_code"], row["dimension_code"]): row["score"] for row in rows_of(release, "dimension_scores")
    }
    intervals = {row["area_code"]: row for row in rows_of(release, "score_intervals")}
    verdicts = {row["area_code"]: row for row in rows_of(release, "score_comparisons")}
    assert len(lines) == len(scores) == 3
    for line, row in zip(lines, scores, strict=True):
        cells = [cell["text"].strip() for cell in index.all("td") if inside(cell, line)]
        change = figure(row["score_change"], 1, signed=True)
        sure, verdict = intervals[row["area_code"]], verdicts[row["area_code"]]
        assert verdict["class_name_zh"] in cells[4]
        cells[4] = ""
        ranks = f"{sure['rank_low']}–{sure['rank_high']}"
        expected = [figure(row["rank"]), figure(row["score"], 1), change, "", ranks, figure(row["previous_rank"])]
        expected += [figure(by_dimension[row["area_code"], code], 1) for code in "ABCD"]
        assert [cells[0], *cells[2:]] == expected


def test_no_arrow_and_no_colour_of_better_or_worse_without_evidence(release, pages):
    classes = {row["area_code"]: row["class_code"] for row in rows_of(release, "score_comparisons")}
    assert set(classes.values()) >= {"no_clear_change", "clearly_better", "clearly_worse"}
    for path, page in pages.items():
        if path.stem in classes:
            facts = next(element for element in page.all("dl"))
            change = [element for element in page.all("div") if inside(element, facts)][1]
            coloured = [
                span for span in page.all("span")
                if inside(span, change) and span["attrs"].get("class") in ("rise", "fall")
            ]  # fmt: skip
            has_arrow = any(arrow in change["text"] for arrow in "▲△▽▼")
            assert (classes[path.stem] != "no_clear_change") == has_arrow == bool(coloured), path.stem


def test_intervals_of_score_and_rank_stand_on_every_page_and_in_the_drawing(release, pages, index):
    intervals = {row["area_code"]: row for row in rows_of(release, "score_intervals")}
    for path, page in pages.items():
        if path.stem in intervals and path.parent.name == "areas":
            row = intervals[path.stem]
            assert f"{figure(row['score_low'], 1)}–{figure(row['score_high'], 1)}" in page.source
            assert f"{row['rank_low']}–{row['rank_high']}" in page.source
    bars = [shape for shape in index.all("rect") if shape["attrs"].get("class") == "span"]
    assert len(bars) == 6  # three dots with bars, three rungs of the ladder


def test_every_page_says_what_its_figures_do_not_mean(pages):
    for page in pages.values():
        assert any("不说明什么" in heading["text"] for heading in page.all("h2"))


def test_drawings_of_evidence_stand_as_files_that_need_nothing_else(release):
    folder = release.folder / "bulletin" / "pictures"
    assert {path.name for path in folder.iterdir()} == {"rank_ladder.svg", "sensitivity.svg", "influence.svg"}
    for path in folder.iterdir():
        root = ElementTree.fromstring(path.read_text("utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find("{http://www.w3.org/2000/svg}title").text
        assert "url(" not in path.read_text("utf-8")
    ladder = (folder / "rank_ladder.svg").read_text("utf-8")
    assert all(row["area_name"] in ladder for row in rows_of(release, "scores_sub_district"))


def test_the_causes_on_a_sub_district_s_page_add_up_to_its_change(release, pages):
    changes = {row["area_code"]: row["score_change"] for row in rows_of(release, "scores_sub_district")}
    for path, page in pages.items():
        if path.stem in changes:
            section = next(part for part in page.all("section") if part["attrs"].get("aria-labelledby") == "sure")
            spans = [s["text"] for s in page.all("span") if inside(s, section) and s["attrs"].get("lang") == "en"]
            points = [re.search(r" ([+−±][\d.]+)$", text) for text in spans]
            found = [float(match[1].replace("−", "-").replace("±", "")) for match in points if match]
            assert len(found) >= 2
            assert sum(found) == pytest.approx(changes[path.stem], abs=0.06)


def test_every_committee_has_a_tile_whose_letter_is_its_band(release, index):
    letters = {band.code: "ABCDE"[place] for place, band in enumerate(SERIES.bands)}
    tiles = {}
    for link in index.all("a"):
        if any(element["tag"] == "svg" for element in link["within"]):
            letter = next(text["text"] for text in index.all("text") if inside(text, link))
            tiles[Path(link["attrs"]["href"]).stem] = letter
    assert tiles == {row["area_code"]: letters[row["band_code"]] for row in rows_of(release, "scores_committee")}


def test_an_area_s_page_shows_no_value_that_the_public_table_hides(release, pages):
    hidden = {cell for cell in hidden_cells(release) if not cell[0].endswith("000000")}
    seen = set()
    for path, page in pages.items():
        for row in page.all("tr"):
            code = re.match(r"\s*([A-D]\d)\s", row["text"])
            if code and (path.stem, code[1]) in hidden:
                assert "不予公布" in row["text"]
                seen.add((path.stem, code[1]))
    assert seen == hidden
    assert len(hidden) > 20


def test_the_steps_of_a_waterfall_lead_from_the_score_before_to_the_score_now(release, pages):
    names = "scores_sub_district", "scores_committee"
    changes = {row["area_code"]: row["score_change"] for name in names for row in rows_of(release, name)}
    checked = 0
    for path, page in pages.items():
        texts = [text["text"] for text in page.all("text") if text["attrs"].get("class") == "value"]
        steps = [float(text.replace("−", "-").replace("±", "")) for text in texts]
        if steps:
            # each step is rounded for itself
            assert sum(steps) == pytest.approx(changes[path.stem], abs=0.006 * len(steps))
            checked += 1
    assert checked == 15


def test_all_running_text_is_there_in_both_languages(pages):
    for page in pages.values():
        spans = page.all("span")
        chinese = [s for s in spans if s["attrs"].get("lang") == "zh" and s["attrs"].get("class") == "pair"]
        english = [s for s in spans if s["attrs"].get("lang") == "en"]
        assert len(chinese) == len(english) > 20
        assert all(span["text"].strip() for span in chinese + english)


def test_headings_descend_one_level_at_a_time_under_a_single_title(pages):
    for path, page in pages.items():
        levels = [int(element["tag"][1]) for element in page.elements if re.fullmatch(r"h[1-6]", element["tag"])]
        assert (levels[0], levels.count(1)) == (1, 1), path.name
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), path.name


def test_every_section_is_named_by_a_heading_of_its_own(pages):
    for path, page in pages.items():
        named = {element["attrs"].get("id") for element in page.elements if re.fullmatch(r"h[1-6]", element["tag"])}
        sections = [section["attrs"]["aria-labelledby"] for section in page.all("section")]
        assert len(sections) == len(set(sections)) > 3, path.name
        assert set(sections) <= named, path.name


def test_a_table_too_wide_for_a_phone_scrolls_by_itself_and_not_the_page(pages):
    """On a narrow screen columns of class ``wide`` go; what is left beyond four stands in a box that scrolls."""
    checked = 0
    for path, page in pages.items():
        for table in page.all("table"):
            rows = [row for row in page.all("tr") if inside(row, table)]
            cells = [cell for cell in page.elements if cell["within"] and cell["within"][-1] is rows[-1]]
            left = [cell for cell in cells if "wide" not in (cell["attrs"].get("class") or "").split()]
            scrolls = any((box["attrs"].get("class") or "").startswith("scroll") for box in table["within"])
            assert scrolls or len(left) <= 4, path.name
            checked += len(cells) > 4
    assert checked > 30
    style = next(iter(pages.values())).source
    assert ".scroll { overflow-x: auto;" in style
    assert re.search(r"@media \(max-width: 640px\) \{.*?\.wide \{ display: none; \}", style, re.DOTALL)


def test_changes_of_dimensions_have_no_colour_for_there_is_no_evidence_on_them(pages):
    for path, page in pages.items():
        for section in page.all("section"):
            if section["attrs"]["aria-labelledby"] == "dimensions":
                spans = [span for span in page.all("span") if inside(span, section)]
                assert not [span for span in spans if span["attrs"].get("class") in ("rise", "fall")], path.name


def test_a_value_given_as_a_range_stands_with_both_ends_and_without_a_count(tmp_path):
    layout = make_world(tmp_path, committee_counts=(8,) * 6, person_count=20)
    larger = publish(layout, QUARTER, passing_gate, SERIES, code_version="c1")
    ranges = {
        (row["area_code"], row["indicator_code"]): row
        for row in rows_of(larger, "indicator_values")
        if row["status_code"] == "range"
    }
    seen = 0
    for path in sorted((larger.folder / "bulletin" / "areas").glob("*000.html")):
        page = Page(path)
        for line in page.all("tr"):
            code = re.match(r"\s*([A-D]\d)\s", line["text"])
            if code and (path.stem, code[1]) in ranges:
                row = ranges[path.stem, code[1]]
                cells = [cell["text"].strip() for cell in page.all("td") if inside(cell, line)]
                low, high = (float(part.replace(",", "")) for part in cells[1].split("–"))
                assert (low, high) == pytest.approx((row["value_low"], row["value_high"]))
                assert "仅公布区间" in cells[2]
                seen += 1
    assert seen == len(ranges) > 0


def test_a_tile_without_a_band_is_explained_in_the_legend(tmp_path):
    layout = make_world(tmp_path, residents_per_committee=1350, person_count=20)
    page = Page(publish(layout, QUARTER, passing_gate, SERIES, code_version="c1").folder / "bulletin" / "index.html")
    legend = next(element for element in page.all("ul") if element["attrs"].get("class") == "legend")
    assert any(text["text"] == "–" for text in page.all("text"))
    assert "too few residents to publish" in legend["text"]


def test_the_quarter_s_figure_and_that_of_four_quarters_share_a_line():
    rows = [{"highlight_code": code} for code in ("fires", "fires_4q", "road_deaths_4q", "thefts")]
    fires, year, deaths, thefts = rows
    assert by_figure(rows) == [(fires, year), (deaths, None), (thefts, None)]


def luminance(colour):
    """Relative luminance of an sRGB colour (WCAG 2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *(("ink", ground) for ground in ("paper", "faint", "band-1", "band-2", "band-3")),
        *(("paper", ground) for ground in ("accent", "band-0", "band-4")),
        *((text, "paper") for text in ("quiet", "accent", "rise", "fall")),
        ("quiet", "faint"),
    ],
)
def test_text_stands_out_from_its_ground_by_at_least_four_and_a_half_to_one(index, text, ground):
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", index.source))
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_an_area_s_page_names_its_peers_and_what_it_does_better_and_worse_than_they(release, pages):
    peers, standings = rows_of(release, "peers"), rows_of(release, "indicator_standings")
    named, notes = {row["area_code"] for row in peers}, set()
    assert named
    for path, page in pages.items():
        section = [heading for heading in page.all("h2") if "同类区域" in heading["text"]]
        assert bool(section) == (path.stem in named), path.name
        if path.stem in named:
            links = {link["attrs"].get("href") for link in page.all("a")}
            own = [row for row in peers if row["area_code"] == path.stem]
            assert {f"{row['peer_area_code']}.html" for row in own} <= links
            shown = [row for row in standings if row["area_code"] == path.stem and row["peer_difference"] is not None]
            text = section[0]["within"][-1]["text"]
            assert "人口规模、老年人比例与来沪人员比例" in text
            assert bool(shown) == ("无隐去数值的指标中，得分高于、低于同类区域最多的" in text)
            assert bool(shown) != ("没有可与同类区域比较的指标" in text)
            # of the made areas, each is above its peers in all that is compared, or below in all
            signs = {row["peer_difference"] > 0 for row in shown}
            assert ("没有低于同类区域的" in text) == (signs == {True})
            assert ("没有高于同类区域的" in text) == (signs == {False})
            notes |= signs
            for row in shown[:1]:
                places = f"{row['raw_rank']} ({row['rank_set_best']}–{row['rank_set_worst']})"
                assert row["raw_rank"] is None or places in text
    assert notes == {True, False}


@pytest.mark.parametrize(
    ("differences", "above", "below"),
    [
        ((5, 4, 3, 2, 1, 0.5, 0.1), ["I0", "I1", "I2"], []),
        ((-0.1, -1, -2, -3), [], ["I1", "I2", "I3"]),
        ((0, 2, -1, None), ["I1"], ["I2"]),
        ((0, 0), [], []),
        ((None,), [], []),
        ((), [], []),
    ],
)
def test_above_its_peers_is_only_what_is_above_and_below_only_what_is_below(differences, above, below):
    rows = [{"indicator_code": f"I{at}", "peer_difference": one} for at, one in enumerate(differences)]
    found = strengths_and_weaknesses(SimpleNamespace(standings=rows))
    assert [row["indicator_code"] for row in found.above] == above
    assert [row["indicator_code"] for row in found.below] == below
    assert found.is_compared == any(one is not None for one in differences)


def test_a_change_of_rank_stands_with_its_interval(release, pages):
    changes = {row["area_code"]: row for row in rows_of(release, "score_comparisons")}
    told = 0
    for path, page in pages.items():
        row = changes.get(path.stem)
        if row is not None and row["rank_change_low"] is not None and path.parent.name == "areas":
            gained, low, high = (
                figure(row[name], signed=True) for name in ("rank_change", "rank_change_low", "rank_change_high")
            )
            assert f"{gained} ({low}, {high})" in page.source
            told += 1
    assert told > 3
