"""Rules that hold over the whole project, read from its manifest."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ingestion.contracts.registry import registry
from orchestration.environment import DBT_PROJECT

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3}")
SENSITIVE = ("police", "justice", "drug_control", "health")
SERVICES = ("labour", "social_security", "medical_insurance", "family_planning", "civil_affairs")
PERSON_COLUMNS = {"person_id", "person_pseudonym"}
TYPES_BY_NAME = {
    r"_date$": {"date"},
    r"_at$": {"timestamp"},
    r"_count$": {"smallint", "integer", "bigint", "double", "decimal(18,2)"},
    r"_share$": {"double", "decimal(18,2)"},
    r"^(is|has)_": {"boolean"},
    r"_code$": {"varchar", "enum"},
    r"_(name|zh|en)$": {"varchar"},
}
INDICATORS = {f"{dimension}{number}" for dimension, count in zip("ABCD", (6, 6, 6, 4), strict=True)
              for number in range(1, count + 1)}  # fmt: skip


@pytest.fixture(scope="module")
def manifest(story) -> dict[str, Any]:
    return story.project.manifest()


@pytest.fixture(scope="module")
def models(manifest) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


@pytest.fixture(scope="module")
def tables(story) -> dict[str, dict[str, str]]:
    """The columns and types that the database really has, by model or seed."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in story.project.rows(
        "select table_name, column_name, lower(data_type) from information_schema.columns"
        " where table_schema in ('staging', 'intermediate', 'marts')"
    ):
        found.setdefault(table, {})[column] = kind
    return found


def ancestors(manifest: dict[str, Any], *names: str) -> set[str]:
    """Ids of everything that the models are made from."""
    by_name = {node["name"]: id_ for id_, node in manifest["nodes"].items()}
    open_, seen = [by_name[name] for name in names], set()
    while open_:
        for parent in manifest["parent_map"].get(open_.pop(), []):
            if parent not in seen:
                seen.add(parent)
                open_.append(parent)
    return seen


def departments(ids: set[str]) -> set[str]:
    return {id_.split(".")[2] for id_ in ids if id_.startswith("source.")}


def described(text: str) -> bool:
    return bool(CHINESE.search(text) and ENGLISH.search(text) and " / " in text)


def test_every_model_and_seed_and_each_of_their_columns_is_described_in_both_languages(manifest, tables):
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    undescribed = [node["name"] for node in nodes if not described(node["description"])]
    for node in nodes:
        assert set(node["columns"]) == set(tables[node["name"]]), node["name"]
        undescribed += [
            f"{node['name']}.{name}" for name, column in node["columns"].items() if not described(column["description"])
        ]
    assert undescribed == []


def test_a_description_opens_with_the_grain(models):
    wrong = [
        name
        for name, node in models.items()
        if not re.match(r"[^。]*一行", node["description"])
        or (not name.startswith("stg_") and not re.match(r"[^/]*/ One row per ", node["description"]))
    ]
    assert wrong == []


def test_every_mart_and_every_table_that_is_amended_has_an_enforced_contract_a_key_and_types(models):
    for name, node in models.items():
        if node["schema"] != "marts" and node["config"]["materialized"] != "amended":
            continue
        assert node["config"]["materialized"] in ("table", "amended"), name
        assert node["config"]["contract"]["enforced"], name
        assert any(constraint["type"] == "primary_key" for constraint in node["constraints"]), name
        assert all(column["data_type"] for column in node["columns"].values()), name
        keys = next(one["columns"] for one in node["constraints"] if one["type"] == "primary_key")
        for key in keys:
            assert any(one["type"] == "not_null" for one in node["columns"][key]["constraints"]), f"{name}.{key}"


def test_no_direct_identifier_is_a_column_of_any_model(models):
    direct = {name for name, field in registry().fields.items() if field.sensitivity == "direct"}
    assert {f"{name}.{column}" for name, node in models.items() for column in direct & set(node["columns"])} == set()


RESIDENCE = (
    "int_residence__decided",
    "int_population__counted",
    "dim_person",
    "fct_residence_quarter",
    "fct_residence_revision",
    "fct_population_quarter",
)


