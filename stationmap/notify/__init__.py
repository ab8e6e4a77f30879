"""What is new, sent to staff without their asking: digests by the robots of their groups and by e-mail."""
