"""Feed mutated files to everything that reads a stranger's: each must be read, or refused in one sentence."""
