"""Records: kinds, vocabulary, the one writer and the one reader."""
