/* What an empty answer proves, and what it does not: @rfc{2308,2.2}, @rfc{8914,4}. */
#include "tests/unit/parse/reading.h"

TestSuite(parse_proof, .init = open_arena, .fini = close_arena);

/* As begin(), but with exactly these flags. */
static void ask_as(unsigned flags, const char *name, uint16_t type)
{
    begin(&b, 0, name, type);
    set16(&b, 2, QR | RD | flags);
}

static enum mxs_outcome read_from_recursor(void)
{
    uint8_t name[MXS_NAME_WIRE_MAX], query[512];
    uint32_t name_size, question_size;
    cr_assert_eq(mxs_name_to_wire(MXS_TEXT("example.org"), name, &name_size), MXS_OK);
    mxs_message_write(1, name, name_size, MXS_TYPE_MX, 0, false, query, &question_size);
    mxs_message_read_question(built(&b), query + 12, question_size, MXS_HINT_RECURSOR | MXS_HINT_CACHE, &arena,
                              &answer);
    return answer.outcome;
}

Test(parse_proof, a_referral_is_no_answer_whichever_way_it_points)
{
    static const char *const zones[] = {"example.org", "org", "", "net", "a.b"};
    static const uint16_t types[] = {MXS_TYPE_MX,  MXS_TYPE_A,    MXS_TYPE_AAAA,
                                     MXS_TYPE_TXT, MXS_TYPE_TLSA, MXS_TYPE_CNAME};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            for (unsigned flags = 0; flags < 4; flags++) {
                ask_as((flags & 1 ? RA : 0) | (flags & 2 ? AA : 0), "example.org", types[k]);
                put_ns(&b, zones[i]);
                cr_assert_eq(read_as("example.org", types[k]), MXS_REFUSED);
                cr_assert_eq(answer.lack, MXS_LACK_REFERRAL);
            }
    ask_mx(0); /* with an SOA it is the authority's own */
    put_ns(&b, "example.org"), put_soa(&b, "example.org");
    cr_assert_eq(read_mx(), MXS_NODATA);
    cr_assert_eq(answer.lack, MXS_LACK_NONE);
}

Test(parse_proof, who_neither_recurses_nor_is_the_authority_denies_nothing)
{
    for (unsigned rcode = 0; rcode <= 3; rcode += 3)
        for (int soa = 0; soa < 2; soa++) {
            enum mxs_outcome denied = rcode == 0 ? MXS_NODATA : MXS_NXDOMAIN;
            static const unsigned flags[] = {0, RA, AA, RA | AA};
            for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
                ask_as(flags[i] | rcode, "example.org", MXS_TYPE_MX);
                if (soa)
                    put_soa(&b, "org");
                cr_assert_eq(read_mx(), flags[i] == 0 ? MXS_REFUSED : denied);
                cr_assert_eq(answer.lack, flags[i] == 0 ? MXS_LACK_RECURSION : MXS_LACK_NONE);
            }
        }
    ask_as(0, "example.org", MXS_TYPE_MX); /* what it has, it has: from a cache */
    put_mx(&b, NULL, 60, 10, "a.example");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
}

