"""Publishing of runs into the zoo, with their cards."""
