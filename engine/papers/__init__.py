"""Documents as bytes, without database: inspection, images, free places; foreign files only in a child process."""
