"""Building blocks of a page: layout, state, charts, progress, texts for empty pages."""
