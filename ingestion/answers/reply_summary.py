"""The first sheet of a reply, line by line: verdict, rows, reasons, numbers, comparison, and what to do now.

Belongs here: words and figures. Does not belong here: cells and formats (``reply_workbook``).
"""

from __future__ import annotations

from typing import Any

from ingestion.answers.findings import NUMBER_QUALITIES
from ingestion.answers.header_fates import SentHeader, fate_words
from ingestion.answers.instructions import expected_name
from ingestion.answers.not_held import not_held_reason
from ingestion.answers.reply import LISTED_ROWS, Reply, unusable_count
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry
from ingestion.ledger import NOT_HELD, Delivery
from ingestion.reasons import FILE_NOTICES, ROW_REASONS

VERDICTS = {
    "accepted": ("已接收", "accepted"),
    "refused": ("整个文件退回", "refused whole"),
    "withdrawn": ("已撤回，不再使用", "withdrawn; no longer used"),
    "reinstated": ("撤回已撤销，重新使用", "withdrawal undone; used again"),
    "expired": ("保存期满，已删除", "past its retention; removed"),
    "duplicate": ("重复报送，未重复计入", "the same file again; not counted twice"),
}
KINDS = {
    "header": ("表头", "header"),
    "title": ("标题", "title"),
    "note": ("说明", "note"),
    "total": ("合计", "total"),
    "signature": ("签章", "signature"),
    "blank": ("空行", "blank row"),
    NOT_HELD: ("不予保存的行", "rows not held"),
}
Line = tuple[Any, ...]


def summary_lines(registry: Registry, contract: Contract | None, reply: Reply) -> list[Line]:
    """The lines with their cells; one of a single text is a heading."""
    delivery = reply.delivery
    blocks = [_head(registry, contract, delivery), _verdict(delivery)]
    if delivery.verdict == "accepted":
        blocks += [
            _rows(contract, delivery),
            _reasons(delivery),
            _numbers(delivery),
            _comparison(delivery, reply.previous),
        ]
    if reply.header:
        blocks.append(_header(reply.header))
    if delivery.verdict == "refused":
        blocks.append(_rows_to_mend(reply))
    if contract:
        blocks.append(_what_now(contract, delivery))
    lines: list[Line] = []
    for block in blocks:
        if block:
            lines += [*block, ()]
    return lines[:-1]


def _head(registry: Registry, contract: Contract | None, delivery: Delivery) -> list[Line]:
    sender = registry.departments.get(delivery.department)
    title = f"{contract.title.zh} {contract.title.en}" if contract else delivery.extract
    return [
        (f"报送回执：{title} {delivery.period} / Reply",),
        ("部门 department", f"{sender.zh} {sender.en}" if sender else delivery.department),
        ("数据集 extract", delivery.extract),
        ("所属期 period", delivery.period),
        ("批次 round", delivery.round),
        ("文件名 file", delivery.file_name),
        ("台账编号 record", delivery.record_id),
    ]


def _verdict(delivery: Delivery) -> list[Line]:
    zh, en = VERDICTS.get(delivery.verdict, (delivery.verdict,) * 2)
    lines: list[Line] = [("结论 verdict", zh, en)]
    if delivery.version:
        lines.append(("版本 version", delivery.version))
    if delivery.supersedes:
        lines.append(("替代 supersedes", delivery.supersedes))
    if delivery.outranked_by:
        lines.append(("未取代，仍用 not in force, this one is", delivery.outranked_by))
    if delivery.reason_code:
        lines.append(("原因 reason", delivery.reason_code, "", "", delivery.reason_zh, delivery.reason_en))
    for notice in delivery.notices:
        words = FILE_NOTICES[notice]
        lines.append(("提示 notice", notice, "", "", words.zh, words.en))
    if delivery.refused_headers:
        lines.append(("不应报送的列，内容未读取 columns dropped unread", "、".join(delivery.refused_headers)))
    return lines


def _rows(contract: Contract | None, delivery: Delivery) -> list[Line]:
    lines: list[Line] = [
        ("行数 Rows",),
        ("读取 read", delivery.rows_read_count),
        ("接收 accepted", delivery.rows_accepted_count),
        ("留存 set aside", delivery.rows_quarantined_count),
        ("非数据行 not data", delivery.rows_accounted_count - delivery.rows_not_held_count),
    ]
    for kind, count in delivery.accounted.items():
        if kind != NOT_HELD:
            zh, en = KINDS.get(kind, (kind, ""))
            lines.append((f"　其中 of which {zh} {en}", count))
    if delivery.rows_not_held_count and contract:
        zh, en = KINDS[NOT_HELD]
        words = not_held_reason(contract)
        lines.append((f"{zh} {en}", delivery.rows_not_held_count, "", "", words.zh, words.en))
    return lines


