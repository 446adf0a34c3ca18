"""The Datasets page: what each dataset holds."""
