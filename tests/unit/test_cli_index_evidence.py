"""``pingan index uncertainty`` and ``index sensitivity`` on a file that anyone could have made."""

import csv

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan
from tests.unit.safety_index_builders import small_content


@pytest.fixture
def files(tmp_path):
    content = small_content()
    for group in content["dimensions"]:
        for part in group["indicators"]:
            part["count_model"] = "poisson" if part["code"] == "p2" else "binomial"
    (tmp_path / "series.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    rng, lines = np.random.default_rng(2), ["period,level,area,parent,indicator,numerator,denominator"]
    for period in ("2016Q1", "2016Q2"):
        for area in range(8):
            for code, hits in (("p1", 160), ("p2", 9), ("q1", 60), ("q2", 70)):
                lines.append(f"{period},committee,c{area},s{area // 4},{code},{rng.binomial(200, hits / 200)},200")
    (tmp_path / "values.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def run(folder, command, *more):
    options = ["--series", str(folder / "series.yml"), "--values", str(folder / "values.csv")]
    return CliRunner().invoke(pingan, ["index", command, *options, "--out", str(folder / "out"), *more])


def rows(folder, name):
    with open(folder / "out" / f"{name}.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_uncertainty_writes_intervals_and_terms_that_add_up(files):
    result = run(files, "uncertainty", "--draws", "300")
    assert result.exit_code == 0, result.output
    found = [row for row in rows(files, "intervals") if row["level"] == "committee"]
    assert len(found) == 8
    assert all(float(row["score_low"]) < float(row["score_high"]) for row in found)
    terms = pd.DataFrame(rows(files, "change_terms")).astype({"points": float})
    changes = pd.DataFrame(rows(files, "comparisons")).astype({"score_change": float}).set_index(["level", "area"])
    assert terms.groupby(["level", "area"])["points"].sum().sort_index().to_numpy() == pytest.approx(
        changes["score_change"].sort_index().to_numpy(), abs=1e-9
    )


def test_uncertainty_writes_places_by_raw_counts_and_what_they_may_truly_be(files):
    assert run(files, "uncertainty", "--draws", "200").exit_code == 0
    found = [row for row in rows(files, "indicator_rank_sets") if row["level"] == "committee"]
    assert {row["indicator"] for row in found} == {"p1", "p2", "q2"}
    for row in found:
        assert 1 <= int(row["rank_set_best"]) <= int(row["raw_rank"]) <= int(row["rank_set_worst"]) <= 8
    changes = [row for row in rows(files, "comparisons") if row["rank_change_low"]]
    assert changes
    assert all(
        int(row["rank_change_low"]) <= int(row["rank_change"]) <= int(row["rank_change_high"]) for row in changes
    )


def test_an_earlier_period_can_be_asked_for(files):
    assert run(files, "uncertainty", "--period", "2016Q1", "--draws", "200").exit_code == 0
    assert {row["period"] for row in rows(files, "intervals")} == {"2016Q1"}
    assert rows(files, "comparisons") == []


def test_a_period_that_is_not_there_is_refused(files):
    result = run(files, "uncertainty", "--period", "2019Q1")
    assert result.exit_code == exits.REFUSED
    assert "2019Q1 is not there; it has 2016Q1 to 2016Q2" in result.output


def test_sensitivity_writes_scenarios_and_sobol_indices(files):
    result = run(files, "sensitivity")
    assert result.exit_code == 0, result.output
    found = rows(files, "sensitivity")
    assert {"mean_shift", "sobol_total"} <= {row["measure_code"] for row in found}
    assert "without_p1" in {row["choice_code"] for row in found}
    assert {row["measure_code"] for row in rows(files, "coherence")} >= {"correlation", "alpha"}
