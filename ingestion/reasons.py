"""Why a file or a row was not accepted, and what to do: one table, in Chinese and English.

Belongs here: the words. They name columns, headers, counts and places, never a value of a row. Does not belong
here: the rules that lead to a reason (``discovery``, ``readers``, ``parsing``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DIGIT_RUN = {length: re.compile(rf"\d{{{length},}}") for length in (6, 8)}


@dataclass(frozen=True)
class Reason:
    """A reason's words. ``{…}`` are filled with what was expected and what came."""

    zh: str
    en: str


#: Reasons for refusing a whole file.
FILE_REASONS: dict[str, Reason] = {
    "unknown_file": Reason(
        "文件名不属于本部门任何数据集。应为：{expected}。请按约定命名后重新报送。",
        "The file's name belongs to no extract of this department. Expected: {expected}. Rename it and send it again.",
    ),
    "undecodable": Reason(
        "文件编码与约定不符：应为 {expected}，{detail_zh}。请按约定编码另存后重新报送。",
        "The file is not in the agreed encoding: expected {expected}, {detail_en}. "
        "Save it in the agreed encoding and send it again.",
    ),
    "wrong_format": Reason(
        "文件格式与约定不符：应为{expected_zh}，内容实为{found_zh}。请用原系统按约定格式导出后报送，只改文件名无用。",
        "The file is of another kind than agreed: expected {expected_en}, and by its content it is {found_en}. Export "
        "it in the agreed format and send it again; another name alone changes nothing.",
    ),
    "resource_limit": Reason(
        "文件超出读取限度：{detail_zh}。请删去空白行列与格式、图片，只保留数据后重新报送；数据量确实如此请与我方联系。",
        "The file is beyond what is read: {detail_en}. Remove empty rows and columns, formats and pictures, and send "
        "the data alone; if there really is so much of it, tell us.",
    ),
    "unreadable": Reason(
        "文件无法读取：{detail_zh}。请用原系统重新导出后报送。",
        "The file cannot be read: {detail_en}. Export it anew from the system it comes from and send it again.",
    ),
    "hidden_sheet": Reason(
        "名为“{expected}”的工作表被隐藏。请取消隐藏并核对内容后重新报送。",
        "The sheet named “{expected}” is hidden. Show it, look at what it holds, and send the workbook again.",
    ),
    "no_header": Reason(
        "前 {searched} 行中找不到表头。应有的列：{expected}。请保留表头行，列名按约定填写。",
        "No header row in the first {searched} rows. Columns expected: {expected}. Keep the header row with its "
        "agreed names.",
    ),
    "missing_column": Reason(
        "缺少必填列：{missing}。请补齐后重新报送。",
        "Required columns are missing: {missing}. Add them and send the file again.",
    ),
    "unknown_column": Reason(
        "出现约定之外或重复的列：{found}。其内容未读取。请删除该列，或先与我方商定后再报送。",
        "Columns that were not agreed, or that come twice: {found}. Their content was not read. Remove them, or agree "
        "on them first, and send the file again.",
    ),
    "empty": Reason(
        "文件中没有数据行。如本期确无数据，请联系我方登记；否则请重新导出报送。",
        "The file has no rows of data. If the period really had none, tell us so that it can be recorded; else export "
        "it anew.",
    ),
    "no_acceptable_row": Reason(
        "{rows} 行数据无一可以接收：{reasons}。文件未入库，此前已接收的报送不受影响。逐行原因见回执，"
        "也可用 pingan check 查看；请改正后整体重报。",
        "None of its {rows} rows can be accepted: {reasons}. Nothing was loaded, and what was accepted before stands. "
        "The reply says row by row what is wrong, and so does pingan check; mend it and send the whole file again.",
    ),
    "wrong_period": Reason(
        "所属期不符：{detail_zh}。请核对文件名与内容的所属期后重新报送。",
        "The period does not fit: {detail_en}. Compare the period in the file's name with its content and send it "
        "again.",
    ),
    "sheet_missing": Reason(
        "工作簿中没有名为“{expected}”的工作表。请将数据放在该工作表后重新报送。",
        "The workbook has no sheet named “{expected}”. Put the data on that sheet and send it again.",
    ),
    "another_department": Reason(
        "文件名是{owner_zh}《{title_zh}》的。请放入该部门的文件夹 {folder}；若确属本部门，请按约定命名。",
        "The file's name is that of {title_en}, which {owner_en} sends. Put it into that department's folder, "
        "{folder}; if it is this department's own, give it the agreed name.",
    ),
    "another_extract": Reason(
        "列名是{owner_zh}《{title_zh}》（{extract}）的，而文件名是《{claimed_zh}》的。请核对文件名与内容后重新报送。",
        "The columns are those of {title_en} of {owner_en} ({extract}), but the name says {claimed_en}. Compare the "
        "name with the content and send it again.",
    ),
    "another_district": Reason(
        "{covered} 个街道镇中有 {foreign} 个不属于本区（应为 {known} 开头，出现 {found}）。请核对是否误报其他区的数据；"
        "确属实情的，请在清单 manifest 的 confirms 中注明 another_district。",
        "{foreign} of {covered} sub-districts do not belong to this district (expected to begin with {known}, found "
        "{found}). Check whether it is another district's file; if it is true, say another_district under confirms in "
        "the manifest.",
    ),
    "repeated_content": Reason(
        "内容与 {period} 的交付 {delivery} 相同（{rows} 行中仅 {different} 行不同）。请核对是否误报往期数据；"
        "确属实情的，请在清单 manifest 的 confirms 中注明 repeated_content。",
        "The content is that of delivery {delivery} of {period} (only {different} of {rows} rows differ). Check "
        "whether an earlier period's file was sent again; if nothing has changed, say repeated_content under "
        "confirms in the manifest.",
    ),
    "not_whole": Reason(
        "更正文件只含所更正交付 {delivery} 的 {before} 行中的 {kept} 行。更正须报送整份文件，而非仅报送变更行；"
        "确属实情的，请在清单 manifest 的 confirms 中注明 not_whole。",
        "The correction holds only {kept} of the {before} rows of {delivery}, which it would replace whole. Send the "
        "whole file, not the changed rows alone; if the others are really gone, say not_whole under confirms in the "
        "manifest.",
    ),
    "bad_manifest": Reason(
        "清单 manifest 不合格式：{detail}。请按约定填写，或删除清单后重新报送。",
        "The manifest is not as agreed: {detail}. Mend it or leave it out, and send the file again.",
    ),
    "manifest_mismatch": Reason(
        "文件与清单 manifest 不符：{detail_zh}。请核对后将文件与清单一并重新报送。",
        "The file is not as its manifest says: {detail_en}. Compare them and send both again.",
    ),
    "manifest_alone": Reason(
        "只有清单，没有它所说明的文件 {file}。请报送该文件。",
        "The manifest came without its file, {file}. Send the file.",
    ),
}

