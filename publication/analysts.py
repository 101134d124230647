"""The analysts' database of a release: marts by purpose, each with a pseudonym of its own, and no identifier.

Belongs here: which marts go into which schema, and what is left out. Does not belong here:
computing anything new, or the public tables.

The person tables lie in the order of their purpose's pseudonym (``purposes``), so that neither values nor the order of
rows join two purposes on a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry
from publication.dictionary import dictionary
from publication.purposes import PERSON_PURPOSES, database_in_memory, make_pseudonyms, pseudonym_table
from publication.snapshot import INDEX_TABLES
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import duckdb

#: Build columns that stay behind: the person of the build, places finer than a compound, and how many people of a
#: register that the law protects from discrimination have work, or had a family-planning service.
LEFT_OUT = ("person_id", "dwelling_code", "employed_count", "family_planning_count")


@dataclass(frozen=True)
class ReleasedTable:
    """A mart in a schema of the analysts' database."""

    schema: str
    mart: str
    #: columns replaced on the way, as SQL
    replacing: str = ""
    order: str = "all"
    #: the mart that has all its persons, each once
    persons_in: str = ""


#: Schemas whose tables are about persons, with the tables; the schema's name is the purpose of its key.
PERSON_TABLES = (
    ReleasedTable("population", "dim_person"),
    ReleasedTable("population", "fct_residence_quarter", persons_in="dim_person"),
    ReleasedTable("special_groups", "fct_special_group_spell", order="spell_id"),
    ReleasedTable("special_groups", "fct_special_group_spell_revision", order="spell_id, known_round"),
    ReleasedTable("special_groups", "fct_service_contact", order="contact_id"),
)
PLACE_TABLES = (
    ReleasedTable("population", "fct_population_quarter"),
    ReleasedTable("special_groups", "fct_special_group_quarter"),
    ReleasedTable("special_groups", "fct_service_contact_quarter"),
    ReleasedTable("safety_index", "dim_area"),
    ReleasedTable("safety_index", "dim_area_crosswalk"),
    ReleasedTable("safety_index", "dim_indicator"),
    ReleasedTable("safety_index", "fct_indicator_quarter", order="area_code, quarter, indicator_code"),
    ReleasedTable(
        "safety_index", "fct_incident", replacing="incident_date::date as incident_date", order="incident_id"
    ),
    ReleasedTable("safety_index", "fct_mediation", replacing="closed_date::date as closed_date"),
    ReleasedTable("safety_index", "fct_prevention_resource"),
    ReleasedTable("safety_index", "fct_compound_quarter"),
    ReleasedTable("safety_index", "fct_highlight"),
    ReleasedTable("audit", "fct_delivery"),
    ReleasedTable("audit", "fct_service_level"),
    ReleasedTable("audit", "fct_check_result"),
    ReleasedTable("audit", "fct_indicator_revision", order="area_code, quarter, indicator_code, revision_number"),
)
#: The oldest DuckDB that opens the file. In the form of 1.0 text takes a third longer to write.
OLDEST_READER = "v1.3.0"
_PSEUDONYM_COMMENT = (
    "本用途专用的人员假名，与其他用途的假名无法对应 / pseudonym of a person for this purpose alone; "
    "it can't be matched with another purpose's"
)
_INDEX_COMMENTS = {
    "scores": "平安指数得分与位次 / scores and ranks of the index",
    "dimension_scores": "各维度得分 / scores of the dimensions",
    "indicator_scores": "各指标数值与得分 / values and scores of the indicators",
    "changes": "得分变化的指标构成 / change of the score by indicator",
    "intervals": "得分与位次的区间 / intervals of score and rank",
    "comparisons": "得分变化及其把握程度 / change of the score and how sure it is",
    "change_terms": "得分变化的逐项逐因构成 / change of the score by indicator and cause",
    "indicator_context": "单起事件的分值、同类比较与构成项 / price of one event, peers and mix",
    "peers": "规模与人口构成相近的区域 / areas of similar size and kind",
    "indicator_rank_sets": "各指标按原始数量的位次及其联合置信范围 / places by raw counts, and their simultaneous sets",
    "sensitivity": "方法敏感性 / how far ranks hang on choices of the method",
    "coherence": "指标一致性与公平性 / coherence of the indicators, and fairness",
}


class IdentifierFound(RuntimeError):
    """A released table has a column that may not leave the build database."""


class PersonUnknown(RuntimeError):
    """A table has persons without a pseudonym: they are missing in the table that should have them all."""


def begin_analysts_database(layout: Layout, keys: Keys, path: Path) -> None:
    """Write what is most of an analysts' database and rests on the build alone, the tables of persons, to ``path``,
    which must not exist. Raises PersonUnknown."""
    with _attached(layout, path) as connection:
        for schema in ("population", "special_groups", "safety_index", "audit"):
            connection.execute(f"create schema {schema}")
        for purpose in PERSON_PURPOSES:
            marts = dict.fromkeys(one.persons_in or one.mart for one in PERSON_TABLES if one.schema == purpose)
            make_pseudonyms(connection, purpose, keys.by_purpose[purpose], [f"build.marts.{mart}" for mart in marts])
        for table in PERSON_TABLES:
            _copy_persons(connection, table)


