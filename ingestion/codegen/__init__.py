"""What is derived from the contracts and committed: dbt sources, a seed, special groups, doc blocks, the data
dictionary, the guides for departments.

Belongs here: pure functions from the registry to file contents, one module an artefact. Does not belong here:
expectation suites (``expectations``) or anything that reads data.
"""

from __future__ import annotations

from pathlib import Path

from ingestion.codegen.data_dictionary import data_dictionary
from ingestion.codegen.dbt_sources import audit_sources, department_sources
from ingestion.codegen.doc_blocks import doc_blocks
from ingestion.codegen.extract_seed import extract_seed
from ingestion.codegen.guides import guides
from ingestion.codegen.special_groups import contracted, groups_macro, staging_name, staging_sql, staging_yaml
from ingestion.contracts.registry import Registry

GUIDES = Path("docs/departments")


def artefacts(registry: Registry) -> dict[Path, str]:
    """Every generated file, by its path in the repository, with its content."""
    staging = Path("dbt_project/models/staging")
    files = {
        staging / department / f"_{department}__sources.yml": department_sources(registry, department)
        for department in sorted({contract.department for contract in registry.contracts.values()})
    }
    for contract in contracted(registry):
        model = staging / contract.department / staging_name(contract)
        files[model.with_suffix(".sql")] = staging_sql(registry, contract)
        files[model.with_suffix(".yml")] = staging_yaml(registry, contract)
    files[Path("dbt_project/macros/contracted_groups.sql")] = groups_macro(registry)
    files[staging / "_audit__sources.yml"] = audit_sources()
    files[Path("dbt_project/models/docs/fields.md")] = doc_blocks(registry)
    files[Path("dbt_project/seeds/extracts.csv")] = extract_seed(registry)
    files[Path("docs/data_dictionary.md")] = data_dictionary(registry)
    return files | {GUIDES / name: content for name, content in guides(registry).items()}


def stale(registry: Registry, root: Path) -> list[Path]:
    """Generated files under ``root`` that are missing, differ from the contracts, or are generated no more."""
    expected = artefacts(registry)
    differing = [
        path
        for path, content in expected.items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != content
    ]
    found = [*(root / "dbt_project/models/staging").glob("**/_*__sources.yml"), *(root / GUIDES).glob("*.md")]
    return sorted(differing + [path.relative_to(root) for path in found if path.relative_to(root) not in expected])
