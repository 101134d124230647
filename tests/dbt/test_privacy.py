"""Rules about persons hold over the whole project, and each of them can fail."""

from __future__ import annotations

import copy
from typing import Any

import duckdb
import pytest
import yaml
from pydantic import ValidationError

from ingestion.contracts.models import FieldMeaning
from ingestion.contracts.registry import registry
from publication.analysts import LEFT_OUT, PERSON_TABLES, PLACE_TABLES
from tests.dbt import privacy_lints as lints
from tests.dbt.project import PROJECT


@pytest.fixture(scope="module")
def manifest(story) -> dict[str, Any]:
    return story.project.manifest()


@pytest.fixture(scope="module")
def tags() -> dict[str, str]:
    """The sensitivity of every column that is tagged."""
    derived = yaml.safe_load((PROJECT / "sensitivity.yml").read_text(encoding="utf-8"))
    return {name: grade for grade, names in derived.items() for name in names} | {
        name: meaning.sensitivity for name, meaning in registry().fields.items()
    }


def released(manifest) -> dict[str, list[str]]:
    models = lints.models_of(manifest)
    return {
        table.mart: [name for name in models[table.mart]["columns"] if name not in LEFT_OUT]
        for table in (*PERSON_TABLES, *PLACE_TABLES)
    }


def broken(manifest, model: str, column: str, source: str | None = None) -> dict[str, Any]:
    """The project with one more column in a model, and one more source behind it."""
    doctored = copy.deepcopy(manifest)
    (id_,) = (id_ for id_, node in doctored["nodes"].items() if node["name"] == model)
    doctored["nodes"][id_]["columns"][column] = {"name": column, "description": "x"}
    if source:
        doctored["parent_map"][id_].append(source)
    return doctored


def test_nothing_on_the_grain_of_a_person_grades_scores_or_ranks(manifest):
    assert lints.gradings_of_persons(manifest) == []
    for column in ("risk_code", "contact_score", "危险性评估等级"):
        assert lints.gradings_of_persons(broken(manifest, "fct_special_group_spell", column))
    assert lints.gradings_of_persons(broken(manifest, "fct_population_quarter", "score")) == []


def test_drug_data_meet_labour_data_only_to_be_counted_and_the_counts_are_not_released(manifest):
    assert lints.drug_data_joined_to_labour(manifest, released(manifest)) == []
    labour = "source.pingan.labour.employment"
    assert labour in manifest["sources"]
    joined = broken(manifest, "fct_service_contact", "is_working", labour)
    assert lints.drug_data_joined_to_labour(joined, released(joined)) == [
        "fct_service_contact has persons and is made from both"
    ]
    handed_on = released(manifest) | {"fct_special_group_quarter": ["area_code", "employed_count"]}
    assert lints.drug_data_joined_to_labour(manifest, handed_on) == [
        "fct_special_group_quarter.employed_count is released"
    ]


def test_every_column_of_every_model_says_how_sensitive_it_is(manifest, tags):
    assert lints.untagged_columns(manifest, tags) == []
    doctored = broken(manifest, "stg_police__cases", "suspect_count")
    assert lints.untagged_columns(doctored, tags) == ["stg_police__cases.suspect_count"]


def test_no_tag_is_left_over_and_none_says_otherwise_than_the_contract(manifest, tags):
    used = {column for node in lints.models_of(manifest).values() for column in node["columns"]}
    derived = yaml.safe_load((PROJECT / "sensitivity.yml").read_text(encoding="utf-8"))
    names = [name for names in derived.values() for name in names]
    assert len(names) == len(set(names))
    assert set(names) - used == set()
    assert set(names) & set(registry().fields) == set()
    assert set(derived) <= {"public", "internal", "quasi", "sensitive"}
    assert {tags[name] for name in lints.PERSON_COLUMNS} == {"quasi"}


def test_every_column_that_departments_send_is_tagged_and_a_police_column_without_a_tag_does_not_load(manifest):
    police = {name for name in registry().contracts if name.startswith("police.")}
    assert len(police) >= 5
    assert lints.untagged_source_columns(manifest, registry().departments) == []
    doctored = copy.deepcopy(manifest)
    column = doctored["sources"]["source.pingan.police.cases"]["columns"]["case_number"]
    column["meta"], column["config"] = {}, {}
    assert lints.untagged_source_columns(doctored, registry().departments) == ["police.cases.case_number"]
    with pytest.raises(ValidationError, match="sensitivity"):
        FieldMeaning(type="text", zh="嫌疑人数", en="suspects")


def test_no_police_extract_has_a_person_and_no_police_column_reaches_a_released_table_of_persons(manifest):
    assert not [name for name, one in registry().contracts.items() if one.department == "police" and one.person]
    for table in PERSON_TABLES:
        assert "police" not in lints.departments(manifest, table.mart), table.mart
    doctored = broken(manifest, "dim_person", "has_case", "source.pingan.police.cases")
    assert "police" in lints.departments(doctored, "dim_person")


def test_the_sensitive_columns_of_persons_stand_in_the_schema_of_special_groups_alone(manifest, tags):
    models = lints.models_of(manifest)
    for table in PERSON_TABLES:
        sensitive = {name for name in models[table.mart]["columns"] if tags[name] == "sensitive"}
        assert bool(sensitive) == (table.schema == "special_groups"), (table.mart, sensitive)


def test_the_build_has_no_column_beyond_those_that_are_tagged(story, tags):
    with duckdb.connect(str(story.project.home / "build" / "pingan.duckdb"), read_only=True) as connection:
        built = connection.execute(
            "select distinct column_name from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
    assert {name for (name,) in built} - set(tags) == set()
