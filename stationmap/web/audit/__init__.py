"""The audit on the web: its page and API, its jobs, the process that computes."""
