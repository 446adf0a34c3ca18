"""Models that were brought in as files of other programs: described by a ``model.yaml``, run without their code."""
