"""The hub protocol ``apl/1`` as a library: values in, values out; no web framework, no database."""
