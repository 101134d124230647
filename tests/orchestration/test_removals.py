"""A person erased, and minors, in a real run: gone from every place, and not back when the next quarter is run."""

from __future__ import annotations

import io
import zipfile

import duckdb
import pyarrow.parquet as pq
import pytest
import python_calamine as calamine
from click.testing import CliRunner

from ingestion.contracts.registry import registry
from orchestration import exits
from publication.verify import MANIFEST, differences
from tests.contract.made_files import write_table
from tests.town import LANDED, PUBLISHED, _put_back, public_files

REGISTER = ("drug_control", "rehabilitation_register")
SPELLS = "marts.fct_special_group_spell"


def _texts(path) -> list[str]:
    """What a file says, whatever it is packed in."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        return [str(pq.read_table(path, partitioning=None).to_pylist())]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return [book.read(name).decode("utf-8") for name in book.namelist()]
    return [content.decode("gb18030", errors="replace")]


def _places_of(layout, number: str) -> set[str]:
    """The files outside landing and truth in which a number stands."""
    left_out = (layout.landing, layout.truth)
    return {
        str(path.relative_to(layout.home))
        for path in layout.home.rglob("*")
        if path.is_file() and not path.is_symlink() and not any(zone in path.parents for zone in left_out)
        if any(number in text for text in _texts(path))
    }


def _tables_with(database, person: str) -> set[str]:
    """Tables that have the person's id in a column of ids."""
    found = set()
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'UUID'"
        ).fetchall()
        for schema, table, column in columns:
            query = f'select count(*) from "{schema}"."{table}" where "{column}" = ?::uuid'
            if connection.execute(query, [person]).fetchone()[0]:
                found.add(f"{schema}.{table}")
    return found


@pytest.fixture(scope="module")
def erased(layout, landed_home):
    """Someone with a spell and a residence was erased after the first quarter; then the second was run."""
    from orchestration.cli import pingan

    town = _put_back(layout, landed_home)
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        (person,) = connection.execute(
            f"select spells.person_id::varchar from {SPELLS} as spells "
            "join marts.fct_residence_quarter as residents using (person_id) "
            "join marts.fct_service_contact as contacts using (person_id) "
            "where spells.group_code = 'community_rehabilitation' and spells.end_date is null order by 1 limit 1"
        ).fetchone()
    (vault,) = (layout.vault.joinpath(*REGISTER) / f"quarter={PUBLISHED}").glob("*.parquet")
    with duckdb.connect() as connection:
        (number,) = connection.execute(
            "select document_number from read_parquet(?) where person_pseudonym = ?::uuid limit 1", [str(vault), person]
        ).fetchone()
    before = _places_of(layout, number), _tables_with(layout.build_database, person), public_files(_released(layout))
    answer = CliRunner().invoke(
        pingan,
        ["--home", str(layout.home), "erase", "-", "--reason", "request of the person"],
        input=f"document_number\n{number}\n",
    )
    assert answer.exit_code == exits.DONE, answer.output
    _call_one_a_minor(town.landed("justice/社区矫正_*.xlsx"))
    ran = town.pingan("run", LANDED)
    assert ran.exit_code == exits.DONE, ran.output
    return layout, person, number, before, answer.output + ran.output


def _call_one_a_minor(workbook) -> None:
    """Set the flag of the first row below the header, which says otherwise of its record than the list before."""
    contract = registry().contract("justice.community_corrections")
    with calamine.CalamineWorkbook.from_path(workbook) as book:
        cells = book.get_sheet_by_name(contract.file.sheet).to_python(skip_empty_area=False)
    headers = set(contract.columns["is_minor"].headers)
    header = next(place for place, row in enumerate(cells) if headers & {str(cell) for cell in row})
    (column,) = (place for place, cell in enumerate(cells[header]) if cell in headers)
    cells[header + 1][column] = "是"
    write_table(workbook, contract, cells)


def _released(layout):
    return layout.releases / PUBLISHED / "v1"


def test_the_person_was_in_every_zone_and_in_many_tables_before(erased):
    _, _, _, (places, tables, _), _ = erased
    assert {place.split("/")[0] for place in places} >= {"archive", "vault"}
    assert {SPELLS, "marts.dim_person", "marts.fct_residence_quarter", "intermediate.int_residence__decided"} <= tables


def test_after_the_next_run_the_number_is_in_no_file_and_the_person_in_no_table(erased):
    layout, person, number, _, said = erased
    assert _places_of(layout, number) == set()
    assert _tables_with(layout.build_database, person) == set()
    assert number not in said
    assert person not in said


def test_the_past_release_keeps_its_public_files_and_is_whole(erased):
    layout, _, _, (_, _, public), _ = erased
    release = _released(layout)
    assert public_files(release) == public
    assert (release / MANIFEST).exists()
    assert differences(release) == []
    assert (release.with_name("v1.removals.json")).exists()


def test_no_row_of_a_minors_corrections_is_held(erased):
    layout, *_ = erased
    with duckdb.connect() as connection:
        held, minors = connection.execute(
            "select count(*), count(*) filter (where is_minor) from read_parquet(?, union_by_name = true)",
            [str(layout.raw / "justice" / "community_corrections" / "*" / "*.parquet")],
        ).fetchone()
    assert held > 20
    assert minors == 0
    assert any("-record-" in path.name for path in layout.tombstones.iterdir())


def test_a_request_that_cannot_be_read_orders_nothing(erased):
    from orchestration.cli import pingan

    layout, *_ = erased
    before = sorted(layout.tombstones.iterdir())
    for command, request in (
        ("erase", "name\n某某\n"),
        ("erase", "document_number\n310105199001011234\n"),
        ("seal", "extract,record_number\npolice.cases,A1\n"),
        ("seal", "document_number\n"),
    ):
        arguments = ["--home", str(layout.home), command, "-", "--reason", "x"]
        answer = CliRunner().invoke(pingan, arguments, input=request)
        assert answer.exit_code == exits.USAGE, request
        assert "310105199001011234" not in answer.output
    assert sorted(layout.tombstones.iterdir()) == before


def test_a_file_refused_after_the_order_is_let_go_by_whatever_writes_next(erased):
    from ingestion.intake import take_in
    from orchestration.cli import pingan
    from orchestration.writing import writing
    from warehouse.keys import load_keys
    from warehouse.quarters import Quarter

    layout, _, number, _, _ = erased
    late = layout.landing_folder(LANDED, "population") / f"户籍人口_{LANDED}_更正.csv"
    late.write_bytes(f"没有表头的名单\n{number}\n".encode("gb18030"))
    with writing(layout, "a test"):
        taken = take_in(
            layout, registry().contract("population.registered_residents"), Quarter.parse(LANDED),
            load_keys(layout.keys),
        )  # fmt: skip
    assert taken.deliveries[-1].reason_code == "no_header"
    assert {place.split("/")[0] for place in _places_of(layout, number)} == {"archive"}
    assert CliRunner().invoke(pingan, ["--home", str(layout.home), "reply"]).exit_code == exits.DONE
    assert _places_of(layout, number) == set()
    late.unlink()
