"""What is doubtful in a registry: warnings that `check` prints and that leave the file valid."""
