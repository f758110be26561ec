"""The command and the wiring: settings, command line, application factory, migrations, work handlers, demonstration."""
