"""The ground floor: quarters, storage layout, atomic files, the writer's lock, keys.

Belongs here: what every stage needs and that knows nothing of departments, dbt, Dagster or the index.
Does not belong here: anything that reads a row of data. This package imports nothing else of ours.
"""
