"""All contracts, fields, code lists and departments, loaded once and checked against one another.

Belongs here: loading and cross-checking. Does not belong here: what the words mean (``models``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingestion.contracts.models import Bilingual, Contract, Department, FieldMeaning
from warehouse.files import read_yaml

CONTRACTS_FOLDER = Path(__file__).parent


class ContractErrors(ExceptionGroup):
    """Everything that is wrong with the contracts, at once."""


@dataclass(frozen=True)
class Registry:
    """Every declaration, by name. ``contracts`` is keyed ``<department>.<extract>`` in a stable order."""

    contracts: dict[str, Contract]
    fields: dict[str, FieldMeaning]
    code_lists: dict[str, dict[str, Bilingual]]
    departments: dict[str, Department]

    def contract(self, extract: str) -> Contract:
        """Raises KeyError, naming the extracts there are, for an unknown one."""
        if extract not in self.contracts:
            raise KeyError(f"no contract for {extract!r}; there are: {', '.join(self.contracts)}")
        return self.contracts[extract]

    @property
    def area_lists(self) -> list[Contract]:
        """The extracts that say which areas there are: an area's code is in their key."""
        return [contract for contract in self.contracts.values() if "area_code" in contract.key]

    def released_columns(self, contract: Contract) -> list[str]:
        """The columns that may leave the vault: all but the direct identifiers, in the contract's order."""
        return [name for name in contract.columns if self.fields[name].sensitivity != "direct"]


@cache
def registry(folder: Path = CONTRACTS_FOLDER) -> Registry:
    """Load and check everything under ``folder``. Raises ContractErrors with every fault found."""
    faults: list[Exception] = []

    def build(model: type, content: dict, where: str):
        try:
            return model(**content)
        except ValueError as error:
            faults.append(ValueError(f"{where}: {error}"))

    departments = {
        name: build(Department, content, f"departments.yml {name}")
        for name, content in read_yaml(folder / "departments.yml").items()
    }
    code_lists = {
        name: {code: build(Bilingual, names, f"codes.yml {name} {code}") for code, names in codes.items()}
        for name, codes in read_yaml(folder / "codes.yml").items()
    }
    fields: dict[str, FieldMeaning] = {}
    for path in sorted((folder / "fields").glob("*.yml")):
        for name, content in read_yaml(path).items():
            if name in fields:
                faults.append(ValueError(f"{path.name}: {name} is declared twice"))
            meaning = build(FieldMeaning, content, f"{path.name} {name}")
            if meaning and meaning.codes and meaning.codes not in code_lists:
                faults.append(ValueError(f"{path.name} {name}: no code list {meaning.codes}"))
            fields[name] = meaning
    contracts: dict[str, Contract] = {}
    for path in sorted(folder.glob("*/*.yml")):
        if path.parent.name == "fields":
            continue
        where = f"{path.parent.name}/{path.name}"
        contract = build(Contract, read_yaml(path), where)
        if not contract:
            continue
        if contract.extract != f"{path.parent.name}.{path.stem}":
            faults.append(ValueError(f"{where}: extract is {contract.extract}, not the file's name"))
        if contract.department not in departments:
            faults.append(ValueError(f"{where}: no department {contract.department}"))
        faults += [ValueError(f"{where}: no field {name}") for name in contract.columns if name not in fields]
        contracts[contract.extract] = contract
    if faults:
        raise ContractErrors("the contracts disagree with themselves", faults)
    return Registry(contracts, fields, code_lists, departments)
