"""YAML files that people write: read strictly, and refused with the name of the field that is wrong."""

from .errors import ConfigurationFileError
from .field_reader import FieldReader
from .loading import MAX_FILE_BYTES, load_yaml

__all__ = ["MAX_FILE_BYTES", "ConfigurationFileError", "FieldReader", "load_yaml"]
