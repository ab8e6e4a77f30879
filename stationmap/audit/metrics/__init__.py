"""Figures of a study, each a pure function of arrays in a module of its name.

`coverage` and `hourly_coverage` count people in reach, the former of what `ways_to_stations` finds, with means and
quantiles of `people_by_distance`; `floating_catchment` counts capacity for each of them, `equity` how evenly ways are
shared; `as_found` tells what locked doors cost; `gaps` finds where nobody is served, by `gap_partition`,
`cell_clusters` and `site_gains`; `isochrones` draws from where a station is within reach; `executors` runs the parts of
a large count in other processes, `dask_cluster` on a cluster.
"""