def write_analysts_database(
    layout: Layout, quarter: Quarter, keys: Keys, gate_outcome: dict[str, str], path: Path
) -> None:
    """Write the analysts' database to ``path``, or what it lacks if it has been begun there from the same build.

    gate_outcome: one line for ``audit.release_gate``, column to text.
    Raises IdentifierFound, naming every column, when a mart holds one that may not be released, and PersonUnknown.
    """
    if not path.exists():
        begin_analysts_database(layout, keys, path)
    with _attached(layout, path) as connection:
        for table in PLACE_TABLES:
            _copy_places(connection, table)
        _copy_comments(connection)
        _copy_index(connection, layout.index_folder(str(quarter)))
        _write_gate(connection, gate_outcome)
        _refuse_identifiers(connection)


@contextmanager
def _attached(layout: Layout, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with database_in_memory(layout) as connection:
        connection.execute(f"attach {_literal(str(path))} as analysts (storage_version '{OLDEST_READER}')")
        connection.execute(f"use analysts; attach {_literal(str(layout.build_database))} as build (read_only)")
        yield connection
        connection.execute("checkpoint analysts")


def _columns(connection, mart: str) -> list[str]:
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'build' and schema_name = 'marts' "
        "and table_name = $mart order by column_index",
        {"mart": mart},
    ).fetchall()
    if not found:
        raise ValueError(f"the build database has no table marts.{mart}")
    return [name for (name,) in found]


def _copy_persons(connection, table: ReleasedTable) -> None:
    kept = [name for name in _columns(connection, table.mart) if name not in LEFT_OUT]
    listed = ", ".join(f'source."{name}"' for name in kept)
    tie_breaker = "" if table.order == "all" else f", {table.order}"
    connection.execute(
        f"""
        create table {table.schema}.{table.mart} as
        select pseudonym as {table.schema}_person_id, {listed}
        from build.marts.{table.mart} as source
        left join {pseudonym_table(table.schema)} using (person_id)
        order by pseudonym{tie_breaker}
        """
    )
    (unknown,) = connection.execute(
        f"select count(*) from {table.schema}.{table.mart} where {table.schema}_person_id is null"
    ).fetchone()
    if unknown:
        raise PersonUnknown(f"{table.mart} has {unknown} rows of persons who are not in {table.persons_in or 'it'}")


def _copy_places(connection, table: ReleasedTable) -> None:
    left_out = [name for name in _columns(connection, table.mart) if name in LEFT_OUT]
    exclude = f"exclude ({', '.join(left_out)})" if left_out else ""
    replace = f"replace ({table.replacing})" if table.replacing else ""
    connection.execute(
        f"create table {table.schema}.{table.mart} as "
        f"select * {exclude} {replace} from build.marts.{table.mart} order by {table.order}"
    )


def _copy_index(connection, folder: Path) -> None:
    for name in INDEX_TABLES:
        target = f"safety_index.{name}"
        # In the file's order, the same in every making; the rows' own quarter, not the one in the folder's name.
        source = f"read_parquet({_literal(str(folder / f'{name}.parquet'))}, hive_partitioning = false)"
        connection.execute(f"create table {target} as select * from {source}")
        _comment(connection, target, _INDEX_COMMENTS[name], _described(connection, target))


def _write_gate(connection, outcome: dict[str, str]) -> None:
    columns = ", ".join(f"{name} varchar" for name in outcome)
    connection.execute(f"create table audit.release_gate ({columns})")
    connection.execute(
        f"insert into audit.release_gate values ({', '.join('?' for _ in outcome)})", list(outcome.values())
    )
    comment = "发布前的检查结论 / outcome of the gate before the release"
    _comment(connection, "audit.release_gate", comment, _described(connection, "audit.release_gate"))


def _described(connection, target: str) -> dict[str, str]:
    """Descriptions of the columns of a table that dbt did not make, in the dictionary's words."""
    described = dictionary()["columns"]
    names = [name for name, *_ in connection.execute(f"describe {target}").fetchall()]
    return {name: f"{described[name]['zh']} / {described[name]['en']}" for name in names if name in described}


def _copy_comments(connection) -> None:
    """Take over the descriptions that stand in the build database."""
    where = "database_name = 'build' and schema_name = 'marts' and comment is not null"
    of_tables = dict(connection.execute(f"select table_name, comment from duckdb_tables() where {where}").fetchall())
    of_columns: dict[str, dict[str, str]] = {}
    for mart, name, comment in connection.execute(
        f"select table_name, column_name, comment from duckdb_columns() where {where}"
    ).fetchall():
        of_columns.setdefault(mart, {})[name] = comment
    for table in (*PERSON_TABLES, *PLACE_TABLES):
        columns = {name: text for name, text in of_columns.get(table.mart, {}).items() if name not in LEFT_OUT}
        if table in PERSON_TABLES:
            columns[f"{table.schema}_person_id"] = _PSEUDONYM_COMMENT
        _comment(connection, f"{table.schema}.{table.mart}", of_tables.get(table.mart), columns)


def _comment(connection, target: str, of_table: str | None, of_columns: dict[str, str]) -> None:
    statements = [f"comment on table {target} is {_literal(of_table)}"] if of_table else []
    statements += [f'comment on column {target}."{name}" is {_literal(text)}' for name, text in of_columns.items()]
    # In one transaction: each statement by itself would be written through to the disk.
    connection.execute("; ".join(["begin", *statements, "commit"]))


def _refuse_identifiers(connection) -> None:
    direct = {name for name, meaning in registry().fields.items() if meaning.sensitivity == "direct"}
    refused = direct | {*LEFT_OUT, "person_pseudonym"}
    rows = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and database_name = 'analysts'"
    ).fetchall()
    found = sorted(".".join(row) for row in rows if row[2] in refused)
    if found:
        raise IdentifierFound(f"columns that may not be released: {', '.join(found)}; drop them from the mart")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
