"""What those who administer a tenant do across the rooms: tending its work queue, its whole configuration."""