#: Why a file that came again changes nothing.
REPETITION_REASONS: dict[str, Reason] = {
    "same_bytes": Reason(
        "与已接收的交付 {delivery} 逐字节相同，未作任何更改。无须处理。",
        "Byte for byte the delivery {delivery}, which was accepted. Nothing was changed and nothing is to be done.",
    ),
    "same_bytes_superseded": Reason(
        "与已接收的交付 {delivery} 逐字节相同，但有更优先的交付，故不使用，未作任何更改。"
        "如应使用前者，请我方撤回这些交付：{withdrawals}。",
        "Byte for byte the delivery {delivery}, which was accepted and is not in force, since others stand before it. "
        "Nothing was changed. If it is right after all, ask us to withdraw those: {withdrawals}.",
    ),
    "same_bytes_withdrawn": Reason(
        "与已撤回的交付 {delivery} 逐字节相同，仍不使用。如确应使用，请我方撤销撤回（pingan withdraw --undo）。",
        "Byte for byte the delivery {delivery}, which was withdrawn; it is still not used. If it is right after all, "
        "ask us to undo the withdrawal (pingan withdraw --undo).",
    ),
}

#: Reasons for not accepting a row. The place (row, column) stands beside them in the quarantine.
ROW_REASONS: dict[str, Reason] = {
    "missing_required": Reason("必填项为空。请补填。", "A required cell is empty. Fill it in."),
    "invalid_date": Reason(
        "不是有效日期。请填实际存在的日期，如 2017-03-01。",
        "Not a date that exists. Write a real date, such as 2017-03-01.",
    ),
    "invalid_number": Reason(
        "不是有效数字。整数列不得有小数，金额最多两位小数。",
        "Not a number. Whole numbers take no decimals, amounts at most two.",
    ),
    "invalid_boolean": Reason("应填“是”或“否”。", "Write 是 (yes) or 否 (no)."),
    "unknown_code": Reason(
        "不在代码表内。请填代码表中的代码或名称。", "Not in the code list. Write a code of the list, or its name."
    ),
    "bad_pattern": Reason(
        "格式不符。请按数据字典中的格式填写。", "The form is wrong. Write it as the data dictionary says."
    ),
    "out_of_range": Reason("超出允许范围。请核对。", "Outside the range that is possible. Check it."),
    "outside_period": Reason(
        "日期不在本文件所属期内。请放入对应所属期的文件。",
        "The day lies outside the file's period. Put the row into the file of its period.",
    ),
    "in_future": Reason("日期晚于本期期末。请核对。", "The day is after the end of the period. Check it."),
    "before_other_date": Reason(
        "日期早于其应晚于的日期。请核对两个日期。",
        "The day is before another day that it should follow. Check both.",
    ),
    "above_other": Reason(
        "数值大于其上限列。请核对两个数值。", "The number is above another that limits it. Check both."
    ),
    "duplicate_key": Reason(
        "主键与文件中前面的行重复；只收第一行。请删除重复行。",
        "The key is that of an earlier row of the file; only the first was accepted. Remove the repeated row.",
    ),
    "wrong_field_count": Reason(
        "列数与表头不一致。请检查多余或缺少的分隔符。",
        "The row has more or fewer cells than the header. Look for a separator too many or too few.",
    ),
    "value_not_stored": Reason(
        "单元格是错误值（如 #N/A），或是未保存计算结果的公式。请改为数值后重新报送。",
        "A cell is in error (such as #N/A), or holds a formula whose result was not stored. Write the value itself.",
    ),
    "merged_cells": Reason(
        "单元格被合并，无法确定此行的值。请取消合并并逐行填写。",
        "A cell is merged with others, so nobody knows this row's value. Unmerge the cells and fill in every row.",
    ),
}

