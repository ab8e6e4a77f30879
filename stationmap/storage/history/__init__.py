"""Looking back at the journal: pages of revisions, what was done in a week, what checks found at the time."""
