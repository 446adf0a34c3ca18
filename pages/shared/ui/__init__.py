"""Building blocks of a page: layout, state, charts, progress, empty states."""
