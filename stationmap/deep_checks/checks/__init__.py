"""Each module looks at a registry for one question and yields issues; none of them knows the others' findings."""