def _header(header: SentHeader) -> list[Line]:
    row = header.row_number
    lines: list[Line] = [
        (f"表头，文件第 {row} 行 Header, row {row} of the file",),
        ("列 column", "列名 as sent", "约定列名 agreed", "", "结果与处理", "result and remedy"),
    ]
    for one in header.fates:
        words = fate_words(one)
        place = f"第 {one.place} 列 column {one.place}" if one.place else "缺 missing"
        lines.append((place, one.sent, one.agreed or "", "", words.zh, words.en))
    return lines


def _rows_to_mend(reply: Reply) -> list[Line]:
    if not reply.row_count:
        return []
    lines: list[Line] = [("须改正的行 Rows to mend",), ("行数 rows", reply.row_count)]
    if len(reply.rows) < reply.row_count:
        lines.append(_listed_in_part())
    return lines


def _listed_in_part() -> Line:
    return (f"逐行列出 {LISTED_ROWS} 行，每种原因均有 {LISTED_ROWS} rows are listed, some of every reason", "")


def _reasons(delivery: Delivery) -> list[Line]:
    if not delivery.quarantined_by_reason:
        return []
    data_rows = delivery.rows_accepted_count + delivery.rows_quarantined_count
    lines: list[Line] = [
        ("留存的行，按首要原因 Rows set aside, by first reason",),
        ("原因 reason", "行数 rows", "占比 share %", "", "处理", "remedy"),
    ]
    for code, count in sorted(delivery.quarantined_by_reason.items(), key=lambda item: (-item[1], item[0])):
        words = ROW_REASONS[code]
        lines.append((code, count, _percent(count, data_rows), "", words.zh, words.en))
    if delivery.rows_quarantined_count > LISTED_ROWS:
        lines.append(_listed_in_part())
    return lines


def _numbers(delivery: Delivery) -> list[Line]:
    if not unusable_count(delivery):
        return []
    lines: list[Line] = [
        ("已接收但证件号码无法使用的行：计入所在区域，不与个人关联 Rows accepted whose document number names nobody",),
        ("质量 quality", "行数 rows", "占比 share %", "", "处理", "remedy"),
    ]
    for quality, words in NUMBER_QUALITIES.items():
        if count := delivery.identity_quality.get(quality):
            share = _percent(count, delivery.rows_accepted_count)
            lines.append((quality, count, share, "", words.zh, words.en))
    return lines


def _comparison(delivery: Delivery, previous: Delivery | None) -> list[Line]:
    if previous is None:
        return [
            ("与上次比较 Compared with the last delivery",),
            ("此前没有已接收的报送 no delivery was accepted before", ""),
        ]
    what = "被替代的版本 the version superseded" if delivery.supersedes else "上一期 the period before"
    lines: list[Line] = [
        ("与上次比较 Compared with the last delivery",),
        (what, f"{previous.period} v{previous.version}"),
        ("", "本次 this", "上次 last", "变化 change"),
    ]
    figures = {
        "读取行数 rows read": lambda record: record.rows_read_count,
        "接收行数 rows accepted": lambda record: record.rows_accepted_count,
        "留存行数 rows set aside": lambda record: record.rows_quarantined_count,
        "证件号码无法使用 numbers that name nobody": unusable_count,
        "居委会数 residents' committees": lambda record: record.committee_count,
        "街道镇数 sub-districts": lambda record: len(record.areas_covered),
    }
    for label, figure in figures.items():
        now, then = figure(delivery), figure(previous)
        lines.append((label, now, then, now - then))
    if delivery.supersedes:
        changes = {
            "按主键新增的行 rows added, by key": delivery.rows_added_count,
            "按主键减少的行 rows removed": delivery.rows_removed_count,
            "按主键变更的行 rows changed": delivery.rows_changed_count,
        }
        lines += [(label, "", "", count) for label, count in changes.items() if count is not None]
    for code in sorted({*delivery.quarantined_by_reason, *previous.quarantined_by_reason}):
        now, then = delivery.quarantined_by_reason.get(code, 0), previous.quarantined_by_reason.get(code, 0)
        lines.append((f"　{code}", now, then, now - then))
    return lines


def _what_now(contract: Contract, delivery: Delivery) -> list[Line]:
    if delivery.verdict not in ("accepted", "refused"):
        return []
    stem, _, ending = expected_name(contract, delivery.period).rpartition(".")
    if delivery.verdict == "accepted" and not delivery.rows_quarantined_count and not unusable_count(delivery):
        return []
    return [
        ("如何更正 How to correct",),
        ("更正后整体重报，文件名 send the whole file again as",
         f"{stem}_更正.{ending}"),
        ("报送前自查 check it first", f"pingan check {stem}_更正.{ending}"),
        ("报送说明 guide", f"docs/departments/{contract.extract}.md"),
    ]  # fmt: skip


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
