"""Whoever fills in a template sends a file that is accepted whole."""

import csv
import datetime as dt
import re
import zipfile
from pathlib import Path

import pytest
import python_calamine as calamine
from click.testing import CliRunner

from ingestion.answers.templates import CODES_SHEET, data_sheet, template_name, write_template
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.workbooks.cells import cell_text
from orchestration import exits
from orchestration.cli import pingan
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CONTRACTS = registry().contracts
ROUND = Quarter(2017, 1)
DATA = "xl/worksheets/sheet1.xml"
#: How a spreadsheet counts days.
EPOCH = dt.datetime(1899, 12, 30)
each_extract = pytest.mark.parametrize("extract", CONTRACTS)


def template(folder: Path, extract: str) -> Path:
    path = folder / template_name(CONTRACTS[extract])
    write_template(registry(), CONTRACTS[extract], path)
    return path


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def column_styles(path: Path) -> dict[int, str]:
    """The format of each column's cells, by the column's place from 1."""
    styles = {}
    for low, high, style in re.findall(r'<col min="(\d+)" max="(\d+)"[^>]*style="(\d+)"', part(path, DATA)):
        styles |= dict.fromkeys(range(int(low), int(high) + 1), style)
    return styles


def cell(meaning_type: str, text: str, style: str) -> str:
    """A cell as a spreadsheet stores what is typed into it: numbers and days as numbers, the rest as text."""
    if meaning_type in ("date", "timestamp"):
        since = dt.datetime.fromisoformat(text) - EPOCH
        return f'<c s="{style}"><v>{since / dt.timedelta(days=1)!r}</v></c>'
    if meaning_type in ("integer", "decimal"):
        return f'<c s="{style}"><v>{text}</v></c>'
    return f'<c s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'


def filled_in(path: Path, extract: str, rows: list[dict[str, str]], target: Path) -> Path:
    """The template with rows typed into it; everything else as it is."""
    styles, fields = column_styles(path), registry().fields
    body = "".join(
        "<row>" + "".join(cell(fields[name].type, row[name], styles[at]) for at, name in enumerate(row, 1)) + "</row>"
        for row in rows
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as written:
        for name in source.namelist():
            content = source.read(name).decode()
            if name == DATA:
                assert content.count("</sheetData>") == 1
                content = content.replace("</sheetData>", f"{body}</sheetData>")
            written.writestr(name, content)
    return target


def saved_as_csv(workbook: Path, extract: str, target: Path) -> Path:
    """The sheet in front, as a spreadsheet writes it to a CSV file of the agreed encoding."""
    file = CONTRACTS[extract].file
    with (
        calamine.CalamineWorkbook.from_path(workbook) as book,
        open(target, "w", encoding=file.encoding, newline="") as handle,
    ):
        rows = book.get_sheet_by_index(0).to_python()
        csv.writer(handle, delimiter=file.delimiter).writerows([cell_text(value) for value in row] for row in rows)
    return target


@each_extract
def test_a_filled_in_template_is_accepted_whole(tmp_path, extract, bench):
    contract, layout = CONTRACTS[extract], Layout(tmp_path / "home")
    rows = valid_rows(contract, 12)
    # What the drop-downs offer: names of codes, not codes.
    for row in rows:
        for name in row:
            if codes := registry().fields[name].codes:
                row[name] = registry().code_lists[codes][row[name]].zh
    landed = layout.landing_folder(str(ROUND), contract.department) / file_name(contract)
    workbook = tmp_path / "filled.xlsx" if contract.file.format == "csv" else landed
    filled_in(template(tmp_path, extract), extract, rows, workbook)
    if contract.file.format == "csv":
        landed.parent.mkdir(parents=True)
        saved_as_csv(workbook, extract, landed)
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_en, delivery.rows_accepted_count) == ("accepted", None, 12)
    assert set(delivery.identity_quality) <= {"valid"}
    assert delivery.notices == []


