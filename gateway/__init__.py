"""One paginated endpoint over the knowledge stores of many AI vendors."""

__version__ = "0.1.0"