Test(parse_proof, the_soa_of_another_zone_proves_nothing)
{
    static const char *const others[] = {"net", "le.org", "xample.org", "www.example.org", "example.org.net", "rpz"};
    static const char *const own[] = {"example.org", "EXAMPLE.org", "org", ""};
    for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            ask_as(RA | rcode, "example.org", MXS_TYPE_MX);
            put_soa(&b, others[i]);
            cr_assert_eq(read_mx(), MXS_FILTERED, "%s", others[i]);
        }
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
            ask_as(RA | rcode, "example.org", MXS_TYPE_MX);
            put_soa(&b, own[i]);
            bool itself = strlen(own[i]) == strlen("example.org"); /* what has an SOA record exists */
            enum mxs_outcome denied = itself ? MXS_FILTERED : MXS_NXDOMAIN;
            cr_assert_eq(read_mx(), rcode == 0 ? MXS_NODATA : denied, "%s", own[i]);
        }
    }
    ask_as(RA | 3, "example.org", MXS_TYPE_MX); /* of a chain it must be the zone of its end */
    put_cname(&b, NULL, 60, "gone.elsewhere.test"), put_soa(&b, "elsewhere.test");
    cr_assert_eq(read_mx(), MXS_NXDOMAIN);
    static const char *const not_its_end[] = {"example.org", "gone.elsewhere.test"};
    for (size_t i = 0; i < 2; i++) {
        ask_as(RA | 3, "example.org", MXS_TYPE_MX);
        put_cname(&b, NULL, 60, "gone.elsewhere.test"), put_soa(&b, not_its_end[i]);
        cr_assert_eq(read_mx(), MXS_MALFORMED);
    }
    ask_as(RA, "example.org", MXS_TYPE_MX); /* beside records it says nothing */
    put_mx(&b, NULL, 60, 10, "a.example"), put_soa(&b, "net");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
}

Test(parse_proof, a_chain_that_ends_in_the_air_is_cut)
{
    static const struct { const char *soa; enum mxs_outcome outcome;
    } rows[] = {
        {NULL, MXS_MALFORMED},
        {"example.org", MXS_MALFORMED},
        {"org", MXS_MALFORMED},
        {"elsewhere.test", MXS_NODATA},
        {"test", MXS_NODATA},
        {"", MXS_NODATA},
        {"out.elsewhere.test", MXS_NODATA},
        {"lsewhere.test", MXS_MALFORMED},
        {"x.out.elsewhere.test", MXS_MALFORMED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned flags = AA; flags != 0; flags = flags == AA ? RA : 0) {
            ask_as(flags, "example.org", MXS_TYPE_MX);
            put_cname(&b, NULL, 60, "out.elsewhere.test");
            if (rows[i].soa != NULL)
                put_soa(&b, rows[i].soa);
            cr_assert_eq(read_mx(), rows[i].outcome, "row %zu", i);
        }
    ask_mx(0);
    put_cname(&b, NULL, 60, "out.elsewhere.test");
    put_ns(&b, "elsewhere.test");
    cr_assert_eq(read_mx(), MXS_REFUSED);
}

Test(parse_proof, a_cname_beside_records_contradicts)
{
    for (int order = 0; order < 2; order++) {
        ask_mx(0);
        for (int i = 0; i < 2; i++)
            if (i == order)
                put_cname(&b, NULL, 60, "alias.example");
            else
                put_mx(&b, NULL, 60, 10, "a.example");
        put_soa(&b, "");
        cr_assert_eq(read_mx(), MXS_MALFORMED);
        put_mx(&b, "alias.example", 60, 10, "b.example"); /* (behind the SOA: another section) */
    }
    ask_mx(0); /* further down the chain, and with an answer at its end */
    put_cname(&b, NULL, 60, "one.example");
    put_cname(&b, "one.example", 60, "two.example");
    put_mx(&b, "one.example", 60, 10, "a.example");
    put_mx(&b, "two.example", 60, 10, "b.example");
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_mx(0); /* two aliases of one name */
    put_cname(&b, NULL, 60, "one.example");
    put_cname(&b, NULL, 60, "two.example");
    put_mx(&b, "one.example", 60, 10, "a.example");
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_mx(0); /* the same one said twice, signed, and made from a DNAME */
    put_rdata(&b, "org", 39, 60, "\4test", 6);
    put_cname(&b, NULL, 60, "example.test");
    put_cname(&b, NULL, 60, "example.test");
    put_rdata(&b, NULL, 46, 60, "signature", 9);
    put_mx(&b, "example.test", 60, 10, "a.example");
    put_rdata(&b, "example.test", 46, 60, "signature", 9);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 1);
}