@each_extract
def test_a_template_has_the_agreed_headers_formats_and_drop_downs(tmp_path, extract):
    contract, path = CONTRACTS[extract], template(tmp_path, extract)
    fields = registry().fields
    with calamine.CalamineWorkbook.from_path(path) as book:
        assert book.sheet_names[0] == data_sheet(contract)
        assert [sheet.visible for sheet in book.sheets_metadata] == [calamine.SheetVisibleEnum.Visible] * len(
            book.sheet_names
        )
        data = book.get_sheet_by_index(0).to_python()
        codes = book.get_sheet_by_name(CODES_SHEET).to_python() if CODES_SHEET in book.sheet_names else []
    assert data == [[column.headers[0] for column in contract.columns.values()]]
    formats = re.search(r"<cellXfs[^>]*>(.*?)</cellXfs>", part(path, "xl/styles.xml"))[1]
    number_formats = re.findall(r'<xf numFmtId="(\d+)"', formats)
    styles = column_styles(path)
    rules = {int(at): rule for rule, at in validations(path)}
    for at, name in enumerate(contract.columns, start=1):
        if fields[name].type in ("document_number", "phone", "text", "code"):
            assert number_formats[int(styles[at])] == "49", name
        elif fields[name].type in ("date", "timestamp"):
            assert int(number_formats[int(styles[at])]) >= 164, name
        if fields[name].codes:
            letters, last = re.search(r"\$([A-Z]+)\$2:\$[A-Z]+\$(\d+)</formula1>", rules[at]).groups()
            place = number_of(letters) - 1
            offered = [row[place] for row in codes[1 : int(last)]]
            assert offered == [names.zh for names in registry().code_lists[fields[name].codes].values()], name
        elif fields[name].type == "boolean":
            assert "是,否" in rules[at]


def number_of(letters: str) -> int:
    total = 0
    for letter in letters:
        total = total * 26 + ord(letter) - ord("A") + 1
    return total


def validations(path: Path) -> list[tuple[str, str]]:
    """Every rule of the data sheet with the place of its column."""
    found = re.findall(r'(<dataValidation [^>]*sqref="([A-Z]+)2:\2\d+".*?)(?=<dataValidation |</dataValidations>)',
                       part(path, DATA), re.DOTALL)  # fmt: skip
    return [(rule, str(number_of(letters))) for rule, letters in found]


def test_every_column_has_a_message_beside_its_cells(tmp_path):
    for extract, contract in CONTRACTS.items():
        rules = validations(template(tmp_path, extract))
        assert len(rules) == len(contract.columns), extract
        assert all('prompt="' in rule for rule, _ in rules), extract


def test_equal_contracts_give_equal_bytes(tmp_path):
    first, second = (template(tmp_path / name, "population.registered_residents") for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def asked(*arguments):
    return CliRunner().invoke(pingan, ["template", *map(str, arguments)], catch_exceptions=False)


def test_templates_are_written_for_all_extracts_or_for_those_named(tmp_path):
    assert asked("--out", tmp_path / "all").exit_code == exits.DONE
    assert len(list((tmp_path / "all").iterdir())) == len(CONTRACTS)
    assert asked("police.cases", "--out", tmp_path / "one").exit_code == exits.DONE
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["报送模板_案件.xlsx"]
    assert asked("police.nothing", "--out", tmp_path / "none").exit_code == exits.USAGE


def test_a_template_that_somebody_filled_in_is_not_overwritten(tmp_path):
    asked("police.cases", "--out", tmp_path)
    path = tmp_path / "报送模板_案件.xlsx"
    assert asked("police.cases", "--out", tmp_path).exit_code == exits.DONE
    path.write_bytes(path.read_bytes() + b"filled in")
    kept = path.read_bytes()
    answer = asked("police.cases", "--out", tmp_path)
    assert (answer.exit_code, path.read_bytes()) == (exits.USAGE, kept)
