"""What is derived from the contracts is committed, and cannot drift from them."""

import pytest

from ingestion.codegen import __main__ as command
from ingestion.codegen import artefacts, stale
from ingestion.contracts.registry import registry
from warehouse.files import write_text
from warehouse.layout import PROJECT_ROOT


def test_the_committed_files_are_what_the_contracts_say():
    assert stale(registry(), PROJECT_ROOT) == [], "run: python -m ingestion.codegen"


def test_a_changed_a_missing_and_an_abandoned_file_are_named(tmp_path, monkeypatch, capsys):
    for path, content in artefacts(registry()).items():
        write_text(tmp_path / path, content)
    assert stale(registry(), tmp_path) == []
    changed, missing = sorted(artefacts(registry()))[:2]
    (tmp_path / changed).write_text("edited by hand", encoding="utf-8")
    (tmp_path / missing).unlink()
    abandoned = tmp_path / "dbt_project/models/staging/nobody/_nobody__sources.yml"
    write_text(abandoned, "version: 2\n")
    monkeypatch.setattr(command, "PROJECT_ROOT", tmp_path)
    assert command.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert all(str(path.name) in told for path in (changed, missing, abandoned))
    assert command.main([]) == 0
    assert command.main(["--check"]) == 0
    assert not abandoned.exists()


def test_every_field_that_a_source_describes_has_a_doc_block():
    files = artefacts(registry())
    blocks = next(content for path, content in files.items() if path.name == "fields.md")
    for path, content in files.items():
        for line in content.splitlines():
            if "doc(''field_" in line:
                name = line.split("''")[1]
                assert f"{{% docs {name} %}}" in blocks, f"{path}: {name}"


@pytest.mark.parametrize("direct", [name for name, m in registry().fields.items() if m.sensitivity == "direct"])
def test_no_direct_identifier_is_a_column_of_a_source(direct):
    for path, content in artefacts(registry()).items():
        if path.suffix == ".yml":
            assert f"- name: {direct}\n" not in content, path
