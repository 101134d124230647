"""dbt's sources: one file a department, one for the ledger and the check outcomes.

Belongs here: where dbt finds raw, the ledger and the checks, with types, descriptions and asset keys.
Does not belong here: staging models and their tests, which are written by hand.
"""

from __future__ import annotations

from typing import Any

import yaml

from ingestion.contracts.registry import Registry
from ingestion.ledger import record_columns
from ingestion.schema import QUARTER, StoredColumn, raw_columns

_HOME = "{{ env_var('PINGAN_HOME') }}"
_HEADER = "# generated from {origin} by python -m ingestion.codegen — edit the {what}\n"

#: Outcomes of the checks on an extract's deliveries, as `expectations` writes them.
CHECK_COLUMNS = (
    ("quarter", "VARCHAR", "季度", "Quarter of the run in which the check was made."),
    ("subject", "VARCHAR", "对象", "Extract or stage that was checked."),
    ("check_name", "VARCHAR", "检查", "What is true when the check is green."),
    ("passed", "BOOLEAN", "通过", "Whether it is true."),
    ("severity_code", "VARCHAR", "严重程度", "error blocks the release, warning does not."),
    ("observed", "VARCHAR", "实际", "What was found."),
    ("expected", "VARCHAR", "应为", "What was expected."),
    ("remedy_zh", "VARCHAR", "处理办法（中文）", "What to do, in Chinese."),
    ("remedy_en", "VARCHAR", "处理办法（英文）", "What to do, in English."),
)

#: Figures as releases first gave them, as `publication` writes them.
REVISION_COLUMNS = (
    ("area_code", "VARCHAR", "区划代码", "Area."),
    ("quarter", "VARCHAR", "季度", "Quarter that the figure is about."),
    ("indicator_code", "VARCHAR", "指标代码", "Indicator."),
    ("revision_number", "INTEGER", "修订序号", "1 for the first figure, one more for each revision."),
    ("area_level_code", "VARCHAR", "区划层级", "Level of the area: district, sub_district or committee."),
    ("known_round", "VARCHAR", "知晓批次", "Newest round whose deliveries were known when the figure was made."),
    ("numerator", "DOUBLE", "分子", "Numerator over the indicator's window."),
    ("denominator", "DOUBLE", "分母", "Denominator over the indicator's window."),
    ("value", "DOUBLE", "指标值", "Value of the indicator."),
    ("status_code", "VARCHAR", "数值状态", "observed, not_applicable, passed_down or missing."),
)


def _document(content: dict[str, Any], origin: str, what: str) -> str:
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000, default_flow_style=False)
    return _HEADER.format(origin=origin, what=what) + text


def _column(column: StoredColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "description": f"{{{{ doc('field_{column.name}') }}}}",
        "data_type": column.sql_type,
        "config": {"meta": {"sensitivity": column.sensitivity}},
    }


def department_sources(registry: Registry, department: str) -> str:
    """The sources file of ``department``: a table for each extract, over all quarters of raw."""
    sender = registry.departments[department]
    tables = []
    for contract in registry.contracts.values():
        if contract.department != department:
            continue
        files = f"{_HOME}/raw/{department}/{contract.name}/quarter=*/*.parquet"
        tables.append(
            {
                "name": contract.name,
                "description": (
                    f"{contract.title.zh}：{contract.grain.zh}。 / {contract.title.en}: {contract.grain.en}. "
                    f"依据 / Legal basis: {contract.legal_basis.zh} / {contract.legal_basis.en}."
                ),
                "config": {
                    "external_location": (
                        f"read_parquet('{files}', union_by_name = true, hive_partitioning = true, "
                        "hive_types_autocast = false)"
                    ),
                    "meta": {
                        "dagster": {"asset_key": ["raw", department, contract.name]},
                        "owner": sender.owner,
                        "retention_years": contract.retention_years,
                    },
                },
                "columns": [_column(column) for column in [*raw_columns(registry, contract), QUARTER]],
            }
        )
    source = {
        "name": department,
        "description": f"{sender.zh} / {sender.en}",
        "loader": "ingestion",
        "tables": tables,
    }
    return _document({"version": 2, "sources": [source]}, f"ingestion/contracts/{department}/", "contract")


def audit_sources() -> str:
    """The sources file of the ledger, of the check outcomes and of what earlier releases said."""
    ledger_types = ", ".join(f"{name}: '{described.sql_type}'" for name, described in record_columns())
    ledger = {
        "name": "deliveries",
        "description": "每次交付一条台账。 / One record for every file that came.",
        "config": {
            # The columns of read_json stand in braces; with this formatter dbt-duckdb leaves braces alone.
            "formatter": "template",
            "external_location": (
                f"read_json('{_HOME}/ledger/*/*.json', format = 'unstructured', columns = {{{ledger_types}}})"
            ),
            "meta": {"dagster": {"asset_key": ["ledger", "deliveries"]}},
        },
        "columns": [
            {
                "name": name,
                "description": f"{described.zh} / {described.en}",
                "data_type": described.sql_type,
            }
            for name, described in record_columns()
        ],
    }
    outcomes = {
        "name": "outcomes",
        "description": "每项检查一行。 / One row for every check.",
        "config": {
            "external_location": (
                f"read_parquet('{_HOME}/checks/*/*.parquet', union_by_name = true, hive_partitioning = true, "
                "hive_types_autocast = false)"
            ),
            "meta": {"dagster": {"asset_key": ["checks", "outcomes"]}},
        },
        "columns": [
            {"name": name, "description": f"{zh} / {en}", "data_type": sql_type}
            for name, sql_type, zh, en in CHECK_COLUMNS
        ],
    }
    revisions = {
        "name": "indicator_revisions",
        "description": "每次发布新增或修订的指标值。 / Figures that each release gave for the first time or revised.",
        "config": {
            "external_location": (
                f"read_parquet('{_HOME}/releases/*/v*/analysts/indicator_revisions.parquet', union_by_name = true, "
                "hive_partitioning = false)"
            ),
            "meta": {"dagster": {"asset_key": ["releases", "indicator_revisions"]}},
        },
        "columns": [
            {"name": name, "description": f"{zh} / {en}", "data_type": sql_type}
            for name, sql_type, zh, en in REVISION_COLUMNS
        ],
    }
    sources = [
        {
            "name": "ledger",
            "description": "交付台账 / Ledger of deliveries",
            "loader": "ingestion",
            "tables": [ledger],
        },
        {
            "name": "checks",
            "description": "数据检查结果 / Outcomes of the checks on deliveries",
            "loader": "expectations",
            "tables": [outcomes],
        },
        {
            "name": "releases",
            "description": "已发布的版本 / What earlier releases said",
            "loader": "publication",
            "tables": [revisions],
        },
    ]
    return _document({"version": 2, "sources": sources}, "ingestion/ledger.py and this generator", "record")
