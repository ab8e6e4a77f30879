"""Lists of stations in and out: the forms that people keep and give to each other."""
