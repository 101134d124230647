{# What a model may read: raw rows of the current version of each delivery, up to the run's quarter. #}

{# The rows of a source, or none of them, in the declared types, while no delivery of it has ever been accepted. #}
{% macro raw_rows(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if execute and not has_files(relation) -%}
        {%- set key = 'source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name -%}
        select
            {%- for column in graph.sources[key].columns.values() %}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        where false
    {%- else -%}
        select * from {{ relation }}
    {%- endif -%}
{%- endmacro %}

{% macro has_files(relation) -%}
    {%- set patterns = modules.re.findall("'([^']*[*][^']*)'", relation | string) -%}
    {%- if patterns | length == 0 -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query("select 1 from glob('" ~ patterns[0] ~ "') limit 1").rows | length > 0) }}
{%- endmacro %}

{# Rows of a staging model that come from current deliveries of quarters up to the run's. #}
{% macro current_rows(model) -%}
    select * from {{ ref(model) }}
    where delivery_id in (select delivery_id from {{ ref('int_deliveries__current') }})
{%- endmacro %}

{# Rows of a staging model from every delivery that was ever in force, and between which rounds it was. #}
{% macro known_rows(model) -%}
    select sent.*, deliveries.known_round, deliveries.superseded_round
    from {{ ref(model) }} as sent
    inner join {{ ref('int_deliveries__known') }} as deliveries on sent.delivery_id = deliveries.delivery_id
{%- endmacro %}
