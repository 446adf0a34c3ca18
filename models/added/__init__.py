"""Models from files that some other program wrote."""
