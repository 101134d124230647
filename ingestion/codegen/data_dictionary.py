"""The data dictionary, for people: extracts, columns, headers, code lists, sensitivity.

Belongs here: the text of ``docs/data_dictionary.md``. Does not belong here: guides for departments.
"""

from __future__ import annotations

from ingestion.contracts.models import Column, Contract, FieldMeaning
from ingestion.contracts.registry import Registry

_HEADER = "<!-- generated from ingestion/contracts/ by python -m ingestion.codegen — edit the contract -->\n"
_RHYTHMS = {"monthly": "每月 / monthly", "quarterly": "每季 / quarterly"}
_KINDS = {"snapshot": "时点全量 / all rows in force", "events": "期间发生 / what happened in the period"}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _limits(meaning: FieldMeaning) -> str:
    limits = []
    if meaning.codes:
        limits.append(f"[{meaning.codes}](#codes-{meaning.codes})")
    if meaning.pattern:
        limits.append(f"`{meaning.pattern}`")
    if meaning.minimum is not None or meaning.maximum is not None:
        low = "" if meaning.minimum is None else f"{meaning.minimum:g}"
        high = "" if meaning.maximum is None else f"{meaning.maximum:g}"
        limits.append(f"{low} … {high}")
    if meaning.unit:
        limits.append(meaning.unit)
    return ", ".join(limits)


def _file(contract: Contract) -> str:
    if contract.file.format == "xlsx":
        return f"XLSX, sheet `{contract.file.sheet}`"
    return f"CSV, {contract.file.encoding}, `{contract.file.delimiter}`"


def _header(column: Column, header: str) -> str:
    used = column.in_use.get(header)
    return f"{header} ({used.first or ''}–{used.last or ''})" if used else header


def _extract(registry: Registry, contract: Contract) -> str:
    delivery = contract.delivery
    rules = [
        f"`{rule.column}` {rule.kind}" + (f" `{rule.other}`" if rule.other else "") for rule in contract.constraints
    ]
    lines = [
        f"### {contract.extract} {contract.title.zh} / {contract.title.en}",
        "",
        f"{contract.grain.zh} / {contract.grain.en}.",
        "",
        f"- 交付 / delivery: {_RHYTHMS[delivery.rhythm]}, {_KINDS[delivery.kind]}, "
        f"期末后 {delivery.due_days} 日内 / within {delivery.due_days} days of the period's end; {_file(contract)}",
        f"- 主键 / key: {', '.join(f'`{name}`' for name in contract.key)}",
        f"- 规则 / rules: {'; '.join(rules) or '–'}",
        f"- 拒收列 / refused columns: {'、'.join(contract.refused_headers) or '–'}",
        f"- 依据 / legal basis: {contract.legal_basis.zh} / {contract.legal_basis.en}; "
        f"保存 / kept {contract.retention_years} 年 / years",
        "",
        "| column | 表头 headers | type | required | limits | sensitivity | 含义 meaning |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, column in contract.columns.items():
        meaning = registry.fields[name]
        cells = (
            f"`{name}`",
            "、".join(_header(column, header) for header in column.headers),
            meaning.type,
            "yes" if column.required else "",
            _limits(meaning),
            meaning.sensitivity,
            f"{meaning.zh} / {meaning.en}",
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def data_dictionary(registry: Registry) -> str:
    """The whole page, by department."""
    parts = [
        _HEADER,
        "# 数据字典 / Data dictionary\n",
        "每个数据集由哪个部门报送、有哪些列、如何取值。 / What each department sends, with which columns and values.\n",
        "敏感级别 / sensitivity: `public` 公开, `internal` 内部, `quasi` 准标识, `sensitive` 敏感, "
        "`direct` 直接标识（只进身份库 / goes to the vault alone）.\n",
    ]
    for department, sender in registry.departments.items():
        parts.append(f"## {sender.zh} / {sender.en} (`{department}`)\n")
        parts += [
            _extract(registry, contract)
            for contract in registry.contracts.values()
            if contract.department == department
        ]
    parts.append("## 代码表 / Code lists\n")
    for name, codes in registry.code_lists.items():
        lines = [f'### <a id="codes-{name}"></a>{name}', "", "| code | 中文 | English |", "|---|---|---|"]
        lines += [f"| `{code}` | {_cell(names.zh)} | {_cell(names.en)} |" for code, names in codes.items()]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
