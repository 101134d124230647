"""From a department's file to typed, pseudonymous rows: landing, archive, parse by contract, raw or quarantine.

Belongs here: everything that reads what departments sent. Does not belong here: dbt, Dagster, Great
Expectations, or any rule about what the figures mean.
"""