def sensitive_signs(manifest: dict[str, Any]) -> set[str]:
    """Departments behind residence that must never say who lives here."""
    return departments(ancestors(manifest, *RESIDENCE)) & set(SENSITIVE)


def test_residence_never_comes_from_police_justice_drug_control_or_health(manifest):
    assert sensitive_signs(manifest) == set()
    assert {"population", *SERVICES} <= departments(ancestors(manifest, *RESIDENCE))


@pytest.mark.parametrize("staged", ["police__cases", "justice__mediations", "drug_control__visits"])
def test_one_sensitive_extract_far_behind_residence_is_found(manifest, staged):
    far = next(id_ for id_ in manifest["nodes"] if id_.endswith(".int_persons__resolved"))
    parents = {**manifest["parent_map"], far: [*manifest["parent_map"][far], f"model.pingan.stg_{staged}"]}
    assert sensitive_signs({**manifest, "parent_map": parents}) == {staged.split("__")[0]}


def test_persons_of_special_groups_meet_the_service_systems_only_to_be_counted(manifest, models):
    meeting = {
        name
        for name in models
        if {"labour", "drug_control"} <= departments(ancestors(manifest, name))
        and PERSON_COLUMNS & set(models[name]["columns"])
    }
    assert meeting == set()
    assert {"labour", "drug_control"} <= departments(ancestors(manifest, "int_special_groups__covered"))


def test_staging_has_one_model_for_each_contract_and_reads_one_source(models):
    staged = {name: node for name, node in models.items() if node["schema"] == "staging"}
    assert set(staged) == {f"stg_{extract.replace('.', '__')}" for extract in registry().contracts} | {
        "stg_ledger__deliveries",
        "stg_checks__outcomes",
        "stg_identity__links",
        "stg_releases__indicator_revisions",
    }
    for name, node in staged.items():
        assert node["config"]["materialized"] == "view", name
        assert [parent.split(".")[0] for parent in node["depends_on"]["nodes"]] == ["source"], name


def test_staging_has_every_column_of_its_source(manifest, models):
    for source in manifest["sources"].values():
        staged = models[f"stg_{source['source_name']}__{source['name']}"]
        assert set(staged["columns"]) == set(source["columns"]), staged["name"]


def test_names_say_the_stage_and_the_suffix_says_the_type(models, tables):
    wrong = []
    for name, node in models.items():
        prefix = {"staging": "stg_", "intermediate": "int_", "marts": ("dim_", "fct_")}[node["schema"]]
        if not name.startswith(prefix) or (prefix in ("stg_", "int_") and "__" not in name):
            wrong.append(name)
        for column, kind in tables[name].items():
            for suffix, kinds in TYPES_BY_NAME.items():
                # A code may be a type of its own, which is closed: `enum('1', '2')`.
                if re.search(suffix, column) and kind.partition("(")[0] not in kinds and kind not in kinds:
                    wrong.append(f"{name}.{column} is {kind}")
    assert wrong == []


def test_codes_that_are_types_are_those_that_the_project_and_the_contracts_have(story, models):
    types = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["code_types"]
    codes = {name: set(re.findall(r"'([^']*)'", kind)) for name, kind in types.items()}
    decided = models["int_residence__decided"]["raw_code"]
    macros = (DBT_PROJECT / "macros" / "persons.sql").read_text(encoding="utf-8")
    categories = macros.partition("macro register_category")[2].partition("endmacro")[0]
    reasons = decided.partition("judged as (")[2].partition("as override_code")[0].rpartition("case\n")[2]
    reasons += decided.partition("said.override_code")[2].partition("code_types')")[0]
    ranked = "select source_code from intermediate.attribute_survivorship where attribute_code = 'place'"
    assert codes == {
        "sex": set(registry().code_lists["sex"]),
        "category": set(re.findall(r"then '(\w+)'", categories)) | {"other"},
        "residence_source": {code for (code,) in story.project.rows(ranked)},
        "residence_reason": set(re.findall(r"(?:then|else) '(\w+)'", reasons)),
    }


def test_signs_of_registers_and_services_are_those_that_are_weighed(story):
    macros = (DBT_PROJECT / "macros" / "persons.sql").read_text(encoding="utf-8")
    named = re.findall(r"macro residence_(?:register|service)_signs\(\) -%}\s*{{ return\(\[([^]]*)\]", macros)
    weighed = story.project.rows(
        "select distinct sign_code from intermediate.residence_rules where rule_code = 'weight'"
    )
    assert set(re.findall(r"'(\w+)'", " ".join(named))) == {code for (code,) in weighed} - {"met_at_home", "memory"}


