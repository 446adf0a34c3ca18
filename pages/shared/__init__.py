"""What several pages use; it imports no page."""
