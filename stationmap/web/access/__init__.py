"""Who sends a request, and whether they may: sessions, cookies, forms that only our own pages can send."""
