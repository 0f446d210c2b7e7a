#include <criterion/criterion.h>

#include "scanner/resolve/address.h"

Test(resolve_address, what_is_no_address_is_refused_and_leaves_what_was_there)
{
    static const char *const wrong[] = {"",
                                        "#",
                                        "#53",
                                        "127.0.0.1#",
                                        "127.0.0.1#0",
                                        "127.0.0.1#65536",
                                        "127.0.0.1#53x",
                                        "127.0.0.1#5#3",
                                        "127.0.0.1:53#54",
                                        "[::1]:53#54",
                                        "[::1#53",
                                        "::1]#53",
                                        "[]#53",
                                        "[::1]x#53",
                                        "127.0.0.1 #53",
                                        "1.2.3#53",
                                        "localhost#53",
                                        "127.0.0.1:",
                                        "127.0.0.1:0",
                                        "[::1",
                                        "[::1]53",
                                        "[::1]:",
                                        "fe80::1%#53",
                                        "fe80::1%nosuch",
                                        "fe80::1%0",
                                        "127.0.0.1%lo#53",
                                        "127.0.0.1##53"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mxs_detail detail = {0};
        struct mxs_server server;
        memset(&server, 0x5a, sizeof server);
        cr_assert_eq(mxs_server_parse(wrong[i], &server, &detail), MXS_ERR_INPUT, "%s", wrong[i]);
        cr_assert_eq(((const uint8_t *)&server)[0], 0x5a);
        cr_assert_neq(detail.text[0], 0);
    }
}

Test(resolve_address, a_port_stands_behind_a_colon_or_as_forwarders_write_it)
{
    static const struct { const char *text, *spelt;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1:53"},
        {"127.0.0.1:5353", "127.0.0.1:5353"},
        {"127.0.0.1#5353", "127.0.0.1:5353"},
        {"::1", "[::1]:53"},
        {"[::1]", "[::1]:53"},
        {"[::1]:5353", "[::1]:5353"},
        {"::1#5353", "[::1]:5353"},
        {"[::1]#5353", "[::1]:5353"},
        {"2001:DB8:0::1#65535", "[2001:db8::1]:65535"},
        {"fe80::1%lo#53", "[fe80::1%lo]:53"},
        {"fe80::1%1", "[fe80::1%1]:53"},
        {"\xef\xbb\xbf"
         "127.0.0.1#54",
         "127.0.0.1:54"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mxs_detail detail = {0};
        struct mxs_server server;
        cr_assert_eq(mxs_server_parse(rows[i].text, &server, &detail), MXS_OK, "%s: %s", rows[i].text, detail.text);
        cr_assert_str_eq(server.text, rows[i].spelt);
    }
}