Test(parse_proof, a_dname_without_its_cname_is_a_chain_without_its_end)
{
    static const struct {
        const char *owner;
        bool away;
    } rows[] = {{"org", true}, {"ORG", true}, {"", true}, {"example.org", false}, {"rg", false}, {"net", false},
                {"a.example.org", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned rcode = 0; rcode <= 3; rcode += 3) { /* "example.org" itself stays where its own DNAME is */
            ask_mx(rcode);
            put_rdata(&b, rows[i].owner, 39, 60, "\4test", 6);
            put_soa(&b, rows[i].owner[0] == 0 ? "" : "org");
            enum mxs_outcome denied = rcode == 0 ? MXS_NODATA : MXS_NXDOMAIN;
            cr_expect_eq(read_mx(), rows[i].away ? MXS_MALFORMED : denied, "row %zu", i);
        }
    ask_mx(0); /* behind an alias */
    put_cname(&b, NULL, 60, "a.moved.test");
    put_rdata(&b, "moved.test", 39, 60, "\4test", 6);
    put_soa(&b, "test");
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_mx(0); /* with its CNAME, and nothing at the end: settled */
    put_rdata(&b, "org", 39, 60, "\4test", 6);
    put_cname(&b, NULL, 60, "example.test");
    put_soa(&b, "test");
    cr_assert_eq(read_mx(), MXS_NODATA);
}

Test(parse_proof, records_that_nobody_asked_for_are_no_answer)
{
    for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
        ask_mx(rcode);
        put_mx(&b, "example.net", 60, 10, "foreign.example");
        put_soa(&b, "org");
        cr_assert_eq(read_mx(), MXS_MALFORMED);
        ask_mx(rcode);
        put_rdata(&b, NULL, MXS_TYPE_A, 60, "\1\2\3\4", 4);
        cr_assert_eq(read_mx(), MXS_MALFORMED);
        ask_mx(rcode);
        put_cname(&b, NULL, 60, "gone.example");
        put_mx(&b, "other.example", 60, 10, "a.example");
        put_soa(&b, "example");
        cr_assert_eq(read_mx(), MXS_MALFORMED);
        ask_mx(rcode);
        put_rdata(&b, NULL, 46, 60, "signature", 9);
        put_soa(&b, "org");
        cr_assert_eq(read_mx(), rcode == 0 ? MXS_NODATA : MXS_NXDOMAIN);
    }
    ask_mx(3); /* it does not exist, and here it is */
    put_mx(&b, NULL, 60, 10, "a.example");
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    cr_assert_eq(answer.record_count, 0);
}

Test(parse_proof, an_answer_that_says_it_is_filtered_is_none)
{
    for (unsigned code = 0; code <= 30; code++)
        for (unsigned rcode = 0; rcode < 6; rcode++) {
            bool filters = code == 4 || (code >= 15 && code <= 17) || (code == 18 && (rcode == 0 || rcode == 3));
            ask_mx(rcode);
            put_soa(&b, "");
            enum mxs_outcome plain = read_mx();
            cr_assert_eq(answer.ede, MXS_EDE_NONE);
            put_ede(&b, code, code % 2 ? "" : "because");
            cr_assert_eq(read_mx(), filters ? MXS_FILTERED : plain, "EDE %u, rcode %u", code, rcode);
            cr_assert_eq(answer.ede, code + 1);
            cr_assert_eq(mxs_ede_stale(answer.ede), code == 3 || code == 19);
        }
    ask_mx(0); /* also with records */
    put_mx(&b, NULL, 60, 10, "sinkhole.example");
    put_ede(&b, 4, "");
    cr_assert_eq(read_mx(), MXS_FILTERED);
    cr_assert_eq(answer.record_count, 0);
    ask_mx(0);
    put_mx(&b, NULL, 60, 10, "a.example");
    put_ede(&b, 3, "stale");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert(mxs_ede_stale(answer.ede));
}

