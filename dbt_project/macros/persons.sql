{# Words about persons that several models share. #}

{# Whether the document number says who it is; other rows stand for themselves alone. #}
{% macro is_identified() -%}
    identity_quality_code in ('valid', 'upgraded_15')
{%- endmacro %}

{# Rows, current ones unless told, with the person each counts for: the owner of its valid number, unless it was found to
   be somebody's. #}
{% macro resolved_rows(model, rows=none) -%}
    select
        sent.* exclude (identity_quality_code),
        coalesce(links.person_id, sent.person_pseudonym) as person_id,
        coalesce(links.is_linked, {{ is_identified() }}) as is_identified
    from ({{ rows or current_rows(model) }}) as sent
    {{ with_links('sent') }}
{%- endmacro %}

{# Joins what is known of whose each row is. A delivery is of one quarter; to join by it, too, leaves the links of all
   others unread. #}
{% macro with_links(rows) -%}
    left join {{ ref('int_records__linked') }} as links
        on {{ rows }}.quarter = links.quarter
        and {{ rows }}.delivery_id = links.delivery_id
        and {{ rows }}.row_number = links.row_number
{%- endmacro %}

{# The same of rows from every delivery that was ever in force. #}
{% macro resolved_known_rows(model) -%}
    {{ resolved_rows(model, known_rows(model)) }}
{%- endmacro %}

{# The signs of residence, as in the seed residence_rules: those of the registers and those of the services. #}
{% macro residence_register_signs() -%}
    {{ return(['registered_and_present', 'registered_but_absent', 'stay_in_force', 'accommodation_in_force']) }}
{%- endmacro %}

{% macro residence_service_signs() -%}
    {{ return(['work', 'medical_insurance', 'public_service']) }}
{%- endmacro %}

{# What signs leave open, as a share: the product of one minus the strongest of each sign (noisy-or). #}
{% macro left_open(signs) -%}
    {%- for sign in signs -%}
    (1 - coalesce(max(case when sign_code = '{{ sign }}' then strength_share end), 0)){{ ' * ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Puts claims of one kind in one order, as a number: the newest first, then the source as the seed ranks it, then the
   row. One number, since sorting by several columns costs more than all the rest. #}
{% macro claim_order(day, source_place, row) -%}
    (
        ({{ days_between('coalesce(' ~ day ~ ', date \'1900-01-01\')', far_future()) }}) * cast(1000000000 as bigint)
        + {{ source_place }} * cast(100000000 as bigint)
        + {{ row }} % 100000000
    )
{%- endmacro %}

{# More than any such number: what is added to one sorts behind all others. #}
{% macro claim_order_end() -%}
    cast(10000000000000000 as bigint)
{%- endmacro %}

{# The source's place in such a number. #}
{% macro claim_source(number) -%}
    cast({{ number }} // 100000000 % 10 as integer)
{%- endmacro %}

{# The category of the people whom a register holds; none for other sources. #}
{% macro register_category(source_code) -%}
    case {{ source_code }}
        when 'population.registered_residents' then 'registered'
        when 'population.migrant_residents' then 'migrant'
        when 'population.overseas_residents' then 'overseas'
    end
{%- endmacro %}

{# The places of the sources for each attribute, from the seed, one row a source. #}
{% macro source_places() -%}
    select
        source_code
        {%- for attribute in ['sex', 'birth_year', 'category', 'place'] %},
        max(case when attribute_code = '{{ attribute }}' then place end) as {{ attribute }}_place
        {%- endfor %}
    from {{ ref('attribute_survivorship') }}
    group by source_code
{%- endmacro %}

{# A number of the residence rule. #}
{% macro residence_rule(rule, sign, column='value') -%}
    (select max({{ column }}) from {{ ref('residence_rules') }} where rule_code = '{{ rule }}' and sign_code = '{{ sign }}')
{%- endmacro %}

{# Says of those who were not there in the quarter before when they were first seen, who may have been there long ago. All
   others have it from the quarter before, so that only for these few all quarters are searched. #}
{% macro first_seen_of_newcomers() -%}
    update {{ this }} as newcomers
    set first_seen_quarter = seen.first_seen_quarter
    from (
        select person_id, min(quarter) as first_seen_quarter
        from {{ this }}
        where person_id in (select person_id from {{ this }} where first_seen_quarter is null)
        group by person_id
    ) as seen
    where newcomers.first_seen_quarter is null and newcomers.person_id = seen.person_id
{%- endmacro %}

{# By delivery, of those of a relation if it is named: a digest of whose its rows are, where their number alone does not
   say it, and the newest round in which that was decided. #}
{% macro links_of_deliveries(deliveries=none) -%}
    select
        delivery_id,
        {{ digest_of_rows(['row_number', 'person_id']) }} as links,
        max(known_round) as known_round
    from {{ ref('int_records__linked') }}
    {%- if deliveries %}
    where delivery_id in (select delivery_id from {{ deliveries }})
    {%- endif %}
    group by delivery_id
{%- endmacro %}
