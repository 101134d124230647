with

-- A delivery that was in force twice is known since the first time and until the last.
in_force as (

    select
        delivery_id,
        min(known_round) as known_round,
        bool_or(superseded_round is null) as is_current,
        max(superseded_round) as superseded_round
    from {{ ref('int_deliveries__known') }}
    group by delivery_id

)

select
    deliveries.record_id,
    deliveries.delivery_id,
    deliveries.department,
    deliveries.extract,
    deliveries.period,
    deliveries.quarter,
    deliveries.round,
    deliveries.received_date,
    deliveries.file_name,
    deliveries.file_sha256,
    deliveries.file_byte_count,
    deliveries.version,
    deliveries.sequence,
    deliveries.precedence,
    deliveries.verdict,
    deliveries.verdict = 'accepted' and coalesce(in_force.is_current, false) as is_current,
    case when deliveries.verdict = 'accepted' then in_force.known_round end as known_round,
    case
        when deliveries.verdict = 'accepted' and not in_force.is_current then in_force.superseded_round
    end as superseded_round,
    deliveries.reason_code,
    deliveries.reason_zh,
    deliveries.reason_en,
    deliveries.supersedes,
    deliveries.outranked_by,
    deliveries.rows_added_count,
    deliveries.rows_removed_count,
    deliveries.rows_changed_count,
    deliveries.manifest_sha256,
    deliveries.rows_read_count,
    deliveries.rows_accepted_count,
    deliveries.rows_quarantined_count,
    deliveries.rows_accounted_count,
    deliveries.accounted,
    deliveries.quarantined_by_reason,
    deliveries.identity_quality,
    deliveries.refused_headers,
    deliveries.notices,
    deliveries.months_covered,
    deliveries.areas_covered,
    deliveries.committee_count,
    deliveries.raw_path,
    deliveries.raw_sha256,
    deliveries.contract_sha256,
    deliveries.key_id
from {{ ref('stg_ledger__deliveries') }} as deliveries
left join in_force on deliveries.delivery_id = in_force.delivery_id
