{# Words about persons that several models share. #}

{# Whether the document number says who it is; other rows stand for themselves alone. #}
{% macro is_identified() -%}
    identity_quality_code in ('valid', 'upgraded_15')
{%- endmacro %}

{# The signs of residence, as in the seed residence_evidence. #}
{% macro residence_signs() -%}
    {{ return([
        'registered_and_present', 'registered_but_absent', 'stay_in_force', 'accommodation_in_force',
        'work', 'medical_insurance', 'public_service',
    ]) }}
{%- endmacro %}
