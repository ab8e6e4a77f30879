"""A study and what is asked of it: proposals, changes, comparisons, sensitivity, many cities."""
