"""The coverage audit: where people are served by stations, where and when they are not, and what to build next."""
