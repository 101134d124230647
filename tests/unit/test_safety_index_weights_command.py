"""``pingan index weights``: from experts' files and from data, with every fault by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan
from safety_index.weighting.files import JudgementFaults, read_comparisons, read_points
from tests.unit.safety_index_builders import small_content


def ask(*arguments: object):
    return CliRunner().invoke(pingan, ["index", "weights", *map(str, arguments)])


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8-sig")
    return path


MATRIX = ",a,b,c\na,1,2,6\nb,,1,4\nc,1/6,1/4,1\n"


def test_a_matrix_may_have_fractions_and_leave_its_lower_half_empty(tmp_path):
    names, matrix = read_comparisons(written(tmp_path / "m.csv", MATRIX))
    assert names == ["a", "b", "c"]
    assert matrix.tolist() == [[1, 2, 6], [0.5, 1, 4], [1 / 6, 0.25, 1]]
    # What is stated below the diagonal is kept as it was typed.
    assert read_comparisons(written(tmp_path / "m.csv", ",a,b\na,1,3\nb,0.33,1\n"))[1].tolist() == [[1, 3], [0.33, 1]]


def test_ahp_prints_weights_and_their_consistency(tmp_path):
    answer = ask("ahp", written(tmp_path / "m.csv", MATRIX))
    assert answer.exit_code == exits.DONE
    assert "a,0.587" in answer.output
    assert "λmax 3.0092, CI 0.0046, CR 0.0079" in answer.output
    by_columns = ask("ahp", tmp_path / "m.csv", "--method", "column_mean", "--out", tmp_path / "w.csv")
    assert by_columns.exit_code == exits.DONE
    assert (tmp_path / "w.csv").read_text(encoding="utf-8").startswith("indicator,weight\na,0.586946\n")


def test_ahp_refuses_contradictions_unless_told(tmp_path):
    circle = written(tmp_path / "m.csv", ",a,b,c\na,1,5,1/5\nb,,1,5\nc,,,1\n")
    refused = ask("ahp", circle)
    assert refused.exit_code == exits.REFUSED
    assert "consistency ratio 2.759 is above 0.1" in refused.output
    assert ask("ahp", circle, "--allow-inconsistent").exit_code == exits.DONE


def test_every_fault_of_a_file_of_judgements_is_told(tmp_path):
    bad = written(tmp_path / "m.csv", ",a,b,c\na,1,x,6\nb,1/0,1\nc,1/6,1/4,1\n")
    with pytest.raises(JudgementFaults) as caught:
        read_comparisons(bad)
    assert caught.value.faults == (
        "line 2, b: 'x' is neither a number nor a fraction",
        "line 3: 2 entries where the header has 3",
    )
    with pytest.raises(JudgementFaults, match="the rows are b, a, and not the columns a, b"):
        read_comparisons(written(tmp_path / "m.csv", ",a,b\nb,1,1\na,1,1\n"))
    with pytest.raises(JudgementFaults, match="line 2, b: is empty"):
        read_comparisons(written(tmp_path / "m.csv", ",a,b\na,1,\nb,,1\n"))
    with pytest.raises(JudgementFaults, match="a header of codes and a row"):
        read_points(written(tmp_path / "m.csv", ",a,b\n"), 100)
    with pytest.raises(JudgementFaults, match="line 2, a: '1/0'"):
        read_points(written(tmp_path / "m.csv", "expert,a\nw,1/0\n"), 100)


def test_faults_of_cells_and_contradictions_of_a_matrix_are_told_together(tmp_path):
    text = "\n,a,b,c,d\na,2,x,6,1\n\nb,1/2,1,-4,\nc,1/5,,1,3\nd,1,,1/3,1\n"
    with pytest.raises(JudgementFaults) as caught:
        read_comparisons(written(tmp_path / "m.csv", text))
    assert caught.value.faults == (
        "line 3, a: 2 on the diagonal is not 1",
        "line 3, b: 'x' is neither a number nor a fraction",
        "line 3, c: 6 is not the reciprocal of its mirror 0.2",
        "line 5, c: -4 and its mirror -0.25 are not both above 0",
        "line 5, d: is empty",
        "line 7, b: is empty",
    )


def test_a_row_of_another_length_leaves_the_others_to_be_judged(tmp_path):
    with pytest.raises(JudgementFaults) as caught:
        read_comparisons(written(tmp_path / "m.csv", ",a,b,c\na,1,2\nb,1/2,1,5\nc,2,1/4,1\n"))
    assert caught.value.faults == (
        "line 2: 2 entries where the header has 3",
        "line 3, c: 5 is not the reciprocal of its mirror 0.25",
    )


def test_a_matrix_may_be_too_large_and_contradict_itself_at_once(tmp_path):
    names = [f"p{number}" for number in range(16)]
    rows = [",".join([name, *("1" for _ in names)]) for name in names]
    rows[0] = rows[0][:-1] + "2"
    with pytest.raises(JudgementFaults) as caught:
        read_comparisons(written(tmp_path / "m.csv", "\n".join([",".join(["", *names]), *rows])))
    assert caught.value.faults == (
        "no random index is known for 16 parts: split them into groups",
        "line 2, p15: 2 is not the reciprocal of its mirror 1",
    )


def test_faults_of_cells_and_of_sums_of_points_are_told_together(tmp_path):
    with pytest.raises(JudgementFaults) as caught:
        read_points(written(tmp_path / "p.csv", "expert,a,b\nw,x,60\nx,30,60\ny,-5,105\nz,40\nv,40,60\n"), 100)
    assert caught.value.faults == (
        "line 2, a: 'x' is neither a number nor a fraction",
        "line 3: the points add up to 90, not to 100",
        "line 4: points are numbers of 0 or more",
        "line 5: 1 entries where the header has 2",
    )


def test_budget_prints_quartiles_and_concordance(tmp_path):
    points = written(tmp_path / "p.csv", "expert,a,b,c\nw,50,30,20\nx,40,40,20\ny,60,40,\nz,50,30,20\n")
    answer = ask("budget", points)
    assert answer.exit_code == exits.DONE
    assert "indicator,weight,lower_quartile,median,upper_quartile\na,0.47619,47.5,50,52.5" in answer.output
    assert "4 位专家 experts, Kendall's W 0." in answer.output
    assert "a,0.5," in ask("budget", points, "--centre", "mean").output
    over = written(tmp_path / "p.csv", "expert,a,b\nw,50,60\n")
    assert "line 2: the points add up to 110, not to 100" in ask("budget", over).output
    assert ask("budget", over).exit_code == exits.REFUSED
    assert ask("budget", over, "--total", "110").exit_code == exits.DONE


def test_weights_from_data_and_equal_ones(tmp_path):
    series = tmp_path / "s.yml"
    series.write_text(yaml.safe_dump(small_content()), encoding="utf-8")
    values = ["period,area,indicator,value"]
    for number, row in enumerate([(0, 0, 30, 7), (50, 5, 30, 8), (100, 9, 30, 9)]):
        values += [
            f"2016Q1,a{number},{code},{value}" for code, value in zip(("p1", "p2", "q1", "q2"), row, strict=True)
        ]
        values += [f"2016Q2,a{number},{code},1" for code in ("p1", "p2", "q1", "q2")]
    path = written(tmp_path / "v.csv", "\n".join(values))
    found = ask("entropy", "--series", series, "--values", path, "--period", "2016Q1")
    assert found.exit_code == exits.DONE, found.output
    assert "\nq1,0\n" in found.output
    assert ask("entropy", "--series", series, "--values", path).output != found.output
    critic = ask("critic", "--series", series, "--values", path, "--period", "2016Q1")
    assert "\nq1,0\n" in critic.output
    assert critic.output != found.output
    assert ask("entropy", "--series", series, "--values", path, "--period", "2019Q1").exit_code == exits.USAGE
    assert ask("equal", "--series", series).output.splitlines()[1:] == [
        f"{code},0.25" for code in ("p1", "p2", "q1", "q2")
    ]


def test_faults_of_what_a_file_says_name_the_file(tmp_path):
    refused = ask("ahp", written(tmp_path / "matrix.csv", ",a,b\na,2,3\nb,1/4,1\n"))
    assert "matrix.csv has 2 faults" in refused.output
    assert "line 2, a: 2 on the diagonal is not 1" in refused.output
    refused = ask("budget", written(tmp_path / "points.csv", "expert,a,b\ne1,50,40\ne2,50,50\n"))
    assert refused.exit_code == exits.REFUSED
    assert "points.csv has 1 fault" in refused.output
    assert "line 2: the points add up to 90, not to 100" in refused.output