Test(parse_proof, of_several_extended_errors_the_one_that_says_most_is_kept)
{
    static const unsigned codes[] = {22, 3, 16, 9};
    ask_mx(0);
    count(&b, ADDITIONALS);
    put8(&b, 0), put16(&b, 41), put16(&b, 1232), put32(&b, 0), put16(&b, 6 * 4 + 5);
    put16(&b, 10), put16(&b, 1), put8(&b, 7); /* another option before */
    for (int i = 0; i < 4; i++)
        put16(&b, 15), put16(&b, 2), put16(&b, codes[i]);
    cr_assert_eq(read_mx(), MXS_FILTERED);
    cr_assert_eq(answer.ede, 16 + 1);
    ask_mx(0); /* an option that says it is longer than the record says nothing */
    put_ede(&b, 15, "");
    set16(&b, b.size - 4, 200);
    cr_assert_eq(read_mx(), MXS_NODATA);
    cr_assert_eq(answer.ede, MXS_EDE_NONE);
}

/* Quad9 marks what it blocks so. */
Test(parse_proof, a_recursor_that_denies_without_ra_and_soa_filters)
{
    ask_as(3, "example.org", MXS_TYPE_MX);
    cr_assert_eq(read_from_recursor(), MXS_FILTERED);
    ask_as(AA | 3, "example.org", MXS_TYPE_MX);
    cr_assert_eq(read_from_recursor(), MXS_FILTERED);
    ask_as(AA, "example.org", MXS_TYPE_MX); /* the type denied, not the name */
    cr_assert_eq(read_from_recursor(), MXS_FILTERED);
    ask_as(AA, "example.org", MXS_TYPE_MX); /* a cut chain is a cut chain */
    put_cname(&b, NULL, 60, "far.example");
    cr_assert_eq(read_from_recursor(), MXS_MALFORMED);
    ask_as(0, "example.org", MXS_TYPE_MX);
    cr_assert_eq(read_from_recursor(), MXS_REFUSED);
    ask_as(RA | 3, "example.org", MXS_TYPE_MX);
    cr_assert_eq(read_from_recursor(), MXS_NXDOMAIN);
    ask_as(AA | 3, "example.org", MXS_TYPE_MX);
    put_soa(&b, "org");
    cr_assert_eq(read_from_recursor(), MXS_NXDOMAIN);
    ask_as(AA, "example.org", MXS_TYPE_MX);
    put_soa(&b, "org");
    cr_assert_eq(read_from_recursor(), MXS_NODATA);
}

/* EDE 20, 22 and 23 say that nobody was asked who could know; with the zone's SOA somebody was. */
Test(parse_proof, who_says_that_it_could_not_ask_denies_nothing)
{
    for (unsigned code = 0; code <= 30; code++)
        for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
            bool ignorant = code == 20 || code == 22 || code == 23;
            enum mxs_outcome denied = rcode == 0 ? MXS_NODATA : MXS_NXDOMAIN;
            if (code == 4 || (code >= 15 && code <= 18))
                continue; /* filters */
            ask_mx(rcode);
            put_ede(&b, code, "");
            cr_assert_eq(read_mx(), ignorant ? MXS_SERVFAIL : denied, "EDE %u, rcode %u", code, rcode);
            ask_mx(rcode);
            put_soa(&b, "org");
            put_ede(&b, code, "");
            cr_assert_eq(read_mx(), denied);
        }
}

