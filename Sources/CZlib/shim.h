#include <zlib.h>

// Swift cannot import the macros that start a stream.

// Begins a gzip stream with the header that zlib writes of itself: no name, no time.
static inline int sandglass_deflate_begin(z_stream *stream, int level)
{
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

// Begins to read a gzip stream, and nothing else.
static inline int sandglass_inflate_begin(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
