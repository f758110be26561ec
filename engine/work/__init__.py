"""The work queue: rows written with the decision, done afterwards by a worker."""
