"""What several formats need: the folder's files, pairing by name, mask pictures, JSON."""
