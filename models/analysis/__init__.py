"""What goes wrong in a split, from the label maps of its images."""
