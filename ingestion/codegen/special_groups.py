"""What makes a special group of a contract: its staging model, and the macro through which the groups' models read it.

A contract that says which of its columns are a spell's needs a row in the seed ``special_groups`` and nothing else.

Belongs here: dbt files for such contracts. Does not belong here: groups with rules of their own (a relapse, a minor's
record), whose models are written by hand.
"""

from __future__ import annotations

import json

from ingestion.contracts.models import Contract, SpecialGroup
from ingestion.contracts.registry import Registry
from ingestion.schema import QUARTER, raw_columns

_SQL_HEADER = "{# generated from the contracts by python -m ingestion.codegen — edit the contract #}\n"
_YAML_HEADER = "# generated from the contracts by python -m ingestion.codegen — edit the contract\n"


def contracted(registry: Registry) -> list[Contract]:
    return [contract for contract in registry.contracts.values() if contract.special_group]


def staging_name(contract: Contract) -> str:
    return f"stg_{contract.department}__{contract.name}"


def staging_sql(registry: Registry, contract: Contract) -> str:
    """A view that renames nothing: the columns have the dictionary's names already."""
    columns = ",\n        ".join(column.name for column in [*raw_columns(registry, contract), QUARTER])
    return f"""{_SQL_HEADER}with

source as (

    {{{{ raw_rows('{contract.department}', '{contract.name}') }}}}

),

renamed as (

    select
        {columns}

    from source

)

select * from renamed
"""


def staging_yaml(registry: Registry, contract: Contract) -> str:
    lines = [
        f"{_YAML_HEADER}models:",
        f"  - name: {staging_name(contract)}",
        f'    description: "{contract.grain.zh}。 / {contract.grain.en[0].upper()}{contract.grain.en[1:]}."',
        "    columns:",
        *(
            f"      - {{name: {column.name}, description: \"{{{{ doc('field_{column.name}') }}}}\"}}"
            for column in [*raw_columns(registry, contract), QUARTER]
        ),
    ]
    return "\n".join(lines) + "\n"


def groups_macro(registry: Registry) -> str:
    """Macros: rows of all contracted groups as a continued union, their staging models, and their extracts."""
    contracts = contracted(registry)
    rows = "\n".join(_rows(contract, contract.special_group) for contract in contracts if contract.special_group)
    names = json.dumps([staging_name(contract) for contract in contracts])
    extracts = json.dumps([contract.extract for contract in contracts])
    return (
        f"{_SQL_HEADER}\n{{% macro contracted_group_rows() -%}}\n{rows}\n{{%- endmacro %}}\n\n"
        f"{{% macro contracted_group_models() -%}}{{{{ return({names}) }}}}{{%- endmacro %}}\n\n"
        f"{{% macro contracted_group_extracts() -%}}{{{{ return({extracts}) }}}}{{%- endmacro %}}\n"
    )


def _rows(contract: Contract, group: SpecialGroup) -> str:
    number = group.number or f"cast(person_id as varchar) || '|' || cast({group.first_day} as varchar)"
    return f"""    union all

    select
        '{group.group}' as group_code,
        {number} as spell_number,
        quarter,
        known_round,
        superseded_round,
        person_id,
        is_identified,
        {group.first_day} as start_date,
        {group.last_day or "cast(null as date)"} as reported_end_date,
        cast(null as date) as relapse_date,
        {group.has_plan or "cast(null as boolean)"} as has_plan,
        {group.contacts_due} as contacts_due_count,
        {group.contacts_held} as contacts_held_count,
        committee_code
    from ({{{{ resolved_known_rows('{staging_name(contract)}') }}}})
"""
