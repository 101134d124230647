"""The arrows between the folders point one way; a new one fails here until docs/architecture.md is changed too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: What each folder may import of ours. `ingestion.contracts` stands for that part alone.
ALLOWED = {
    "warehouse": set(),
    "safety_index": set(),
    "ingestion": {"warehouse"},
    "simulation": {"warehouse", "ingestion.contracts"},
    "expectations": {"warehouse", "ingestion"},
    "publication": {"warehouse", "ingestion.contracts", "expectations", "safety_index"},
    "orchestration": {"warehouse", "ingestion", "simulation", "expectations", "publication", "safety_index"},
}
#: Libraries that only one folder may import.
ONLY_IN = {"dagster": "orchestration", "dagster_dbt": "orchestration", "dbt": "orchestration"}
OURS = tuple(ALLOWED)


def modules_of(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Every module that the file names in an import, wherever in the file it stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def violations(folder: str, path: Path, imported: set[str]) -> list[str]:
    wrong = []
    for name in sorted(imported):
        package = name.split(".")[0]
        if package in OURS and package != folder:
            allowed = any(name == prefix or name.startswith(prefix + ".") for prefix in ALLOWED[folder])
            # `from ingestion import contracts` names the package first; only the full name decides.
            if not allowed and not any(prefix.startswith(name + ".") for prefix in ALLOWED[folder]):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
        if package in ONLY_IN and ONLY_IN[package] != folder:
            wrong.append(f"{path.relative_to(ROOT)} imports {name}, which belongs to {ONLY_IN[package]}/")
        if package == "great_expectations" and folder != "expectations":
            wrong.append(f"{path.relative_to(ROOT)} imports {name}, which belongs to expectations/")
    return wrong


@pytest.mark.parametrize("folder", OURS)
def test_a_folder_imports_only_what_the_picture_of_the_house_allows(folder):
    wrong = [line for path in modules_of(folder) for line in violations(folder, path, imports_of(path))]
    assert not wrong, "\n".join(wrong)


def test_a_forbidden_arrow_is_seen():
    path = ROOT / "safety_index" / "example.py"
    assert violations("safety_index", path, {"warehouse.files"})
    assert violations("simulation", path, {"ingestion.parsing"})
    assert violations("ingestion", path, {"dagster"})
    assert not violations("simulation", path, {"ingestion.contracts.registry"})


@pytest.mark.parametrize("folder", OURS)
def test_every_module_says_what_belongs_in_it(folder):
    silent = [
        str(path.relative_to(ROOT)) for path in modules_of(folder) if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent, f"no module docstring: {silent}"


def test_great_expectations_is_imported_lazily():
    eager = []
    for path in modules_of("expectations"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom) and "great_expectations" in ast.unparse(node):
                eager.append(path.name)
    assert not eager
