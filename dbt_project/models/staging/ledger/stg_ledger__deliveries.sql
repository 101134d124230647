with

source as (

    {{ raw_rows('ledger', 'deliveries') }}

),

renamed as (

    select
        delivery_id,
        record_id,
        department,
        extract,
        period,
        quarter,
        round,
        received_date,
        file_name,
        file_sha256,
        file_byte_count,
        version,
        sequence,
        precedence,
        verdict,
        reason_code,
        reason_zh,
        reason_en,
        supersedes,
        outranked_by,
        rows_added_count,
        rows_removed_count,
        rows_changed_count,
        manifest_sha256,
        rows_read_count,
        rows_accepted_count,
        rows_quarantined_count,
        rows_accounted_count,
        cast(to_json(accounted) as varchar) as accounted,
        cast(to_json(quarantined_by_reason) as varchar) as quarantined_by_reason,
        cast(to_json(identity_quality) as varchar) as identity_quality,
        cast(to_json(refused_headers) as varchar) as refused_headers,
        cast(to_json(notices) as varchar) as notices,
        cast(to_json(months_covered) as varchar) as months_covered,
        cast(to_json(areas_covered) as varchar) as areas_covered,
        committee_count,
        raw_path,
        raw_sha256,
        contract_sha256,
        key_id

    from source

)

select * from renamed