def test_only_one_model_reads_the_quarter_of_the_run_and_only_one_file_does_arithmetic_on_quarters(manifest, models):
    readers = [name for name, node in models.items() if "macro.pingan.run_quarter" in node["depends_on"]["macros"]]
    assert readers == ["int_quarters__known"]
    arithmetic = re.compile(r"extract\(quarter|interval 3 month|substr\(.*quarter|% 4")
    files = {node["original_file_path"] for node in models.values() if arithmetic.search(node["raw_code"])}
    files |= {
        macro["original_file_path"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == "pingan" and arithmetic.search(macro["macro_sql"])
    }
    assert files == {"macros/quarter.sql"}


def test_every_indicator_has_a_unit_test_of_its_rule(manifest):
    tested = {
        row.get("indicator_code")
        for test in manifest["unit_tests"].values()
        if test["model"].startswith("int_indicators__")
        and test["model"] not in ("int_indicators__rolled_up", "int_indicators__revised")
        for row in test["expect"]["rows"]
    }
    assert tested == INDICATORS


def extracts_behind(manifest: dict[str, Any], name: str) -> set[str]:
    """The extracts that a model reads itself, through views, which keep nothing, and through others that are kept."""
    by_name = {node["name"]: id_ for id_, node in manifest["nodes"].items()}
    open_, found = [by_name[name]], set()
    while open_:
        for parent in manifest["parent_map"][open_.pop()]:
            kind = parent.split(".")[0]
            if kind == "source":
                found.add(".".join(parent.split(".")[-2:]))
            elif kind == "model" and manifest["nodes"][parent]["config"]["materialized"] in ("view", "incremental"):
                open_.append(parent)
    return found & set(registry().contracts)


def test_a_model_that_is_kept_by_quarter_reads_no_extract_that_its_fingerprint_leaves_out(story, manifest, models):
    compiled = (story.project.target / "compiled").rglob("int_quarters__fingerprinted.sql")
    # What dbt compiles for a model's unit tests lies in a folder that is named for their file.
    (path,) = (path for path in compiled if not any(part.endswith(".yml") for part in path.parts))
    declared: dict[str, set[str]] = {}
    for subject, extract in re.findall(r"\('(\w+)', '([\w.]+)', \d\)", path.read_text(encoding="utf-8")):
        declared.setdefault(subject, set()).add(extract)
    declared["special_group_lists"] = {
        contract.extract for contract in registry().contracts.values() if contract.special_group
    } | {"drug_control.rehabilitation_register", "justice.community_corrections"}
    declared["special_group_contacts"] = declared["special_group_lists"] | declared["visits"]
    declared["special_group_coverage"] = declared["special_groups"] | declared["special_group_contacts"]
    declared["special_group_rounds"] = declared["special_group_lists"]
    read = {
        name: (node["config"]["meta"]["subject"], extracts_behind(manifest, name))
        for name, node in models.items()
        if node["config"]["materialized"] == "incremental"
    }
    assert len(read) == 13
    assert read["int_mediations__located"] == ("mediations", {"justice.mediations"})
    left_out = {name: extracts - declared[subject] for name, (subject, extracts) in read.items()}
    assert not any(left_out.values()), left_out


def test_operations_see_how_many_rows_every_kind_of_table_has(models):
    from orchestration.assets.models import _TABLES

    assert {node["config"]["materialized"] for node in models.values()} == {"view", *_TABLES}


def test_the_row_accounting_covers_every_staged_extract(manifest):
    (test,) = (
        node
        for node in manifest["nodes"].values()
        if node["name"] == "assert_every_accepted_row_of_the_quarter_is_in_raw"
    )
    read = {id_.split(".")[-1] for id_ in test["depends_on"]["nodes"] if ".stg_" in id_}
    assert read == {f"stg_{extract.replace('.', '__')}" for extract in registry().contracts}


def test_a_run_stays_small_enough(manifest, models):
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert len(models) <= 96
    assert len(tests) <= 40
