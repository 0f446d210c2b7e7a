#include "reports/page/internal/packed.h"

#include <criterion/criterion.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* What a browser does: Base64, then gzip with its checksum. */
static void expect_comes_back(const char *data, size_t size)
{
    mxs_out out;
    struct mxs_detail detail;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_page_put_packed(&out, data, size, &detail), MXS_OK);
    cr_assert_eq(mxs_out_check(&out, &detail), MXS_OK);
    cr_expect_null(memchr(out.buffer, '<', out.used));
    cr_expect_null(memchr(out.buffer, '\n', out.used));
    struct base64_decode_ctx base64;
    size_t packed_size = BASE64_DECODE_LENGTH(out.used);
    uint8_t *packed = malloc(packed_size);
    char *back = malloc(size + 1);
    base64_decode_init(&base64);
    cr_assert(base64_decode_update(&base64, &packed_size, packed, out.used, out.buffer));
    cr_assert(base64_decode_final(&base64));
    z_stream stream = {.next_in = packed, .avail_in = (uInt)packed_size, .next_out = (Bytef *)back,
                       .avail_out = (uInt)size + 1};
    cr_assert_eq(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    cr_expect_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    cr_expect_eq(stream.total_out, size);
    cr_expect_eq(stream.avail_in, 0, "nothing behind the end");
    cr_expect(size == 0 || memcmp(back, data, size) == 0);
    inflateEnd(&stream);
    free(packed);
    free(back);
    mxs_out_abandon(&out);
}

Test(page_packed, what_does_not_get_smaller_comes_back)
{
    static const size_t sizes[] = {0, 1, 2, 3, 12287, 12288, 12289, 300000};
    char *noise = malloc(300000);
    unsigned state = 1;
    for (size_t i = 0; i < 300000; i++)
        noise[i] = (char)((state = state * 1103515245u + 12345u) >> 16);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        expect_comes_back(noise, sizes[i]);
    free(noise);
}

Test(page_packed, what_would_end_an_element_comes_back)
{
    char text[40000] = "</script><script>alert(1)</script><!-- ]]> \xE2\x80\xAE";
    expect_comes_back(text, sizeof text);
}
