"""How many threads a statement has that runs beside others."""

import pytest

from warehouse.layout import PROJECT_ROOT
from warehouse.threads import THREADS_VARIABLE, statement_threads


def test_a_statement_has_one_thread_where_nothing_is_said(monkeypatch):
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    assert statement_threads() == 1


def test_the_build_is_told_by_the_same_variable(monkeypatch):
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    assert statement_threads() == 3
    assert f"env_var('{THREADS_VARIABLE}', '1')" in (PROJECT_ROOT / "dbt_project" / "profiles.yml").read_text("utf-8")


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", ""])
def test_what_is_no_number_of_threads_is_refused_by_name(monkeypatch, said):
    monkeypatch.setenv(THREADS_VARIABLE, said)
    with pytest.raises(ValueError, match=THREADS_VARIABLE):
        statement_threads()
