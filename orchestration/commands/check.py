"""``pingan check``: what would become of a file if it were sent.

Belongs here: laying out the answer. It names rows, columns, reasons and remedies, and no value of a row. Does not
belong here: the judgement (``ingestion.answers.checking``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ingestion.answers.checking import CheckedFile, check_file
from ingestion.answers.findings import NUMBER_QUALITIES, WHOLE_ROW, Found, Place
from ingestion.answers.forms import expected
from ingestion.answers.header_fates import SentHeader, fate_words
from ingestion.answers.not_held import not_held_reason
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.ledger import NOT_HELD
from ingestion.names import MANIFEST_SUFFIX
from ingestion.reasons import FILE_NOTICES, ROW_REASONS, mask_digits
from orchestration import exits
from warehouse.quarters import Quarter

#: Row numbers named for each finding; the listing by row has more.
_NAMED_ROWS = 10


def check(files: tuple[Path, ...], extract: str | None, period: str | None, send_in: str | None, rows: int) -> int:
    """Check each file and say what was found; REFUSED unless every row of every file would be accepted."""
    if extract is not None and extract not in registry().contracts:
        known = ", ".join(registry().contracts)
        raise click.UsageError(f"没有该数据集 there is no extract {extract!r}; 已有 there are: {known}")
    try:
        round_quarter = Quarter.parse(send_in) if send_in else None
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if irregular := [path.name for path in files if not path.is_file()]:
        raise click.UsageError(f"不是普通文件 no regular file: {', '.join(irregular)}")
    checked = []
    for path in files:
        if path.name.endswith(MANIFEST_SUFFIX) and path.with_name(path.name.removesuffix(MANIFEST_SUFFIX)).is_file():
            click.echo(f"{mask_digits(path.name, 8)}: 随其文件一并核对 held against its file when that is checked\n")
            continue
        result = check_file(path, extract, period, round_quarter)
        checked.append(result)
        click.echo("\n".join(printable(line) for line in lines(path, result, rows)) + "\n")
    return exits.DONE if all(result.is_accepted_whole for result in checked) else exits.REFUSED


def lines(path: Path, checked: CheckedFile, rows: int) -> Iterator[str]:
    """The answer, line by line; at most ``rows`` rows one by one."""
    contract = checked.contract
    what = "?"
    if contract:
        what = f"{contract.extract} {contract.title.zh} {contract.title.en}, {checked.period or '?'}"
    yield f"{mask_digits(path.name, 8)} → {what}"
    yield from _verdict(checked)
    if checked.header:
        yield from _header(checked.header)
    if contract and checked.period:
        yield from _places(checked, contract, checked.period)
        yield from _rows(checked, contract, rows)
        yield from _notes(checked)
    if contract:
        yield f"  报送说明 guide: docs/departments/{contract.extract}.md"
        yield f"  模板 template: pingan template {contract.extract}"
    else:
        yield "  如文件名无误，请用 --extract 指明数据集。 If the name is right, say with --extract what the file is."


def _verdict(checked: CheckedFile) -> Iterator[str]:
    for refusal in checked.refusals:
        yield f"  ✗ 整个文件将被退回 the whole file would be refused: {refusal.code}"
        yield f"    {refusal.zh}"
        yield f"    {refusal.en}"
    account = checked.account
    if not account:
        return
    if checked.is_accepted_whole:
        yield "  ✓ 将全部接收 every row would be accepted"
    elif not checked.refusals:
        yield (
            f"  ✗ {checked.rows_to_mend_count:,} 行不予接收，其余接收 "
            f"the others would be accepted, rows not accepted: {checked.rows_to_mend_count:,}"
        )
    not_held = account.accounted.get(NOT_HELD, 0)
    yield (
        f"    行数 rows: 读取 read {account.rows_read_count:,} = 接收 accepted {account.rows_accepted_count:,}"
        f" + 留存 set aside {account.rows_quarantined_count:,}"
        + (f" + 不予保存 not held {not_held:,}" if not_held else "")
        + f" + 非数据 not data {account.rows_accounted_count - not_held:,}"
    )
    if not_held and checked.contract:
        words = not_held_reason(checked.contract)
        yield f"  ! 不予保存 not held: {not_held:,} 行 rows"
        yield f"    {words.zh}"
        yield f"    {words.en}"


def _header(header: SentHeader) -> Iterator[str]:
    """What is to be mended in the header, in the file's order, and what was recognised in one line."""
    yield f"  表头在第 {header.row_number} 行 the header is row {header.row_number}:"
    for one in header.fates:
        if one.fate != "recognised":
            place = f"第 {one.place} 列 column {one.place} “{one.sent}”" if one.place else f"“{one.agreed}”"
            words = fate_words(one)
            yield f"    ✗ {place}: {words.zh}"
            yield f"      {words.en}"
    recognised = [one.sent for one in header.fates if one.fate == "recognised"]
    if recognised:
        yield f"    ✓ 已识别 recognised: {'、'.join(recognised)}"


def _places(checked: CheckedFile, contract: Contract, period: str) -> Iterator[str]:
    for place, found in checked.findings.by_place(_NAMED_ROWS).items():
        reason = ROW_REASONS[place.reason_code]
        form = expected(registry(), contract, place.column, place.reason_code, period)
        yield f"  ✗ {column_words(contract, place)} · {place.reason_code}: {_row_words(found)}"
        yield f"    {reason.zh} {reason.en}"
        yield f"    应为 expected: {form.zh} / {form.en}"


def _rows(checked: CheckedFile, contract: Contract, count: int) -> Iterator[str]:
    refused = checked.findings.refused_rows(count)
    if refused:
        yield "  逐行 row by row:"
    for number, places in refused:
        wrong = "；".join(f"{column_words(contract, place)} {place.reason_code}" for place in places)
        yield f"    第 {number} 行 row {number}: {wrong}"
    if others := checked.rows_to_mend_count - len(refused):
        yield f"    其余 {others:,} 行未列出 {others:,} more rows are not listed; --rows {len(refused) + others}"


def _notes(checked: CheckedFile) -> Iterator[str]:
    for quality, found in checked.findings.unusable_numbers(_NAMED_ROWS).items():
        reason = NUMBER_QUALITIES[quality]
        yield f"  ! 证件号码 document number · {quality}: {_row_words(found)}"
        yield f"    {reason.zh}该行照常接收，但不与个人关联。"
        yield f"    {reason.en} The row is accepted, but linked to no person."
    if not checked.account:
        return
    for notice in checked.account.notices:
        yield f"  ! {notice}: {FILE_NOTICES[notice].zh}"
        yield f"    {FILE_NOTICES[notice].en}"
    if checked.account.refused_headers:
        dropped = "、".join(checked.account.refused_headers)
        yield f"  ! 不应报送的列，内容不读取 columns not wanted, their content is not read: {dropped}"


def column_words(contract: Contract, place: Place) -> str:
    """The column as the contract's usual header, or the whole row."""
    return contract.columns[place.column].headers[0] if place.column else f"{WHOLE_ROW.zh} {WHOLE_ROW.en}"


def _row_words(found: Found) -> str:
    more = " …" if found.row_count > len(found.first_rows) else ""
    return f"{found.row_count:,} 行 rows: {', '.join(map(str, found.first_rows))}{more}"


def printable(text: str) -> str:
    """``text`` without characters that steer a terminal: a header is what the sender made it."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
