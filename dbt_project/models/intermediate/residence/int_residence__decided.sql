{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='quarter',
    on_schema_change='fail',
) }}
{%- set quarters = stale_quarters('residence') %}

with

-- What each source says of a person, from the strongest to the weakest claim to where they live: an explicit
-- registration in force; where a service system met the person; where an absent person is registered; a registration
-- that has ended. Within a class the newest, then the source as listed in its bit, then the row. The order is one number,
-- since sorting two million rows costs more than all the rest.
claims as (

    select
        quarter,
        person_id,
        is_identified,
        sex_code,
        birth_year,
        source_code,
        sign_code,
        strength_share,
        case when is_explicit then 1 when is_in_force then 3 else 4 end as class_number,
        is_in_force,
        is_explicit,
        is_valid_on_last_day,
        has_died,
        has_left,
        committee_code,
        compound_code,
        dwelling_code,
        verified_date,
        updated_date,
        row_number
    from {{ ref('int_residence__candidates') }}
    where {{ in_quarters('quarter', quarters) }}

    union all

    select
        quarter,
        person_id,
        true as is_identified,
        null as sex_code,
        null as birth_year,
        source_code,
        sign_code,
        strength_share,
        2 as class_number,
        false as is_in_force,
        false as is_explicit,
        false as is_valid_on_last_day,
        false as has_died,
        false as has_left,
        committee_code,
        null as compound_code,
        null as dwelling_code,
        null as verified_date,
        activity_date as updated_date,
        row_number
    from {{ ref('int_residence__evidence') }}
    where {{ in_quarters('quarter', quarters) }}

),

numbered as (

    select
        *,
        {{ residence_source_number('source_code') }} as source_number,
        class_number * cast(1000000000000000 as bigint)
        + ({{ days_between('coalesce(updated_date, date \'1900-01-01\')', far_future()) }}) * cast(100000000 as bigint)
        + {{ residence_source_number('source_code') }} * cast(10000000 as bigint)
        + row_number % 10000000 as precedence
    from claims

),

persons as (

    select
        quarter,
        person_id,
        bool_or(is_identified) as is_identified,
        min(sex_code) as sex_code,
        min(birth_year) as birth_year,
        bool_or(is_in_force and source_code = 'population.registered_residents') as is_registered,
        bool_or(is_in_force and source_code = 'population.migrant_residents') as has_stay,
        bool_or(is_in_force and source_code = 'population.overseas_residents') as has_accommodation,
        bool_or(is_in_force and sign_code = 'registered_but_absent') as is_registered_but_absent,
        bool_or(is_explicit) as is_explicit,
        bool_or(is_valid_on_last_day) as is_valid_on_last_day,
        bool_or(has_died) as has_died,
        bool_or(has_left) as has_left,
        max(case when is_in_force and source_code = 'population.registered_residents' then committee_code end)
            as registered_committee_code,
        min_by(coalesce(committee_code, ''), precedence) as committee_code,
        min_by(coalesce(compound_code, ''), precedence) as compound_code,
        min_by(coalesce(dwelling_code, ''), precedence) as dwelling_code,
        min_by(source_code, precedence) as winning_source_code,
        max(case when is_in_force then verified_date end) as verified_date,
        bit_count(bit_or(case when strength_share > 0 then cast(power(2, source_number) as integer) else 0 end))
            as evidence_source_count,
        min_by(case when class_number = 2 then committee_code end, precedence) as service_committee_code,
        {{ left_open(residence_register_signs()) }} as left_open_by_registers,
        {{ left_open(residence_service_signs()) }} as left_open_by_services
    from numbered
    group by quarter, person_id

),

-- An address in a service system that only repeats the registered one does not bring an absent person back.
weighed as (

    select
        *,
        service_committee_code is not null
        and not (
            is_registered_but_absent
            and not is_explicit
            and coalesce(service_committee_code = registered_committee_code, false)
        ) as is_met_by_services
    from persons

),

summed as (

    select
        *,
        round(
            1 - left_open_by_registers * case when is_met_by_services then left_open_by_services else 1 end, 6
        ) as residence_evidence_share
    from weighed

),

decided as (

    select
        *,
        not has_died
        and not (has_left and not is_registered and not has_stay and not has_accommodation)
        and residence_evidence_share >= {{ var('residence_threshold') }} as is_resident
    from summed

)

select
    decided.quarter,
    decided.person_id,
    decided.is_identified,
    decided.sex_code,
    decided.birth_year,
    case
        when decided.is_registered then 'registered'
        when decided.has_stay then 'migrant'
        when decided.has_accommodation then 'overseas'
        else 'other'
    end as category_code,
    decided.registered_committee_code,
    areas.committee_code,
    areas.sub_district_code,
    nullif(decided.compound_code, '') as compound_code,
    nullif(decided.dwelling_code, '') as dwelling_code,
    decided.is_registered,
    decided.is_registered_but_absent,
    decided.is_resident,
    -- Days of grace keep a resident, but only a valid registration or a service system says that the person is here.
    decided.is_resident and (decided.is_valid_on_last_day or decided.is_met_by_services) as is_present,
    decided.residence_evidence_share,
    cast(decided.evidence_source_count as integer) as evidence_source_count,
    decided.verified_date,
    decided.winning_source_code,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from decided
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on decided.quarter = inputs.quarter and inputs.subject_code = 'residence'
left join {{ ref('int_areas__nested') }} as areas
    on decided.quarter = areas.quarter
    and decided.committee_code = areas.committee_code
    and areas.area_level_code = 'committee'
