with

run as (

    select quarter
    from {{ ref('int_quarters__known') }}
    where is_run_quarter

),

deliveries as (

    select
        record_id,
        delivery_id,
        department,
        extract,
        period,
        quarter,
        round,
        version,
        verdict,
        received_date,
        rows_accepted_count,
        rows_quarantined_count
    from {{ ref('stg_ledger__deliveries') }}

),

-- Every quarter that had a round: a correction of an older one does not make the older one due.
rounds as (

    select distinct round as quarter
    from deliveries
    where round <= (select quarter from run)

),

months (month_number) as (

    values (0), (1), (2)

),

due as (

    select
        extracts.department,
        extracts.extract,
        rounds.quarter,
        rounds.quarter as period,
        {{ days_after(quarter_end('rounds.quarter'), 'extracts.due_day_count') }} as due_date
    from rounds
    cross join {{ ref('extracts') }} as extracts
    where extracts.rhythm_code = 'quarterly'

    union all

    select
        extracts.department,
        extracts.extract,
        rounds.quarter,
        {{ month_of_quarter('rounds.quarter', 'months.month_number') }} as period,
        {{ days_after(month_end('rounds.quarter', 'months.month_number'), 'extracts.due_day_count') }} as due_date
    from rounds
    cross join {{ ref('extracts') }} as extracts
    cross join months
    where extracts.rhythm_code = 'monthly'

),

-- Withdrawing and reinstating a delivery follow each other in turn, each with a record of its own.
withdrawn as (

    select delivery_id
    from deliveries
    where verdict in ('withdrawn', 'reinstated')
    group by delivery_id
    having count(*) % 2 = 1

),

-- An expired delivery was accepted in its time: that nothing of it may be held does not make it missing.
received as (

    select
        extract,
        period,
        min(received_date) as first_received_date,
        count(*) filter (
            where verdict = 'expired' and delivery_id not in (select delivery_id from withdrawn)
        ) > 0 as has_expired
    from deliveries
    where verdict in ('accepted', 'expired')
    group by extract, period

),

arrived as (

    select
        due.department,
        due.quarter,
        due.due_date,
        received.first_received_date,
        current.delivery_id is not null or coalesce(received.has_expired, false) as is_received
    from due
    left join received on due.extract = received.extract and due.period = received.period
    left join {{ ref('int_deliveries__current') }} as current
        on due.extract = current.extract and due.period = current.period

),

kept as (

    select
        department,
        quarter,
        is_received,
        case
            when is_received then greatest({{ days_between('due_date', 'first_received_date') }}, 0)
        end as days_late_count
    from arrived

),

punctuality as (

    select
        department,
        quarter,
        count(*) as due_count,
        count(*) filter (where is_received) as received_count,
        count(*) filter (where days_late_count = 0) as on_time_count,
        count(*) filter (where days_late_count > 0) as late_count,
        count(*) filter (where not is_received) as missing_count,
        max(days_late_count) as days_late_max_count
    from kept
    group by department, quarter

),

files as (

    select
        department,
        quarter,
        count(*) filter (where verdict in ('accepted', 'expired', 'refused', 'duplicate')) as file_count,
        count(*) filter (where verdict = 'refused') as refused_file_count,
        count(*) filter (where verdict = 'duplicate') as duplicate_file_count,
        count(*) filter (where verdict in ('accepted', 'expired') and version > 1) as correction_count,
        cast(coalesce(sum(rows_accepted_count) filter (where verdict = 'accepted'), 0) as bigint) as rows_accepted_count,
        cast(coalesce(sum(rows_quarantined_count) filter (where verdict = 'accepted'), 0) as bigint) as rows_refused_count
    from deliveries
    group by department, quarter

)

select
    punctuality.department,
    punctuality.quarter,
    punctuality.due_count,
    punctuality.received_count,
    punctuality.on_time_count,
    punctuality.late_count,
    punctuality.missing_count,
    cast(punctuality.on_time_count as double) / punctuality.due_count as on_time_share,
    punctuality.days_late_max_count,
    coalesce(files.file_count, 0) as file_count,
    coalesce(files.refused_file_count, 0) as refused_file_count,
    coalesce(files.duplicate_file_count, 0) as duplicate_file_count,
    coalesce(files.correction_count, 0) as correction_count,
    coalesce(files.rows_accepted_count, 0) as rows_accepted_count,
    coalesce(files.rows_refused_count, 0) as rows_refused_count,
    case
        when files.rows_accepted_count + files.rows_refused_count > 0
            then
                cast(files.rows_refused_count as double)
                / (files.rows_accepted_count + files.rows_refused_count)
    end as refused_row_share
from punctuality
left join files on punctuality.department = files.department and punctuality.quarter = files.quarter
