"""A made district: first the truth, then the messy extracts that its departments would send.

Belongs here: what is true in a made district and how departments would write it down. Does not belong here:
anything that reads an extract, and anything that the pipeline reads. The contracts give headers and formats;
areas, names, rates, damage and story are data (``areas/``, ``tables/``, ``profiles/``).
"""
