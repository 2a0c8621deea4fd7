"""Many accounts: a run for each account of a fleet, and a report over the fleet.

Start with `file`, the shape of fleet.yaml, and `accounts`, which
resolves the list of accounts (`organization` reads it from AWS
Organizations). `tasks` is a run of one account as JSON, `work`
carries it out. `engine` gives tasks to workers, which are threads
or a Dask `cluster`. `folder` is the folder with the results.
`report` sums results up, and `applying` runs saved plans wave by
wave.
"""