#: What an accepted file should make its sender look again at. It costs no row.
FILE_NOTICES: dict[str, Reason] = {
    "possible_truncation": Reason(
        "行数恰为 65,536 或 1,048,576，即电子表格的行数上限，可能被截断。请与原系统核对行数。",
        "It has exactly 65,536 or 1,048,576 rows, which is where spreadsheets cut a table off. Compare the number with "
        "the system that it comes from.",
    ),
    "cut_off": Reason(
        "最后一行不完整，且其后没有换行，文件可能在导出或传输中被截断。请与原系统核对行数，必要时重新报送整份文件。",
        "The last row is incomplete and no line end follows it: the file may have been cut off as it was exported or "
        "sent. Compare the number of rows with the system that it comes from; if need be send the whole file again.",
    ),
    "hidden_sheets": Reason(
        "工作簿含有隐藏的工作表，未读取。模板自带的说明和代码表无妨；如有其他，请确认没有误送数据。",
        "The workbook has hidden sheets, which were not read. A template's own notes and code lists do no harm; if "
        "there are others, make sure that no data were sent by mistake.",
    ),
    "hidden_cells": Reason(
        "工作表含有隐藏的行或列（如筛选），已按数据读取。请确认确应报送。",
        "The sheet has hidden rows or columns, as a filter leaves them. They were read like the others; make sure that "
        "they belong to the data.",
    ),
    "macros": Reason(
        "工作簿含有宏，未运行。请另存为不含宏的工作簿。",
        "The workbook has macros, which were not run. Save it without them.",
    ),
    "external_links": Reason(
        "工作簿链接了外部文件或数据源，未打开；读取的是已保存的值。请确认数值为最新。",
        "The workbook refers to other files or data sources, which were not opened: the values stored in it were read. "
        "Make sure that they are up to date.",
    ),
}

#: Each kind of constraint and the reason of the rows that break it.
CONSTRAINT_REASONS = {
    "within_period": "outside_period",
    "not_in_future": "in_future",
    "not_before": "before_other_date",
    "not_above": "above_other",
}


def repetition(code: str, **words: str) -> dict[str, str]:
    """The record's fields that say why a repeated delivery changes nothing; ``words`` are those of the reason."""
    reason = REPETITION_REASONS[code]
    return {"reason_code": code, "reason_zh": reason.zh.format(**words), "reason_en": reason.en.format(**words)}


class FileRefused(Exception):
    """A file that is refused whole. Holds no content of its rows."""

    def __init__(self, code: str, **words: object) -> None:
        reason = FILE_REASONS[code]
        self.code = code
        self.zh = reason.zh.format(**words)
        self.en = reason.en.format(**words)
        super().__init__(f"{code}: {self.en}")


def shown(text: str, run_length: int = 6, longest: int = 60) -> str:
    """A sender's header or file name as it may stand in logs, on terminals and in reports: long runs of digits masked,
    without control characters, marks that turn the direction of writing, or bytes that are no text; cut at
    ``longest`` characters."""
    plain = "".join(
        "\ufffd" if unicodedata.category(sign)[0] == "C" else sign for sign in mask_digits(text, run_length)
    )
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def mask_digits(text: str, run_length: int = 6) -> str:
    """``text`` with every run of at least ``run_length`` digits (6 or 8) replaced: a name may hold a number
    that identifies a person."""
    return _DIGIT_RUN[run_length].sub("#", text)
