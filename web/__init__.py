"""Pages, forms and API: each module mirrors a room of the engine; a view parses, calls one action or query, renders."""
