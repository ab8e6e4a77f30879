"""The commands, a module each. A command imports what it needs when it runs."""
