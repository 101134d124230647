{{ config(
    materialized='incremental',
    meta={'subject': 'residence', 'superseded_in': 'int_residence__superseded', 'remembers': true},
    post_hook='{{ first_seen_of_newcomers() }}',
) }}
{%- set quarters = stale_quarters() -%}
{%- set kept_quarter = kept_quarter_before(quarters) %}

with

source_places as (

    {{ source_places() }}

),

categories as (

    select category_place, cast({{ register_category('source_code') }} as {{ var('code_types').category }}) as category_code
    from source_places
    where category_place is not null

),

rules as (

    select
        {{ residence_rule('weight', 'memory') }} as memory_weight,
        {{ residence_rule('weight', 'memory', 'half_life_month_count') }} as memory_half_life,
        {{ residence_rule('threshold', 'enter') }} as enter_share,
        {{ residence_rule('threshold', 'stay') }} as stay_share

),

claims as (

    select
        candidates.*,
        source_places.sex_place,
        source_places.birth_year_place,
        source_places.category_place,
        source_places.place_place as source_place,
        case when candidates.is_in_force then 0 else {{ claim_order_end() }} end
        + {{ claim_order('candidates.updated_date', 'source_places.place_place', 'candidates.row_number') }} as claim_number
    from {{ ref('int_residence__candidates') }} as candidates
    inner join source_places on candidates.source_code = source_places.source_code
    where {{ in_quarters('candidates.quarter', quarters) }}

),

-- What a register's row says of a person, if it says where somebody lives, and if it does not (other_). Numbers and bits
-- rather than text, since this is a row for everyone.
register_rows as (

    select
        quarter,
        person_id,
        case when is_identified then 1 else 0 end
        + case when is_in_force and sign_code = 'registered_but_absent' then 2 else 0 end
        + case when is_valid_on_last_day then 4 else 0 end
        + case when has_died then 8 else 0 end as facts,
        sex_place,
        case when sex_place is not null then sex_code end as sex_code,
        birth_year_place,
        case when birth_year_place is not null then birth_year end as birth_year,
        case when is_in_force then category_place end as category_place,
        case when has_left then status_date end as left_date,
        case when is_in_force then registration_date end as registration_date,
        case when is_in_force then verified_date end as verified_date,
        case when is_in_force and category_code = 'registered' then committee_code end as registered_committee_code,
        case when is_explicit then claim_number end as claim_number,
        case when is_explicit and claim_number is not null then committee_code end as committee_code,
        case when is_explicit and claim_number is not null then compound_code end as compound_code,
        case when is_explicit and claim_number is not null then dwelling_code end as dwelling_code,
        case when not is_explicit then claim_number end as other_claim_number,
        case when not is_explicit and claim_number is not null then coalesce(committee_code, '') end as other_committee_code,
        case when strength_share > 0 then cast(1 as integer) << source_place else 0 end as source_bits,
        sign_code,
        strength_share
    from claims
    where finding_code is null

),

several as (

    select quarter, person_id
    from register_rows
    group by quarter, person_id
    having count(*) > 1

),

