"""What needs care, what was done, what lists would change, what contradicts: pages to look over and decide."""
