{#
  A table is replaced within one transaction, so that a failure leaves the old one standing. dbt-duckdb's own way
  builds it beside, renames twice, and looks for indexes and foreign keys, of which there are none here: for most of
  these models that takes longer than the model itself.
#}
{% materialization table, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement("main") -%}
    {{ replaced_table(target, load_cached_relation(this), compiled_code) }}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do persist_docs(target, model) %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}

{% macro replaced_table(target, existing, sql) -%}
    {% if existing is not none %}drop {{ existing.type }} {{ existing }};{% endif %}
    {{ contracted_table(target, sql) if config.get('contract').enforced else create_table_as(False, target, sql) }}
{%- endmacro %}

{# A table with the constraints of its contract. The keys come behind the rows: made from all of them at once, a key's
   index costs a third of one that is kept row by row. #}
{% macro contracted_table(target, sql) -%}
    {%- set keys, others = [], [] -%}
    {%- for constraint in model.constraints -%}
        {%- do (keys if constraint.type == 'primary_key' else others).append(constraint) -%}
    {%- endfor -%}
    {{ asserted_types(target, sql) }}
    create table {{ target }} (
        {{ (
            adapter.render_raw_columns_constraints(raw_columns=model.columns)
            + adapter.render_raw_model_constraints(raw_constraints=others)
        ) | join(', ') }}
    );
    insert into {{ target }} {{ get_column_names() }} ({{ get_select_subquery(sql) }});
    {% for key in keys -%}
    alter table {{ target }} add primary key ({{ key.columns | join(', ') }});
    {% endfor %}
{%- endmacro %}

{# A statement that fails unless the query has the columns and types of the contract, as dbt's own assertion does, which
   asks in three statements and takes longer over each than the database. #}
{% macro asserted_types(target, sql) -%}
    with declared as (
        {% for column in model.columns.values() -%}
        select '{{ column.name }}' as column_name, typeof(cast(null as {{ column.data_type }})) as column_type
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ),
    made as (
        select column_name, column_type from (describe {{ sql }})
    )
    select error(
        'Contract of {{ target.schema }}.{{ target.identifier }}: ' || string_agg(
            coalesce(declared.column_name, made.column_name) || ' is ' || coalesce(made.column_type, 'missing')
            || ', declared ' || coalesce(declared.column_type, 'nowhere'), '; '
        )
    )
    from declared
    full join made on declared.column_name = made.column_name
    where declared.column_type is distinct from made.column_type
    having count(*) > 0;
{%- endmacro %}

{# Says what a table and its columns mean, in one call of the database. dbt asks twice which columns a table has, and makes
   a table of each answer; one with a contract has those of the contract. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if not config.get('contract').enforced -%}
        {{ return(default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
    {%- set comments -%}
        {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {{ alter_relation_comment(relation, model.description) }}
        {%- endif -%}
        {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() %}
        comment on column {{ relation }}.{{ column.name }} is {{ duckdb_escape_comment(column.description) }};
        {%- endfor -%}
        {%- endif -%}
    {%- endset -%}
    {%- if comments | trim -%}{%- do run_query(comments) -%}{%- endif -%}
{%- endmacro %}
