"""Many accounts: a run for each account of a fleet, and a report over the fleet.

Start with `shapes`, the shapes of fleet.yaml. `file` reads it.
`accounts` resolves the list of accounts, and `organization` reads
it from AWS Organizations. `tasks` is a run of one account as JSON,
and `work` carries it out. `engine` gives tasks to workers, which
are threads or a Dask `cluster`. `folder` keeps the results, with
an `index` over them. `shards` joins the indices of several runs.
`report` sums results up. `applying` runs saved plans wave by wave.
"""
