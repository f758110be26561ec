"""Circuits shipped with the product: BPMN and DMN files with their saved examples (data, not code)."""
