"""Pages of the people who keep the list: what needs care, stations, closures, imports, history, accounts."""
