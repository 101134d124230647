{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='quarter',
    on_schema_change='fail',
) }}
{%- set quarters = stale_quarters('residence') -%}
{%- set kept_quarter = kept_quarter_before(quarters) %}

with

source_places as (

    {{ source_places() }}

),

rules as (

    select
        {{ residence_rule('weight', 'memory') }} as memory_weight,
        {{ residence_rule('weight', 'memory', 'half_life_month_count') }} as memory_half_life,
        {{ residence_rule('threshold', 'enter') }} as enter_share,
        {{ residence_rule('threshold', 'stay') }} as stay_share

),

register_claims as (

    select
        candidates.*,
        candidates.is_explicit and candidates.finding_code is null as is_registration,
        not candidates.is_explicit and candidates.finding_code is null as is_other,
        source_places.sex_place,
        source_places.birth_year_place,
        source_places.category_place,
        source_places.place_place as source_place,
        case when candidates.is_in_force then 0 else cast(10000000000000000 as bigint) end
        + {{ claim_order('candidates.updated_date', 'source_places.place_place', 'candidates.row_number') }} as claim_number
    from {{ ref('int_residence__candidates') }} as candidates
    inner join source_places on candidates.source_code = source_places.source_code
    where {{ in_quarters('candidates.quarter', quarters) }}

),

-- What registers and visits say of a person: the best registration in force that says where somebody lives; the best
-- of the others, in force before ended; and the finding of a visit.
registers as (

    select
        quarter,
        person_id,
        bool_or(is_identified) as is_identified,
        min_by(sex_code, sex_place) as sex_code,
        min_by(birth_year, birth_year_place) as birth_year,
        min_by(case when is_in_force then category_code end, category_place) as category_code,
        bool_or(is_in_force and sign_code = 'registered_but_absent') as is_registered_but_absent,
        bool_or(is_registration and is_valid_on_last_day) as is_valid_on_last_day,
        bool_or(has_died) as has_died,
        max(case when has_left then status_date end) as left_date,
        max(case when is_in_force then registration_date end) as registration_date,
        max(case when is_in_force then verified_date end) as verified_date,
        max(case when is_in_force and category_code = 'registered' then committee_code end) as registered_committee_code,
        min_by(case when is_registration then source_place end, claim_number) as register_source_place,
        min_by(case when is_registration then coalesce(committee_code, '') end, claim_number) as register_committee_code,
        min_by(case when is_registration then coalesce(compound_code, '') end, claim_number) as register_compound_code,
        min_by(case when is_registration then coalesce(dwelling_code, '') end, claim_number) as register_dwelling_code,
        min_by(case when is_other then source_place end, claim_number) as other_source_place,
        min_by(case when is_other then coalesce(committee_code, '') end, claim_number) as other_committee_code,
        max(finding_code) as finding_code,
        max(case when finding_code is not null then status_date end) as finding_date,
        max(case when finding_code = 'lives_here' then committee_code end) as visit_committee_code,
        max(case when finding_code = 'lives_here' then compound_code end) as visit_compound_code,
        max(case when finding_code = 'lives_here' then dwelling_code end) as visit_dwelling_code,
        bit_or(case when strength_share > 0 then cast(power(2, source_place) as integer) else 0 end) as source_bits,
        {{ left_open(residence_register_signs()) }} as left_open_by_registers,
        {{ left_open(['met_at_home']) }} as left_open_by_visits
    from register_claims
    group by quarter, person_id

),

service_claims as (

    select
        evidence.*,
        source_places.place_place as source_place,
        {{ claim_order('evidence.activity_date', 'source_places.place_place', 'evidence.row_number') }} as claim_number
    from {{ ref('int_residence__evidence') }} as evidence
    inner join source_places on evidence.source_code = source_places.source_code
    where {{ in_quarters('evidence.quarter', quarters) }}

),

services as (

    select
        quarter,
        person_id,
        min_by(source_place, claim_number) as source_place,
        min_by(committee_code, claim_number) as committee_code,
        bit_or(case when strength_share > 0 then cast(power(2, source_place) as integer) else 0 end) as source_bits,
        {{ left_open(residence_service_signs()) }} as left_open_by_services
    from service_claims
    group by quarter, person_id

),

