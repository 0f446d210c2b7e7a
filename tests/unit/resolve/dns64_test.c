#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "base/err.h"
#include "scanner/resolve/internal/dns64.h"

static uint8_t bytes[8][16];
static struct mxs_record records[8];
static uint8_t question[64] = {0,   0,   0x81, 0x80, 0,   1,   0,   0, 0, 0,  0, 0, 2,
                               'm', 'x', 4,    't',  'e', 's', 't', 0, 0, 28, 0, 1};

static struct mxs_answer answer_of(const char *const *addresses, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(inet_pton(AF_INET6, addresses[i], bytes[i]), 1);
        records[i] = (struct mxs_record){.data = {bytes[i], 16}};
    }
    question[22] = 28;
    return (struct mxs_answer){.outcome = count > 0 ? MXS_ANSWERED : MXS_NODATA,
                               .records = records,
                               .record_count = count,
                               .ttl_s = 60,
                               .wire = {question, 25}};
}

static struct mxs_dns64 found(const char *address)
{
    struct mxs_dns64 dns64 = {0};
    struct mxs_answer answer = answer_of(&address, 1);
    mxs_dns64_read(&dns64, &answer);
    return dns64;
}

Test(resolve_dns64, what_holds_no_known_address_is_no_prefix)
{
    static const char *const others[] = {"2001:db8::1", "64:ff9b::192.0.0.172", "64:ff9b::8.8.8.8",
                                         "::",          "2001:db8:c000:aa:1::", "2001:db8::c0:0:aa00:1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_eq(found(others[i]).count, 0, "%s", others[i]);
    struct mxs_dns64 dns64 = {0};
    struct mxs_answer answer = {.outcome = MXS_NXDOMAIN};
    mxs_dns64_read(&dns64, &answer);
    cr_assert_eq(dns64.count, 0);
}

/* The table of RFC 6052 2.4, with the well-known addresses. */
Test(resolve_dns64, every_length_of_a_prefix_is_found)
{
    static const struct { const char *known, *prefix, *made, *real;
    } rows[] = {
        {"64:ff9b::192.0.0.170", "64:ff9b::/96", "64:ff9b::25.10.1.1", "64:ff9b:1::25.10.1.1"},
        {"2001:db8:122:344::192.0.0.171", "2001:db8:122:344::/96", "2001:db8:122:344::1.2.3.4",
         "2001:db8:122:344:0:1:102:304"},
        {"2001:db8:c000:aa::", "2001:db8::/32", "2001:db8:1902:321::", "2001:db8:1902:321:100::"},
        {"2001:db8:1c0:0:aa::", "2001:db8:100::/40", "2001:db8:1c0:2:21::", "2001:db8:2c0:2:21::"},
        {"2001:db8:122:c000:0:aa00::", "2001:db8:122::/48", "2001:db8:122:c000:2:2100::", "2001:db8:123::1"},
        {"2001:db8:122:3c0:0:aa::", "2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::", "2001:db8:122:400::1"},
        {"2001:db8:122:344:c0:0:aa00:0", "2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0",
         "2001:db8:122:345::1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[MXS_DNS64_TEXT_SIZE];
        uint8_t made[16], real[16];
        struct mxs_dns64 dns64 = found(rows[i].known);
        cr_assert_eq(dns64.count, 1, "%s", rows[i].known);
        mxs_dns64_text(&dns64, text);
        cr_assert_str_eq(text, rows[i].prefix);
        cr_assert(inet_pton(AF_INET6, rows[i].made, made) == 1 && inet_pton(AF_INET6, rows[i].real, real) == 1);
        cr_assert(mxs_dns64_made(&dns64, made), "%s", rows[i].made);
        cr_assert_not(mxs_dns64_made(&dns64, real), "%s", rows[i].real);
    }
}

Test(resolve_dns64, what_was_made_is_taken_away_and_nothing_else)
{
    static const char *const mixed[] = {"64:ff9b::25.1.1.1", "2001:db8::1", "64:ff9b::25.1.1.2", "2001:db8::2"};
    struct mxs_record kept[8];
    struct mxs_answer out = {.ttl_s = 77}, answer = answer_of(mixed, 4);
    struct mxs_dns64 dns64 = found("64:ff9b::192.0.0.170");
    answer = answer_of(mixed, 4);
    answer.doubtful = true;
    cr_assert(mxs_dns64_strip(&dns64, &answer, kept, &out));
    cr_assert(out.outcome == MXS_ANSWERED && out.record_count == 2 && out.ttl_s == 60 && !out.doubtful);
    cr_assert(out.records[0].data.data == bytes[1] && out.records[1].data.data == bytes[3]);
    answer = answer_of(mixed, 1);
    cr_assert(mxs_dns64_strip(&dns64, &answer, kept, &out));
    cr_assert(out.outcome == MXS_NODATA && out.record_count == 0 && out.records == NULL && out.ttl_s == 0);
    out.ttl_s = 77;
    answer = answer_of(mixed + 3, 1);
    cr_assert_not(mxs_dns64_strip(&dns64, &answer, kept, &out));
    answer = answer_of(mixed, 1);
    struct mxs_dns64 nothing = {0}; /* the well-known prefix needs no answer about ipv4only.arpa */
    cr_assert(mxs_dns64_strip(&nothing, &answer, kept, &out) && nothing.count == 0, "who made it is not known");
    out.ttl_s = 77;
    question[22] = 16; /* sixteen bytes of text */
    cr_assert_not(mxs_dns64_strip(&dns64, &answer, kept, &out));
    cr_assert_eq(out.ttl_s, 77);
}
