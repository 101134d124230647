with

run as (

    select quarter
    from {{ ref('int_quarters__known') }}
    where is_run_quarter

)

select
    deliveries.record_id,
    deliveries.delivery_id,
    deliveries.department,
    deliveries.extract,
    deliveries.period,
    deliveries.quarter,
    deliveries.round,
    deliveries.file_name,
    deliveries.file_sha256,
    deliveries.file_byte_count,
    deliveries.version,
    deliveries.verdict,
    deliveries.verdict = 'accepted' and current.delivery_id is not null as is_current,
    deliveries.reason_code,
    deliveries.reason_zh,
    deliveries.reason_en,
    deliveries.supersedes,
    deliveries.rows_read_count,
    deliveries.rows_accepted_count,
    deliveries.rows_quarantined_count,
    deliveries.rows_accounted_count,
    deliveries.accounted,
    deliveries.quarantined_by_reason,
    deliveries.identity_quality,
    deliveries.refused_headers,
    deliveries.months_covered,
    deliveries.areas_covered,
    deliveries.committee_count,
    deliveries.raw_path,
    deliveries.raw_sha256,
    deliveries.contract_sha256,
    deliveries.key_id
from {{ ref('stg_ledger__deliveries') }} as deliveries
left join {{ ref('int_deliveries__current') }} as current on deliveries.delivery_id = current.delivery_id
where deliveries.round <= (select quarter from run)
