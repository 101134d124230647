{#
  A table is replaced within one transaction, so that a failure leaves the old one standing. dbt-duckdb's own way
  builds it beside, renames twice, and looks for indexes and foreign keys, of which there are none here: for most of
  these models that takes longer than the model itself.
#}
{% materialization table, adapter="duckdb" %}
  {%- set target = this.incorporate(type="table") -%}
  {%- set existing = load_cached_relation(this) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement("main") -%}
    {% if existing is not none %}drop {{ existing.type }} {{ existing }};{% endif %}
    {{ create_table_as(False, target, compiled_code) }}
  {%- endcall %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do persist_docs(target, model) %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({"relations": [target]}) }}
{% endmaterialization %}
