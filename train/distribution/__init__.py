"""One training on several processes: who they are, how they meet, and what each does."""
