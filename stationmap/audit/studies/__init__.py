"""A study and the questions put to it.

`study` holds a registry, people and a `StudyQuestion` (`question`), and works out every outcome once; `study_config`
reads one from TOML; `propose` answers a `SitingRequest`; `changes` and `whatif` tell what would change, `compare` what
did, `sensitivity` what hangs on doubtful records; `landmarks` names
places; `city_territory` is the served city as an area, `stated` what must stand beside figures; `isochrones` tells from
where stations are within reach along streets.
"""
