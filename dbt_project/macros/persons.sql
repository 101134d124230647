{# Words about persons that several models share. #}

{# Whether the document number says who it is; other rows stand for themselves alone. #}
{% macro is_identified() -%}
    identity_quality_code in ('valid', 'upgraded_15')
{%- endmacro %}

{# The signs of residence, as in the seed residence_evidence: those of the registers and those of the services. #}
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

{# The place of a source among those that may say where someone lives; a lower one is believed first. #}
{% macro residence_source_number(column) -%}
    case {{ column }}
        when 'population.registered_residents' then 0
        when 'population.migrant_residents' then 1
        when 'population.overseas_residents' then 2
        when 'civil_affairs.assistance' then 3
        when 'family_planning.services' then 4
        when 'medical_insurance.enrolments' then 5
        when 'social_security.contributions' then 6
        when 'labour.employment' then 7
    end
{%- endmacro %}
