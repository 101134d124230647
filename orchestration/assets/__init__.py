"""The assets, one module for each stage of the flow. A body calls the part that knows and shows what came out.

Annotations are not postponed in these modules (``from __future__ import annotations``), because Dagster reads the
types of an asset's arguments.
"""
