"""The Compare page: one picture, several models side by side."""