-- A finding holds unless a registration is newer.
known as (

    select
        coalesce(registers.quarter, services.quarter) as quarter,
        coalesce(registers.person_id, services.person_id) as person_id,
        coalesce(registers.is_identified, true) as is_identified,
        registers.sex_code,
        registers.birth_year,
        registers.category_code,
        registers.registered_committee_code,
        coalesce(registers.is_registered_but_absent, false) as is_registered_but_absent,
        coalesce(registers.is_valid_on_last_day, false) as is_valid_on_last_day,
        coalesce(registers.has_died, false) as has_died,
        registers.left_date,
        registers.registration_date,
        registers.verified_date,
        case
            when registers.finding_date >= coalesce(registers.registration_date, registers.finding_date)
                then registers.finding_code
        end as finding_code,
        registers.finding_date,
        registers.visit_committee_code,
        registers.visit_compound_code,
        registers.visit_dwelling_code,
        registers.register_source_place,
        registers.register_committee_code,
        registers.register_compound_code,
        registers.register_dwelling_code,
        registers.other_source_place,
        registers.other_committee_code,
        services.source_place as service_source_place,
        services.committee_code as service_committee_code,
        coalesce(registers.left_open_by_registers, 1) as left_open_by_registers,
        coalesce(registers.left_open_by_visits, 1) as left_open_by_visits,
        coalesce(services.left_open_by_services, 1) as left_open_by_services,
        bit_count(coalesce(registers.source_bits, 0) | coalesce(services.source_bits, 0)) as evidence_source_count
    from registers
    full join services on registers.quarter = services.quarter and registers.person_id = services.person_id

),

-- An address in a service system that only repeats the registered one does not bring an absent person back.
judged as (

    select
        *,
        coalesce(finding_code = 'lives_here', false) as is_met_at_home,
        coalesce(finding_code <> 'lives_here', false) as is_found_away,
        service_committee_code is not null
        and not (
            ((is_registered_but_absent and register_source_place is null) or coalesce(finding_code = 'not_here', false))
            and service_committee_code = coalesce(registered_committee_code, register_committee_code, '')
        ) as is_met_by_services,
        case
            when has_died or finding_code = 'died' then 'died'
            when finding_code = 'left' then 'moved_out'
            when finding_code = 'institution' then 'in_institution'
            when finding_code = 'lives_here' and finding_date >= coalesce(left_date, finding_date) then null
            when left_date is not null and category_code is null then 'moved_out'
            when left_date > registration_date then 'registered_elsewhere'
        end as override_code
    from known

),

-- Who says where: somebody at the door, a registration in force that nobody at the door denied, a service, the rest.
ranked as (

    select
        *,
        case when is_found_away then 1 else left_open_by_registers end
        * case when is_met_at_home then left_open_by_visits else 1 end
        * case when is_met_by_services then left_open_by_services else 1 end as left_open,
        case
            when is_met_at_home then 'visit'
            when register_source_place is not null and not is_found_away then 'register'
            when service_source_place is not null then 'service'
            when register_source_place is not null then 'register'
            when other_source_place is not null then 'other'
            else 'visit'
        end as winner
    from judged

),

placed as (

    select
        *,
        case
            when winner <> 'register' and register_source_place is not null then 'register'
            when winner <> 'service' and service_source_place is not null then 'service'
            when winner <> 'other' and other_source_place is not null then 'other'
        end as runner_up
    from ranked

)

{%- for quarter in quarters %}
{%- set previous = quarters[loop.index0 - 1] if loop.index0 else kept_quarter %},

