"""The subject itself: people, desks, circuits, folders, documents, journal, work queue."""