-- The best registration in force that says where somebody lives, and the best of the others, in force before ended.
-- Nearly everybody stands in one register once, and only the rest is put together.
registers as (

    select
        rows.quarter,
        rows.person_id,
        rows.facts,
        rows.sex_code,
        rows.birth_year,
        rows.category_place,
        rows.left_date,
        rows.registration_date,
        rows.verified_date,
        rows.registered_committee_code,
        rows.claim_number,
        rows.committee_code,
        rows.compound_code,
        rows.dwelling_code,
        rows.other_claim_number,
        rows.other_committee_code,
        rows.source_bits,
        case
            when rows.sign_code in ('{{ residence_register_signs() | join("', '") }}')
                then 1 - coalesce(rows.strength_share, 0)
            else 1
        end as left_open
    from register_rows as rows
    anti join several on rows.person_id = several.person_id and rows.quarter = several.quarter

    union all by name

    select
        rows.quarter,
        rows.person_id,
        bit_or(rows.facts) as facts,
        min_by(rows.sex_code, rows.sex_place) as sex_code,
        min_by(rows.birth_year, rows.birth_year_place) as birth_year,
        min(rows.category_place) as category_place,
        max(rows.left_date) as left_date,
        max(rows.registration_date) as registration_date,
        max(rows.verified_date) as verified_date,
        max(rows.registered_committee_code) as registered_committee_code,
        min(rows.claim_number) as claim_number,
        {%- for level in ['committee', 'compound', 'dwelling'] %}
        min_by(struct_pack(code := rows.{{ level }}_code), rows.claim_number).code as {{ level }}_code,
        {%- endfor %}
        min(rows.other_claim_number) as other_claim_number,
        min_by(rows.other_committee_code, rows.other_claim_number) as other_committee_code,
        bit_or(rows.source_bits) as source_bits,
        {{ left_open(residence_register_signs()) }} as left_open
    from register_rows as rows
    semi join several on rows.person_id = several.person_id and rows.quarter = several.quarter
    group by rows.quarter, rows.person_id

),

visits as (

    select
        quarter,
        person_id,
        max_by(sex_code, status_date) as sex_code,
        max_by(birth_year, status_date) as birth_year,
        max_by(finding_code, status_date) as finding_code,
        max(status_date) as finding_date,
        max_by(committee_code, status_date) as committee_code,
        max_by(compound_code, status_date) as compound_code,
        max_by(dwelling_code, status_date) as dwelling_code,
        bit_or(case when strength_share > 0 then cast(1 as integer) << source_place else 0 end) as source_bits,
        1 - max(strength_share) as left_open
    from claims
    where finding_code is not null
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
        min(claim_number) as claim_number,
        min_by(committee_code, claim_number) as committee_code,
        bit_or(case when strength_share > 0 then cast(1 as integer) << source_place else 0 end) as source_bits,
        {{ left_open(residence_service_signs()) }} as left_open
    from service_claims
    group by quarter, person_id

),

met as (

    select
        coalesce(registers.quarter, services.quarter) as quarter,
        coalesce(registers.person_id, services.person_id) as person_id,
        registers.facts,
        registers.sex_code,
        registers.birth_year,
        registers.category_place,
        registers.left_date,
        registers.registration_date,
        registers.verified_date,
        registers.registered_committee_code,
        {{ claim_source('registers.claim_number') }} as register_source_place,
        registers.committee_code as register_committee_code,
        registers.compound_code as register_compound_code,
        registers.dwelling_code as register_dwelling_code,
        {{ claim_source('registers.other_claim_number') }} as other_source_place,
        registers.other_committee_code,
        {{ claim_source('services.claim_number') }} as service_source_place,
        services.committee_code as service_committee_code,
        coalesce(registers.left_open, 1) as left_open_by_registers,
        coalesce(services.left_open, 1) as left_open_by_services,
        coalesce(registers.source_bits, 0) | coalesce(services.source_bits, 0) as source_bits
    from registers
    full join services on registers.person_id = services.person_id and registers.quarter = services.quarter

),

