"""The application: settings, engines, the graph of a turn, the desk where texts lie, the command line."""

__version__ = "0.1.0"
