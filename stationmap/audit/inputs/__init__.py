"""What a study is made of besides people.

`territory` cuts areas into the cells of a `grid`; `supply` judges which stations count, as `Supply`; `reach` tells how
far they serve, straight by `within_radius` or along streets by `network_reach`, `cell_share` how much of a cell is in
reach; `stations_inside` counts those inside the areas; `locked_doors` holds the hours when riders found doors locked;
`feature_files` reads GeoJSON strictly; `caveats` holds what a reader of figures must know, as `Note`.
"""