-- What the quarter before held likely counts as one more sign, unless somebody at the door denied it.
remembered_{{ quarter }} as (

    select
        placed.*,
        {%- if previous %}
        previous.is_resident as was_resident,
        case
            when placed.is_found_away or previous.person_id is null then 1
            else 1 - previous.residence_evidence_share * {{ decayed(
                'rules.memory_weight', 'rules.memory_half_life',
                days_between(quarter_end("'" ~ previous ~ "'"), quarter_end("'" ~ quarter ~ "'"))
            ) }}
        end as left_open_by_memory,
        {%- else %}
        cast(null as boolean) as was_resident,
        1 as left_open_by_memory,
        {%- endif %}
        rules.enter_share,
        rules.stay_share
    from placed
    cross join rules
    {%- if previous %}
    left join {{ 'decided_' ~ previous if loop.index0 else this }} as previous
        on placed.person_id = previous.person_id and previous.quarter = '{{ previous }}'
    {%- endif %}
    where placed.quarter = '{{ quarter }}'

),

decided_{{ quarter }} as (

    select
        *,
        round(1 - left_open * left_open_by_memory, 6) as residence_evidence_share,
        override_code is null
        and case
            when 1 - left_open * left_open_by_memory >= enter_share then true
            when 1 - left_open * left_open_by_memory < stay_share then false
            else coalesce(was_resident, false)
        end as is_resident
    from remembered_{{ quarter }}

)
{%- endfor %},

decided as (

    {% for quarter in quarters -%}
    select * from decided_{{ quarter }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        *,
        cast(null as boolean) as was_resident,
        cast(null as double) as enter_share,
        cast(null as double) as stay_share,
        cast(null as double) as residence_evidence_share,
        cast(null as boolean) as is_resident
    from placed
    where false
    {% endfor %}
),

said as (

    select
        *,
        {%- for one in ['winner', 'runner_up'] %}
        case {{ one }}
            when 'visit' then 'population.household_visits'
            when 'register' then register_sources.source_code
            when 'service' then service_sources.source_code
            when 'other' then other_sources.source_code
        end as {{ one }}_source_code,
        case {{ one }}
            when 'visit' then visit_committee_code
            when 'register' then register_committee_code
            when 'service' then service_committee_code
            when 'other' then other_committee_code
        end as {{ one }}_committee_code,
        {%- endfor %}
        case winner when 'visit' then visit_compound_code when 'register' then register_compound_code end as compound_code,
        case winner when 'visit' then visit_dwelling_code when 'register' then register_dwelling_code end as dwelling_code
    from decided
    left join source_places as register_sources on decided.register_source_place = register_sources.place_place
    left join source_places as service_sources on decided.service_source_place = service_sources.place_place
    left join source_places as other_sources on decided.other_source_place = other_sources.place_place

)

select
    said.quarter,
    said.person_id,
    said.is_identified,
    said.sex_code,
    said.birth_year,
    coalesce(said.category_code, 'other') as category_code,
    said.registered_committee_code,
    areas.committee_code,
    areas.sub_district_code,
    nullif(said.compound_code, '') as compound_code,
    nullif(said.dwelling_code, '') as dwelling_code,
    coalesce(said.category_code = 'registered', false) as is_registered,
    said.is_registered_but_absent,
    said.is_resident,
    -- Days of grace keep a resident; only a valid registration, a visit or a service says that the person is here.
    said.is_resident
    and (
        (said.is_valid_on_last_day and not said.is_found_away) or said.is_met_at_home or said.is_met_by_services
    ) as is_present,
    said.residence_evidence_share,
    cast(said.evidence_source_count as integer) as evidence_source_count,
    said.verified_date,
    said.winner_source_code as winning_source_code,
    said.runner_up_source_code,
    nullif(said.runner_up_committee_code, '') as runner_up_committee_code,
    coalesce(
        said.override_code,
        case
            when said.residence_evidence_share >= said.enter_share then 'enough_evidence'
            when said.residence_evidence_share < said.stay_share then 'too_little_evidence'
            when said.was_resident then 'stays_as_before'
            else 'not_enough_to_enter'
        end
    ) as residence_reason_code,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from said
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on said.quarter = inputs.quarter and inputs.subject_code = 'residence'
left join {{ ref('int_areas__nested') }} as areas
    on said.quarter = areas.quarter
    and said.winner_committee_code = areas.committee_code
    and areas.area_level_code = 'committee'