Test(parse_proof, who_recurses_and_is_the_authority_made_it_up_without_an_soa)
{
    for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
        enum mxs_outcome denied = rcode == 0 ? MXS_NODATA : MXS_NXDOMAIN;
        ask_as(RA | AA | rcode, "example.org", MXS_TYPE_MX);
        cr_assert_eq(read_from_recursor(), MXS_FILTERED); /* as Unbound and dnsmasq deny what they block */
        cr_assert_eq(read_mx(), denied, "nobody knows that it has no AA otherwise");
        put_soa(&b, "org");
        cr_assert_eq(read_from_recursor(), denied);
    }
    ask_as(RA | AA, "example.org", MXS_TYPE_MX);
    put_mx(&b, NULL, 60, 10, "walled.example");
    cr_assert_eq(read_from_recursor(), MXS_ANSWERED);
    cr_assert(answer.doubtful);
    ask_as(RA, "example.org", MXS_TYPE_MX);
    put_mx(&b, NULL, 60, 10, "a.example");
    cr_assert_eq(read_from_recursor(), MXS_ANSWERED);
    cr_assert_not(answer.doubtful);
    cr_assert_eq(mxs_message_read_hints(built(&b)), MXS_HINT_RECURSOR | MXS_HINT_CACHE);
    ask_as(RA | AA, "example.org", MXS_TYPE_MX);
    cr_assert_eq(mxs_message_read_hints(built(&b)), MXS_HINT_RECURSOR);
    ask_as(AA, "example.org", MXS_TYPE_MX);
    cr_assert_eq(mxs_message_read_hints(built(&b)), 0);
}

Test(parse_proof, an_soa_in_the_additional_section_is_a_policy_zones_mark)
{
    for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
        ask_as(RA | rcode, "example.org", MXS_TYPE_MX);
        put_soa(&b, "example.org");
        set16(&b, AUTHORITIES, 0), set16(&b, ADDITIONALS, 1);
        cr_assert_eq(read_mx(), MXS_FILTERED);
    }
    ask_as(RA, "example.org", MXS_TYPE_MX);
    put_mx(&b, NULL, 60, 10, "walled.example");
    put_soa(&b, "rpz");
    set16(&b, AUTHORITIES, 0), set16(&b, ADDITIONALS, 1);
    cr_assert_eq(read_mx(), MXS_FILTERED);
    cr_assert_eq(answer.record_count, 0);
}

Test(parse_proof, addresses_that_filters_write_are_doubtful)
{
    static const struct { uint8_t address[4]; bool doubtful;
    } rows[] = {{{0, 0, 0, 0}, true}, {{127, 0, 0, 1}, true}, {{10, 10, 34, 35}, true}, {{25, 10, 1, 1}, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ask_as(RA, "example.org", MXS_TYPE_A);
        put_rdata(&b, NULL, MXS_TYPE_A, 60, rows[i].address, 4);
        cr_assert_eq(read_as("example.org", MXS_TYPE_A), MXS_ANSWERED);
        cr_assert_eq(answer.doubtful, rows[i].doubtful, "%zu", i);
        put_rdata(&b, NULL, MXS_TYPE_A, 60, "\31\11\1\1", 4); /* beside a public one it is the name's own */
        cr_assert_eq(read_as("example.org", MXS_TYPE_A), MXS_ANSWERED);
        cr_assert_not(answer.doubtful);
    }
    ask_as(RA, "example.org", MXS_TYPE_AAAA);
    put_rdata(&b, NULL, MXS_TYPE_AAAA, 60, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    cr_assert_eq(read_as("example.org", MXS_TYPE_AAAA), MXS_ANSWERED);
    cr_assert(answer.doubtful);
}

Test(parse_proof, a_signature_says_that_what_it_signs_is_there)
{
    static const uint8_t of_mx[20] = {0, MXS_TYPE_MX}, of_txt[20] = {0, MXS_TYPE_TXT};
    ask_as(RA, "example.org", MXS_TYPE_MX);
    put_rdata(&b, NULL, 46, 60, of_mx, sizeof of_mx);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_as(RA, "example.org", MXS_TYPE_MX);
    put_rdata(&b, NULL, 46, 60, of_txt, sizeof of_txt);
    cr_assert_eq(read_mx(), MXS_NODATA);
    ask_as(RA, "example.org", MXS_TYPE_MX);
    put_mx(&b, NULL, 60, 10, "a.example"), put_rdata(&b, NULL, 46, 60, of_mx, sizeof of_mx);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
}
