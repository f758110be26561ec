"""The whole configuration of a tenant as one file that people read: written, read, compared and applied.

``exporting`` reads the database, ``writing`` gives the file, ``reading`` understands one, ``applying`` brings a tenant
to what it says. The format is described in docs/configuration.md.
"""
