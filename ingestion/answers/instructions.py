"""What a department is to send, said of a file, its columns and its rules; for guides and templates alike.

Belongs here: lines of words made from a contract. Does not belong here: how they are laid out (``codegen.guides``,
``templates``), or the words for a single cell (``forms``).
"""

from __future__ import annotations

from ingestion.answers.forms import example, field_form
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry

RHYTHMS = {"monthly": ("每月", "every month"), "quarterly": ("每季", "every quarter")}
_KINDS = {
    "snapshot": ("期末时点的全部有效记录", "all rows in force at the end of the period"),
    "events": ("本期内发生的全部记录", "everything that happened in the period"),
}
#: How the agreed encodings are called where a spreadsheet saves a file.
_SAVED_AS = {
    "gb18030": ("CSV（逗号分隔），中文 Windows 默认编码", "CSV (comma delimited) on a Chinese Windows"),
    "utf-8": ("CSV UTF-8（逗号分隔）", "CSV UTF-8 (comma delimited)"),
    "utf-8-sig": ("CSV UTF-8（逗号分隔）", "CSV UTF-8 (comma delimited)"),
}
_RULES = {
    "within_period": ("“{column}”须在本期内", "“{column}” lies in the period"),
    "not_in_future": ("“{column}”不晚于期末", "“{column}” is not after the end of the period"),
    "not_before": ("“{column}”不早于“{other}”", "“{column}” is not before “{other}”"),
    "not_above": ("“{column}”不大于“{other}”", "“{column}” is not above “{other}”"),
}
#: What ``column_lines`` holds.
COLUMN_HEADINGS = ("表头 header", "须否 need", "应填 what to write", "示例 example", "含义 meaning", "也可写作 or")


def expected_name(contract: Contract, period: str | None = None) -> str:
    """The name of the extract's file for ``period``, or for one that shows how periods are written."""
    shown = period or ("201703" if contract.delivery.rhythm == "monthly" else "2017Q1")
    return f"{contract.title.zh}_{shown}.{contract.file.format}"


def facts(registry: Registry, contract: Contract) -> list[tuple[str, str]]:
    """What holds for the file as a whole: a bilingual label and its value."""
    sender, delivery = registry.departments[contract.department], contract.delivery
    rhythm, kind = RHYTHMS[delivery.rhythm], _KINDS[delivery.kind]
    key = "、".join(contract.columns[name].headers[0] for name in contract.key)
    return [
        ("部门 department", f"{sender.zh} / {sender.en}"),
        ("联系 whom to ask", sender.owner),
        ("内容 content", f"{contract.grain.zh}；{kind[0]} / {contract.grain.en}; {kind[1]}"),
        ("周期 rhythm", f"{rhythm[0]}，期末后 {delivery.due_days} 日内 / {rhythm[1]}, "
         f"within {delivery.due_days} days of the period's end"),
        ("文件名 file name", f"{expected_name(contract)}（改所属期 / with its own period）"),
        ("格式 format", _format_words(contract)),
        ("不得重复 comes once", key),
        ("依据 legal basis", f"{contract.legal_basis.zh} / {contract.legal_basis.en}"),
        ("保存 kept for", f"{contract.retention_years} 年 / years"),
    ]  # fmt: skip


def _format_words(contract: Contract) -> str:
    if contract.file.format == "xlsx":
        return f"XLSX，工作表名“{contract.file.sheet}” / XLSX, sheet “{contract.file.sheet}”"
    zh, en = _SAVED_AS[contract.file.encoding]
    comma = contract.file.delimiter
    return (
        f"CSV，编码 {contract.file.encoding}，分隔符 {comma}；电子表格中另存为“{zh}” / CSV, {contract.file.encoding}, "
        f"separator {comma}; in a spreadsheet save as {en}"
    )


def column_lines(registry: Registry, contract: Contract) -> list[tuple[str, ...]]:
    """One line a column, in the order of the contract."""
    lines = []
    for name, column in contract.columns.items():
        meaning = registry.fields[name]
        form = field_form(registry, meaning)
        lines.append(
            (
                column.headers[0],
                need_words(contract, name),
                f"{form.zh} / {form.en}",
                example(registry, contract, name),
                f"{meaning.zh} / {meaning.en}",
                "、".join(column.headers[1:]),
            )
        )
    return lines


def need_words(contract: Contract, name: str) -> str:
    """Whether the cell may be empty. Without a document number a row is accepted, and linked to no person."""
    if not contract.columns[name].required:
        return "可空 optional"
    is_number = contract.person is not None and name == contract.person.number
    return "尽量填 if known" if is_number else "必填 required"


def rule_lines(contract: Contract) -> list[tuple[str, str]]:
    """The rules between cells, in Chinese and English."""
    found = []
    for rule in contract.constraints:
        words = {
            "column": contract.columns[rule.column].headers[0],
            "other": contract.columns[rule.other].headers[0] if rule.other else "",
        }
        zh, en = _RULES[rule.kind]
        found.append((zh.format(**words), en.format(**words)))
    return found
