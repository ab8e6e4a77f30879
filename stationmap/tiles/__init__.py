"""Stations as vector tiles: alone from near by, as clusters that say how many are usable from afar.

`z_order` lays stations out so that each tile and each cell of one is a stretch of them, `chosen` counts stretches,
`states` says what is open at a moment, `contents` what a tile holds, `encoding` writes it.
"""
