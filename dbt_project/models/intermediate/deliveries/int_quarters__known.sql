{{ config(materialized='table') }}

with

-- The only model that knows the quarter of the run; all others learn it from here.
quarters as (

    select quarter
    from {{ ref('stg_ledger__deliveries') }}
    where verdict = 'accepted' and quarter <= {{ run_quarter() }}

    union

    select {{ run_quarter() }}

)

select
    quarter,
    {{ quarter_index('quarter') }} as quarter_index,
    {{ quarter_start('quarter') }} as start_date,
    {{ quarter_end('quarter') }} as end_date,
    quarter = {{ run_quarter() }} as is_run_quarter
from quarters
