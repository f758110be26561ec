"""Circuits over SpiffWorkflow: its tasks, specifications and life cycle, with control flow of our own (decision 1)."""
