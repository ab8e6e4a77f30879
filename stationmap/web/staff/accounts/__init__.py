"""Pages about accounts: signing in and out, the own account, the accounts of others."""
