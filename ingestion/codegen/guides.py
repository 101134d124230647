"""What each department is to send, for its clerks: a page for every extract, and a list of the pages.

Belongs here: the text of ``docs/departments/``. Does not belong here: what it says of a file or a column
(``answers.instructions``), or what holds for all extracts alike (``docs/departments.md``, written by hand).
"""

from __future__ import annotations

from ingestion.answers.instructions import (
    COLUMN_HEADINGS,
    RHYTHMS,
    column_lines,
    expected_name,
    facts,
    rule_lines,
)
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry

_HEADER = "<!-- generated from ingestion/contracts/ by python -m ingestion.codegen — edit the contract -->\n"


def guides(registry: Registry) -> dict[str, str]:
    """Every page by its file name."""
    pages = {f"{extract}.md": guide(registry, contract) for extract, contract in registry.contracts.items()}
    return pages | {"README.md": _list_of_pages(registry)}


def guide(registry: Registry, contract: Contract) -> str:
    """The page of one extract."""
    parts = [
        _HEADER,
        f"# 报送说明：{contract.title.zh} / What to send: {contract.title.en}\n",
        _table(("", ""), facts(registry, contract)),
        "## 列 / Columns\n",
        _table(COLUMN_HEADINGS, column_lines(registry, contract)),
        "表头可用“也可写作”中的名称，列的顺序不限。 / A header may be written in the other ways too; the order of "
        "the columns does not matter.\n",
    ]
    if rules := rule_lines(contract):
        parts += ["## 规则 / Rules\n", "\n".join(f"- {zh} / {en}" for zh, en in rules) + "\n"]
    if contract.refused_headers:
        parts += [
            "## 请勿报送 / Do not send\n",
            f"{'、'.join(contract.refused_headers)}\n\n这些列的内容不会被读取。 / These columns are not read.\n",
        ]
    if lists := _code_lists(registry, contract):
        parts += ["## 代码表 / Code lists\n", "填代码或中文名称均可。 / Write the code or its Chinese name.\n", *lists]
    parts += [
        "## 自查与模板 / Check and template\n",
        f"    pingan check {expected_name(contract)}\n    pingan template {contract.extract}\n",
        "其他事项见 / For everything else see [departments.md](../departments.md).\n",
    ]
    return "\n".join(parts)


def _code_lists(registry: Registry, contract: Contract) -> list[str]:
    found = []
    for name, column in contract.columns.items():
        if codes := registry.fields[name].codes:
            lines = [(code, names.zh, names.en) for code, names in registry.code_lists[codes].items()]
            found += [f"### {column.headers[0]}\n", _table(("代码 code", "中文", "English"), lines)]
    return found


def _list_of_pages(registry: Registry) -> str:
    lines = []
    for extract, contract in registry.contracts.items():
        sender = registry.departments[contract.department]
        rhythm = RHYTHMS[contract.delivery.rhythm]
        lines.append(
            (
                f"{sender.zh} {sender.en}",
                f"[{contract.title.zh} {contract.title.en}]({extract}.md)",
                f"{rhythm[0]} {rhythm[1]}",
                f"{contract.delivery.due_days} 日 days",
                expected_name(contract),
            )
        )
    headings = ("部门 department", "报送内容 extract", "周期 rhythm", "期末后 due after", "文件名 file name")
    return "\n".join([_HEADER, "# 报送说明目录 / What to send, by department\n", _table(headings, lines)])


def _table(headings: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([row(headings), "|" + "---|" * len(headings), *map(row, lines)]) + "\n"
