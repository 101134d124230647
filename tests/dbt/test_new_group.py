"""A group that nobody has thought of yet: a contract and a row of the seed, and it is served like the others."""

from __future__ import annotations

import shutil

import pytest

from ingestion.codegen import artefacts
from ingestion.contracts.registry import CONTRACTS_FOLDER, registry
from tests.dbt import project as project_module
from tests.dbt.fixtures import district, raw_zone
from tests.dbt.fixtures.raw_zone import RawZone, person
from warehouse.files import write_text

GROUP = "released_prisoners"
FIRST = district.QUARTERS[0]
CONTRACT = """
extract: justice.released_prisoners
title: {zh: 安置帮教, en: Help for released prisoners}
grain: {zh: 每名安置帮教对象一行, en: one row per released prisoner on the list in the quarter}
key: [document_number]
delivery: {kind: snapshot, rhythm: quarterly, due_days: 10}
file: {format: csv, encoding: gb18030, delimiter: ","}
person: {number: document_number, name: person_name, birth_date: birth_date, sex: sex_code}
columns:
  document_number: {headers: [公民身份号码]}
  person_name: {headers: [姓名]}
  sex_code: {headers: [性别]}
  birth_date: {headers: [出生日期]}
  start_date: {headers: [开始日期]}
  end_date: {headers: [结束日期], required: false}
  has_plan: {headers: [是否制定个人方案]}
  contacts_due_count: {headers: [应联系次数]}
  contacts_held_count: {headers: [按时联系次数]}
  committee_code: {headers: [居委会代码]}
constraints: []
special_group:
  group: released_prisoners
  first_day: start_date
  last_day: end_date
  has_plan: has_plan
  contacts_due: contacts_due_count
  contacts_held: contacts_held_count
covers: {areas: sub_district}
volume: {change_max_share: 0.5}
retention_years: 5
legal_basis: {zh: 监狱法, en: Prisons law}
"""
SEED_ROW = f"{GROUP},justice.released_prisoners,安置帮教,Released prisoners,,false\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The project with the contract, what is generated from it, and the seed row; built for a made quarter."""
    root = tmp_path_factory.mktemp("new_group")
    shutil.copytree(project_module.PROJECT, root / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(CONTRACTS_FOLDER, root / "contracts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (root / "contracts" / "justice" / "released_prisoners.yml").write_text(CONTRACT, encoding="utf-8")
    with open(root / "dbt_project" / "seeds" / "special_groups.csv", "a", encoding="utf-8") as seed:
        seed.write(SEED_ROW)
    declared = registry(root / "contracts")
    for path, content in artefacts(declared).items():
        write_text(root / path, content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(project_module, "PROJECT", root / "dbt_project")
        patched.setattr(raw_zone, "registry", lambda: declared)
        project = project_module.Project(root / "home")
        zone = RawZone(project.home)
        district.deliver_quarter(zone, FIRST)
        committee = district.COMMITTEES[0]
        spell = {"committee_code": committee, "birth_year": 1980, "sex_code": "1", "start_date": FIRST.start_date}
        rows = [
            spell | {"person_pseudonym": person(number), "contacts_due_count": 3, "contacts_held_count": held}
            for number, held in ((0, 3), (1, 1), (10, 2))
        ]
        rows[2]["end_date"] = FIRST.end_date
        zone.deliver("justice.released_prisoners", str(FIRST), rows)
        result = project.build(str(FIRST))
        messages = [f"{one.node.name}: {one.message}" for one in result.result.results if str(one.status) != "success"]
    assert result.success, messages
    return project


def test_its_spells_have_dates_and_reasons(served):
    spells = served.rows(
        "select count(*), count(end_date), max(end_reason_code), bool_and(has_plan) "
        f"from marts.fct_special_group_spell where group_code = '{GROUP}'"
    )
    assert spells == [(3, 1, "removed_from_list", True)]


def test_its_contacts_and_its_insurance_are_counted_by_area(served):
    (counted,) = served.rows(
        "select person_count, contacts_due_count, contacts_on_time_count, insured_count > 0 "
        f"from marts.fct_special_group_quarter where group_code = '{GROUP}' and area_code = '{district.DISTRICT}'"
    )
    assert counted == (3, 9, 6, True)


def test_the_other_groups_are_as_they_were(served, story):
    before = story.moments["first"].figures["fct_special_group_spell"]
    after = served.rows(f"select * from marts.fct_special_group_spell where group_code <> '{GROUP}' order by all")
    assert after == before
