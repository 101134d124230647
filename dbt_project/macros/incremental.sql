{#
  Person-level models keep what they decided for a quarter until one of its inputs changes. Quarters that are decided
  anew take the place of the old ones within one transaction; nothing is written aside first, as dbt-duckdb's own way
  does, since the rows are those of a whole population.
#}
{% materialization incremental, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set is_kept = is_incremental() -%}
  {%- set quarters = stale_quarters(config.get("meta").subject) if is_kept else [] -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement("main") -%}
    {% if is_kept -%}
    delete from {{ target }} where {{ in_quarters("quarter", quarters) }};
    insert into {{ target }} by name ({{ compiled_code }});
    {%- else -%}
    {{ replaced_table(target, load_cached_relation(this), compiled_code) }}
    {%- endif %}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# The checksums of a model and of all models and seeds it is made from: other rules, other figures. #}
{% macro rules_checksum() -%}
    {%- set open = [model.unique_id] -%}
    {%- set seen = {} -%}
    {%- for step in range(500) if open -%}
        {%- set id = open.pop() -%}
        {%- if id not in seen and id in graph.nodes -%}
            {%- do seen.update({id: graph.nodes[id].checksum.checksum}) -%}
            {%- do open.extend(graph.nodes[id].depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(seen | dictsort | string)) }}
{%- endmacro %}

{# The fingerprint to store with a quarter: its inputs and the rules. #}
{% macro stored_fingerprint(column) -%}
    md5({{ column }} || '{{ rules_checksum() if execute else '' }}')
{%- endmacro %}

{# The quarters of a subject that are new, whose current deliveries or geography changed, or whose rules changed. #}
{% macro stale_quarters(subject) -%}
    {%- set inputs = ref('int_quarters__fingerprinted') -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set query -%}
        select quarter
        from {{ inputs }}
        where subject_code = '{{ subject }}'
        {%- if is_incremental() %}
            and {{ stored_fingerprint('input_fingerprint') }} not in (select distinct input_fingerprint from {{ this }})
        {%- endif %}
        order by quarter
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}

{# The quarter before those that a model decides anew, of which it keeps what it decided; none where there is none. #}
{% macro kept_quarter_before(quarters) -%}
    {%- if not (execute and quarters and is_incremental()) -%}{{ return(none) }}{%- endif -%}
    {%- set query -%}
        select max(quarter) from {{ this }} where quarter < '{{ quarters[0] }}'
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()[0]) }}
{%- endmacro %}

{# The run's quarter as the models know it, spelt out: models that ask here need not be parsed anew for every quarter. #}
{% macro known_run_quarter() -%}
    {%- set known = ref('int_quarters__known') -%}
    {%- if execute -%}
        '{{ run_query('select quarter from ' ~ known ~ ' where is_run_quarter').columns[0].values()[0] }}'
    {%- else -%}
        ''
    {%- endif -%}
{%- endmacro %}

{# A condition with the quarters spelt out, so that only their files are opened. #}
{% macro in_quarters(column, quarters) -%}
    {%- if quarters -%}
        {{ column }} in ('{{ quarters | join("', '") }}')
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
