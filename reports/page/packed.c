#include "reports/page/internal/packed.h"

#include <limits.h>
#include <nettle/base64.h>
#include <string.h>
#include <zlib.h>

#define CHUNK 12288
#define GZIP (MAX_WBITS + 16) /* zlib's way to ask for a gzip header, which has no time in it */
#define MEMORY_LEVEL 9

enum mxs_err mxs_page_put_packed(mxs_out *out, const char *data, size_t size_bytes, struct mxs_detail *detail)
{
    z_stream stream = {.next_in = Z_NULL};
    struct base64_encode_ctx base64;
    unsigned char packed[CHUNK];
    char text[BASE64_ENCODE_LENGTH(CHUNK)], end[BASE64_ENCODE_FINAL_LENGTH];
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return mxs_err_memory(detail, NULL);
    base64_encode_init(&base64);
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        if (stream.avail_in == 0 && size_bytes > 0) {
            stream.next_in = (z_const Bytef *)data;
            stream.avail_in = size_bytes < INT_MAX ? (uInt)size_bytes : INT_MAX;
            data += stream.avail_in;
            size_bytes -= stream.avail_in;
        }
        stream.next_out = packed;
        stream.avail_out = sizeof packed;
        state = deflate(&stream, size_bytes > 0 ? Z_NO_FLUSH : Z_FINISH);
        MXS_ASSERT(state == Z_OK || state == Z_STREAM_END); /* there is always room to write, so it always goes on */
        mxs_out_bytes(out, text, base64_encode_update(&base64, text, sizeof packed - stream.avail_out, packed));
    }
    mxs_out_bytes(out, end, base64_encode_final(&base64, end));
    deflateEnd(&stream);
    return MXS_OK;
}
