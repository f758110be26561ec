"""What is said to whom and when: rules, templates, SMTP."""
