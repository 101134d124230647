"""The series by which quarters are scored is read before any work, and may name only what the marts know."""

import pytest

from orchestration.commands import run
from orchestration.surroundings import KNOWN_SHARES, series_in_use
from safety_index.explanation.settings import PeerShare
from safety_index.series import declaration
from safety_index.series.declaration import SeriesFaults, load_series


@pytest.fixture
def misspelt(monkeypatch):
    series = load_series()
    shares = tuple(PeerShare(code=code) for code in ("eldery", KNOWN_SHARES[1], "migrant"))
    spoilt = series.model_copy(update={"peers": series.peers.model_copy(update={"shares": shares})})
    monkeypatch.setattr(declaration, "load_series", lambda: spoilt)


def test_the_series_of_the_house_names_shares_that_are_known():
    assert series_in_use().code == load_series().code


def test_all_shares_that_no_mart_has_are_told_at_once(misspelt):
    with pytest.raises(SeriesFaults) as told:
        series_in_use()
    assert [fault.split(":")[1].split()[0] for fault in told.value.faults] == ["eldery", "migrant"]


def test_a_run_is_refused_before_it_begins(misspelt, tmp_path, monkeypatch, capsys):
    state = run.QuarterState
    quarter = run.Quarter.parse("2017Q1")
    waiting = state(**{name: None for name in state.__dataclass_fields__} | {"quarter": quarter})
    monkeypatch.setattr(run, "quarter_states", lambda layout: [waiting])
    monkeypatch.setattr(run, "_run_all", lambda *given: pytest.fail("the run began"))
    assert run.run(run.Layout(tmp_path), "2017Q1", None) == run.exits.REFUSED
    assert "eldery" in capsys.readouterr().err
