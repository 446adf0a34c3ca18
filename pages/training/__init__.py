"""The Training page: curves, configs and previews of training runs."""
