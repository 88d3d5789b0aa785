"""The root of every exception that this package raises on purpose."""


class TcssError(Exception):
    """
    Base class of all errors of this package.

    Catch it to handle whatever the package reports. The specific subclasses live in the folder that raises
    them, carry the facts as attributes, and say in their message what to do. No message and no attribute
    holds a secret.
    """
