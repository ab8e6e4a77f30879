"""People who may see or change more than a rider: who they are, how they show it, and what they may do."""