-- A finding holds unless a registration is newer.
known as (

    select
        coalesce(met.quarter, visits.quarter) as quarter,
        coalesce(met.person_id, visits.person_id) as person_id,
        coalesce(met.facts & 1 = 1, true) as is_identified,
        coalesce(met.facts & 2 = 2, false) as is_registered_but_absent,
        coalesce(met.facts & 4 = 4, false) as is_valid_on_last_day,
        coalesce(met.facts & 8 = 8, false) as has_died,
        coalesce(met.sex_code, visits.sex_code) as sex_code,
        coalesce(met.birth_year, visits.birth_year) as birth_year,
        categories.category_code,
        met.left_date,
        met.registration_date,
        met.verified_date,
        met.registered_committee_code,
        met.register_source_place,
        met.register_committee_code,
        met.register_compound_code,
        met.register_dwelling_code,
        met.other_source_place,
        met.other_committee_code,
        met.service_source_place,
        met.service_committee_code,
        case
            when visits.finding_date >= coalesce(met.registration_date, visits.finding_date) then visits.finding_code
        end as finding_code,
        visits.finding_date,
        visits.committee_code as visit_committee_code,
        visits.compound_code as visit_compound_code,
        visits.dwelling_code as visit_dwelling_code,
        coalesce(met.left_open_by_registers, 1) as left_open_by_registers,
        coalesce(met.left_open_by_services, 1) as left_open_by_services,
        coalesce(visits.left_open, 1) as left_open_by_visits,
        bit_count(coalesce(met.source_bits, 0) | coalesce(visits.source_bits, 0)) as evidence_source_count
    from met
    full join visits on met.person_id = visits.person_id and met.quarter = visits.quarter
    left join categories on met.category_place = categories.category_place

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
        previous.first_seen_quarter,
        case
            when placed.is_found_away or previous.person_id is null then 1
            else 1 - previous.residence_evidence_share * {{ decayed(
                'rules.memory_weight', 'rules.memory_half_life',
                days_between(quarter_end("'" ~ previous ~ "'"), quarter_end("'" ~ quarter ~ "'"))
            ) }}
        end as left_open_by_memory,
        {%- else %}
        -- Nothing is remembered of a quarter before the first: in between, its own signs are taken to have stood then.
        1 - placed.left_open * (1 - (1 - placed.left_open) * {{ decayed(
            'rules.memory_weight', 'rules.memory_half_life',
            days_between(quarter_start("'" ~ quarter ~ "'"), quarter_end("'" ~ quarter ~ "'"))
        ) }}) >= rules.enter_share as was_resident,
        placed.quarter as first_seen_quarter,
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
        cast(null as varchar) as first_seen_quarter,
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
            when 'visit' then (select place_place from source_places where source_code = 'population.household_visits')
            when 'register' then register_source_place
            when 'service' then service_source_place
            when 'other' then other_source_place
        end as {{ one }}_source_place,
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

),

-- Digested here and not beside each person.
inputs as (

    select quarter, known_round, {{ stored_fingerprint('input_fingerprint') }} as input_fingerprint
    from {{ ref('int_quarters__fingerprinted') }}
    where subject_code = 'residence'

),

-- Codes of a few words are a type of their own: this is a row for everyone, and to write text down is what takes longest.
sources as (

    select place_place, cast(source_code as {{ var('code_types').residence_source }}) as source_code
    from source_places
    where place_place is not null

)

select
    said.quarter,
    said.person_id,
    said.is_identified,
    cast(said.sex_code as {{ var('code_types').sex }}) as sex_code,
    said.birth_year,
    coalesce(said.category_code, cast('other' as {{ var('code_types').category }})) as category_code,
    said.registered_committee_code,
    areas.committee_code,
    areas.sub_district_code,
    said.compound_code,
    said.dwelling_code,
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
    winning_sources.source_code as winning_source_code,
    runner_up_sources.source_code as runner_up_source_code,
    nullif(said.runner_up_committee_code, '') as runner_up_committee_code,
    cast(
        coalesce(
            said.override_code,
            case
                when said.residence_evidence_share >= said.enter_share then 'enough_evidence'
                when said.residence_evidence_share < said.stay_share then 'too_little_evidence'
                when said.was_resident then 'stays_as_before'
                else 'not_enough_to_enter'
            end
        ) as {{ var('code_types').residence_reason }}
    ) as residence_reason_code,
    -- Of a newcomer since the quarter before it is looked up behind the rows.
    said.first_seen_quarter,
    inputs.known_round,
    inputs.input_fingerprint
from said
inner join inputs on said.quarter = inputs.quarter
left join sources as winning_sources on said.winner_source_place = winning_sources.place_place
left join sources as runner_up_sources on said.runner_up_source_place = runner_up_sources.place_place
left join {{ ref('int_areas__nested') }} as areas
    on said.quarter = areas.quarter
    and said.winner_committee_code = areas.committee_code
    and areas.area_level_code = 'committee'
