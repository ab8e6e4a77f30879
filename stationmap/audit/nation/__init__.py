"""A whole country: too many cells to be laid out at once, so blocks of the grid are worked on apart.

`country` cuts it into blocks, `borders` tells where areas begin and end, `people` who lives on the cells of a block
(`people_files`: read from a raster or a table by whoever works). A
block, or an area, is all that is sent to a worker, and whole numbers come back: so sums are the same whatever the cut,
whoever worked, and whoever was killed meanwhile. `coverage`, `hours`, `gaps` and `sites` say what is counted, the last
two of an `area_part` (its sites by `area_sites`), by `workers` that hold the stations and ask for `near_stations`; a
`nation_study` is all of it together.
"""
