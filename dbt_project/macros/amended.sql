{#
  A mart of all quarters, of which hardly any row becomes another one from run to run. To write such a table anew, with
  the index of its key, costs more than to find out which rows differ, and the more quarters there are, the more. The
  model's query is still asked for every quarter: nothing rests on knowing what it reads.
#}
{% materialization amended, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set stands = existing is not none and existing.is_table and not should_full_refresh() -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if stands -%}
    {%- do run_query("create or replace temp table fresh as (" ~ compiled_code ~ ")") -%}
    {%- do run_query("create or replace temp table gone as (" ~ rows_that_go(target) ~ ")") -%}
  {%- endif -%}
  {%- set is_amended = stands and are_few_rows(target, "gone") %}
  {% call statement("main") -%}
    {{ amended_rows(target) if is_amended else replaced_table(
        target, existing, "select * from fresh" if stands else compiled_code
    ) }}
  {%- endcall %}
  {%- if stands -%}{%- do run_query("drop table gone; drop table fresh") -%}{%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- if not is_amended -%}{%- do persist_docs(target, model) -%}{%- endif -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# The rows of a mart that are not in `fresh`, or stand there otherwise. #}
{% macro rows_that_go(target) -%}
    {%- set rest = model.columns.keys() | reject("in", key_columns()) | list -%}
    select kept.rowid as row_id
    from {{ target }} as kept
    left join fresh on {{ equal_keys() }}
    where fresh.{{ key_columns()[0] }} is null
        or (kept.{{ rest | join(", kept.") }}) is distinct from (fresh.{{ rest | join(", fresh.") }})
{%- endmacro %}

{# Whether it pays to take out these rows alone: to take one out of a key's index costs thirty times what it costs to put
   one in. #}
{% macro are_few_rows(target, rows) -%}
    {%- set counts = run_query("select (select count(*) from " ~ rows ~ "), (select count(*) from " ~ target ~ ")").rows[0] -%}
    {{ return(counts[0] <= var("rows_always_amended") or counts[0] * 30 <= counts[1]) }}
{%- endmacro %}

{% macro amended_rows(target) -%}
    delete from {{ target }} where rowid in (select row_id from gone);
    insert into {{ target }} by name
    select fresh.*
    from fresh
    left join {{ target }} as kept on {{ equal_keys() }}
    where kept.{{ key_columns()[0] }} is null;
    {#- Of two equal rows with one key, where one stands already, none is put in, and the key is not asked. #}
    select error('Constraint Error: Duplicate key in {{ target.schema }}.{{ target.identifier }}, whose rows agree')
    where (select count(*) from {{ target }}) <> (select count(*) from fresh)
{%- endmacro %}

{% macro key_columns() -%}
    {{ return((model.constraints | selectattr("type", "equalto", "primary_key") | first).columns) }}
{%- endmacro %}

{% macro equal_keys() -%}
    {%- for column in key_columns() -%}
    kept.{{ column }} = fresh.{{ column }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
