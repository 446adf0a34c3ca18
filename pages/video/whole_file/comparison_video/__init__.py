"""The video of the comparison, played on the page."""
