"""The hub protocol ``apl/1`` as a library: values in, values out; no Flask, no database, one file that opens sockets."""
