"""Named places of a city: streets, crossings, stops, schools, villages.

`place` is one of them, `places_file` how they are kept, `name_index` and `search` find them by what is typed, `nearby`
names a point by the places around it, `for_phones` is what phones keep.
"""
