"""Many accounts: one run for each account of a fleet, and one report over all of them.

Start with `file`, the shape of fleet.yaml, and `accounts`, which resolves the list of accounts (`organization` reads it
from AWS Organizations). `tasks` is a run of one account as JSON, `work` carries it out, `engines` and `cluster` spread
tasks over threads or a Dask cluster, `folder` is the folder with the results. `report` sums results up, and `applying`
runs saved plans wave by wave.
"""
