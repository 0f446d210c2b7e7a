/* Hostile messages first, then what honest servers send. Pointers and limits: message_limits_test.c. */
#include "tests/unit/parse/reading.h"

TestSuite(parse_message, .init = open_arena, .fini = close_arena);

static enum mxs_inspection inspection(void)
{
    uint8_t name[MXS_NAME_WIRE_MAX], query[512];
    uint32_t name_size, question_size;
    cr_assert_eq(mxs_name_to_wire(MXS_TEXT("example.org"), name, &name_size), MXS_OK);
    mxs_message_write(1, name, name_size, MXS_TYPE_MX, 1232, false, query, &question_size);
    uint8_t *copy = malloc(b.size == 0 ? 1 : b.size);
    memcpy(copy, b.data, b.size);
    enum mxs_inspection seen = mxs_message_inspect((struct mxs_bytes){copy, b.size}, query + 12, question_size);
    free(copy);
    return seen;
}

Test(parse_message, shorter_than_a_header)
{
    ask_mx(0);
    for (uint32_t size = 0; size < 12; size++) {
        b.size = size;
        cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
        cr_assert_eq(read_mx(), MXS_MALFORMED);
    }
}

Test(parse_message, every_cut_of_a_message_is_malformed_and_never_read_past)
{
    ask_mx(0);
    put_mx(&b, NULL, 300, 10, "mx1.example.net");
    put_mx(&b, NULL, 300, 20, "mx2.example.net");
    put_opt(&b, 0);
    for (uint32_t size = b.size - 1; size >= 12; size--) {
        b.size = size;
        cr_assert_eq(read_mx(), MXS_MALFORMED, "cut at %u", size);
        cr_assert_eq(inspection(), size < 12 + 17 ? MXS_INSPECT_FORGED : MXS_INSPECT_MALFORMED, "cut at %u", size);
    }
}

Test(parse_message, bytes_behind_a_whole_answer_are_odd_and_take_nothing_from_it)
{
    for (uint32_t trailing = 1; trailing < 40; trailing += 11) {
        ask_mx(0);
        put_mx(&b, NULL, 300, 10, "mx1.example.net");
        put_opt(&b, 0);
        for (uint32_t i = 0; i < trailing; i++)
            put8(&b, i * 77);
        cr_assert_eq(inspection(), MXS_INSPECT_TRAILED);
        cr_assert_eq(read_mx(), MXS_ANSWERED);
        assert_mx(0, 10, "mx1.example.net");
    }
    ask_mx(3);
    put8(&b, 0);
    cr_assert_eq(inspection(), MXS_INSPECT_TRAILED);
    cr_assert_eq(read_mx(), MXS_NXDOMAIN);
}

Test(parse_message, records_behind_the_last_that_is_counted_make_it_malformed)
{
    for (uint16_t counted = 0; counted < 2; counted++) {
        ask_mx(0);
        put_mx(&b, NULL, 300, 10, "mx1.example.net");
        put_mx(&b, NULL, 300, 20, "mx2.example.net");
        put_opt(&b, 0);
        b.data[6] = 0;
        b.data[7] = (uint8_t)counted; /* of two answers */
        cr_assert_eq(inspection(), MXS_INSPECT_MALFORMED, "%u", counted);
        cr_assert_eq(read_mx(), MXS_MALFORMED, "%u", counted);
    }
}

Test(parse_message, counts_of_65535)
{
    for (uint32_t section = QUESTIONS; section <= ADDITIONALS; section += 2) {
        ask_mx(0);
        set16(&b, section, 65535);
        cr_assert_eq(inspection(), section == QUESTIONS ? MXS_INSPECT_FORGED : MXS_INSPECT_MALFORMED);
        cr_assert_eq(read_mx(), MXS_MALFORMED);
    }
}

Test(parse_message, a_message_over_64_kb_is_malformed)
{
    ask_mx(0);
    while (b.size < 65536)
        put8(&b, 0);
    cr_assert_eq(inspection(), MXS_INSPECT_MALFORMED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
}

Test(parse_message, a_query_is_no_answer)
{
    ask_mx(0);
    b.data[2] &= 0x7f;
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
}

Test(parse_message, another_opcode_is_forged)
{
    ask_mx(5u << 11);
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
}

Test(parse_message, another_question_is_forged)
{
    begin(&b, 0, "example.net", MXS_TYPE_MX);
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    begin(&b, 0, "example.org", MXS_TYPE_A);
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    begin(&b, 0, "example.org.x", MXS_TYPE_MX);
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_mx(0);
    b.data[b.size - 1] = 3; /* class CHAOS */
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_mx(0);
    put_name(&b, "example.org"), put16(&b, MXS_TYPE_MX), put16(&b, 1);
    set16(&b, QUESTIONS, 2);
    cr_assert_eq(inspection(), MXS_INSPECT_FORGED);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
}

/* The type is compared exactly although the name is not: type 0x41 is not type 0x61. */
Test(parse_message, the_case_of_letters_is_folded_in_the_name_only)
{
    uint8_t name[MXS_NAME_WIRE_MAX], query[512];
    uint32_t name_size, question_size;
    cr_assert_eq(mxs_name_to_wire(MXS_TEXT("example.org"), name, &name_size), MXS_OK);
    mxs_message_write(1, name, name_size, 0x41, 0, false, query, &question_size);
    begin(&b, 0, "eXaMple.ORG", 0x41);
    cr_assert_eq(mxs_message_inspect(built(&b), query + 12, question_size), MXS_INSPECT_WHOLE);
    begin(&b, 0, "eXaMple.ORG", 0x61);
    cr_assert_eq(mxs_message_inspect(built(&b), query + 12, question_size), MXS_INSPECT_FORGED);
}

Test(parse_message, errors_without_a_question)
{
    static const struct { unsigned rcode; enum mxs_inspection inspection; enum mxs_outcome outcome; } rows[] = {
        {0, MXS_INSPECT_FORGED, MXS_MALFORMED},      {1, MXS_INSPECT_NO_QUESTION, MXS_SERVFAIL},
        {2, MXS_INSPECT_NO_QUESTION, MXS_SERVFAIL},  {3, MXS_INSPECT_FORGED, MXS_MALFORMED},
        {4, MXS_INSPECT_NO_QUESTION, MXS_REFUSED},   {5, MXS_INSPECT_NO_QUESTION, MXS_REFUSED},
        {9, MXS_INSPECT_NO_QUESTION, MXS_REFUSED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ask_mx(rows[i].rcode);
        b.size = 12;
        set16(&b, QUESTIONS, 0);
        cr_assert_eq(inspection(), rows[i].inspection, "rcode %u", rows[i].rcode);
        cr_assert_eq(read_mx(), rows[i].outcome, "rcode %u", rows[i].rcode);
    }
}

Test(parse_message, truncation_comes_before_every_count)
{
    ask_mx(TC);
    set16(&b, ANSWERS, 2500);
    cr_assert_eq(inspection(), MXS_INSPECT_TRUNCATED);
    cr_assert_eq(read_mx(), MXS_TRUNCATED);
    cr_assert(answer.truncated);
    put8(&b, 77); /* half a record */
    cr_assert_eq(inspection(), MXS_INSPECT_TRUNCATED);
    cr_assert_eq(read_mx(), MXS_TRUNCATED);
    ask_mx(TC); /* whole and empty, as Unbound sends over TCP: never nodata */
    cr_assert_eq(read_mx(), MXS_TRUNCATED);
    ask_mx(TC | 3);
    cr_assert_eq(read_mx(), MXS_TRUNCATED);
    ask_mx(TC);
    put_mx(&b, NULL, 300, 10, "mx1.example.net");
    cr_assert_eq(read_mx(), MXS_TRUNCATED);
    cr_assert_eq(answer.record_count, 0);
}

Test(parse_message, every_rcode)
{
    static const enum mxs_outcome expected[16] = {
        MXS_NODATA, MXS_SERVFAIL, MXS_SERVFAIL, MXS_NXDOMAIN, MXS_REFUSED,  MXS_REFUSED,  MXS_SERVFAIL, MXS_SERVFAIL,
        MXS_SERVFAIL, MXS_REFUSED, MXS_SERVFAIL, MXS_SERVFAIL, MXS_SERVFAIL, MXS_SERVFAIL, MXS_SERVFAIL, MXS_SERVFAIL};
    for (unsigned rcode = 0; rcode < 16; rcode++) {
        ask_mx(rcode);
        put_opt(&b, 0);
        cr_assert_eq(inspection(), MXS_INSPECT_WHOLE);
        cr_assert_eq(read_mx(), expected[rcode], "rcode %u", rcode);
        cr_assert_eq(answer.rcode, rcode);
        ask_mx(rcode);
        put_opt(&b, 1); /* BADVERS and its neighbours */
        cr_assert_eq(read_mx(), MXS_SERVFAIL);
        cr_assert_eq(answer.rcode, rcode);
    }
}

Test(parse_message, an_opt_elsewhere_or_with_an_owner_says_nothing)
{
    ask_mx(0);
    put_mx(&b, NULL, 60, 10, "a.example");
    put_rdata(&b, "", 41, 1u << 24, "", 0); /* in the answer section */
    open_record(&b, ADDITIONALS, "x", 41, 1u << 24);
    close_record(&b);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
}

Test(parse_message, bad_rdata_of_ours_is_malformed)
{
    static const struct { uint16_t type; const char *rdata; size_t size; } rows[] = {
        {MXS_TYPE_MX, "", 0}, {MXS_TYPE_MX, "\0\12", 2}, {MXS_TYPE_MX, "\0\12\0\0", 4}, {MXS_TYPE_MX, "\0\12\1a", 4},
        {MXS_TYPE_A, "\1\2\3", 3}, {MXS_TYPE_A, "\1\2\3\4\5", 5}, {MXS_TYPE_A, "", 0},
        {MXS_TYPE_AAAA, "0123456789abcde", 15}, {MXS_TYPE_AAAA, "0123456789abcdefg", 17},
        {MXS_TYPE_TXT, "", 0}, {MXS_TYPE_TXT, "\4abc", 4}, {MXS_TYPE_TXT, "\1a\1", 3},
        {MXS_TYPE_SRV, "\0\1\0\2\0\31", 6}, {MXS_TYPE_SRV, "\0\1\0\2\0\31\0\0", 8},
        {MXS_TYPE_TLSA, "\3\1", 2}, {MXS_TYPE_CNAME, "", 0}, {MXS_TYPE_CNAME, "\0\0", 2},
        {MXS_TYPE_PTR, "", 0}, {MXS_TYPE_PTR, "\1a", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&b, 0, "example.org", rows[i].type);
        put_rdata(&b, NULL, rows[i].type, 60, rows[i].rdata, rows[i].size);
        cr_assert_eq(read_as("example.org", rows[i].type), MXS_MALFORMED, "row %zu", i);
        cr_assert_eq(answer.record_count, 0);
        /* the same bytes under another owner are none of our business */
        begin(&b, 0, "example.org", rows[i].type);
        put_rdata(&b, "example.net", rows[i].type, 60, rows[i].rdata, rows[i].size);
        put_mx(&b, NULL, 60, 10, "a.example");
        if (rows[i].type == MXS_TYPE_MX)
            cr_assert_eq(read_as("example.org", rows[i].type), MXS_ANSWERED, "row %zu", i);
    }
    ask_mx(0);
    put_rdata(&b, NULL, MXS_TYPE_CNAME, 60, "\0\0", 2);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    ask_mx(0);
    put_mx(&b, NULL, 60, 10, "a.example");
    put_rdata(&b, NULL, MXS_TYPE_MX, 60, "\0", 1);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    cr_assert_eq(answer.record_count, 0);
}

Test(parse_message, foreign_owners_classes_and_types_beside_an_answer_are_ignored)
{
    ask_mx(0);
    put_mx(&b, NULL, 60, 10, "mine.example");
    put_mx(&b, "example.net", 60, 10, "foreign.example");
    put_mx(&b, "www.example.org", 60, 10, "below.example");
    put_mx(&b, "org", 60, 10, "above.example");
    put_cname(&b, "example.net", 60, "elsewhere.example");
    put_mx(&b, "elsewhere.example", 60, 10, "foreign.example");
    put_rdata(&b, NULL, 46, 60, "signature", 9);
    put_mx(&b, NULL, 60, 10, "chaos.example");
    b.data[b.length_at - 5] = 3; /* class */
    open_record(&b, ADDITIONALS, NULL, MXS_TYPE_MX, 60);
    put16(&b, 10), put_name(&b, "additional.example");
    close_record(&b);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 1);
    assert_mx(0, 10, "mine.example");
    cr_assert_null(answer.alias.data);
}

Test(parse_message, owners_in_any_case_and_uncompressed)
{
    ask_mx(AD);
    put_mx(&b, "EXAMPLE.org", 7200, 10, "MX1.Example.NET");
    put_mx(&b, NULL, 3600, 20, "mx2.example.net");
    put_opt(&b, 0);
    cr_assert_eq(inspection(), MXS_INSPECT_WHOLE);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 2);
    assert_mx(0, 10, "mx1.example.net");
    assert_mx(1, 20, "mx2.example.net");
    cr_assert_eq(answer.ttl_s, 3600);
    cr_assert(answer.authenticated);
    cr_assert_null(answer.alias.data);
}

Test(parse_message, null_mx_is_the_empty_name)
{
    ask_mx(0);
    put_mx(&b, NULL, 60, 0, "");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    assert_mx(0, 0, "");
    cr_assert_not_null(answer.records[0].host.data);
}

Test(parse_message, odd_bytes_of_a_target_are_escaped)
{
    ask_mx(0);
    open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
    put16(&b, 10), put_bytes(&b, "\6a.b\\\0\xff\7example", 15), put8(&b, 0);
    close_record(&b);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    assert_mx(0, 10, "a\\.b\\\\\\000\\255.example");
}

Test(parse_message, chains_in_any_order)
{
    for (unsigned order = 0; order < 3; order++) {
        ask_mx(0);
        for (unsigned i = 0; i < 3; i++) {
            unsigned n = (i + order) % 3;
            if (n == 0)
                put_cname(&b, NULL, 100, "One.example");
            else if (n == 1)
                put_cname(&b, "ONE.example", 50, "two.example");
            else
                put_mx(&b, "two.example", 200, 10, "a.example");
        }
        cr_assert_eq(read_mx(), MXS_ANSWERED);
        cr_assert_eq(answer.record_count, 1);
        cr_assert_eq(answer.ttl_s, 50);
        assert_text(answer.alias, "two.example");
    }
}

/* As servers write it: the target's place in the CNAME is what the next owner points to. */
Test(parse_message, chain_by_pointers)
{
    ask_mx(0);
    open_record(&b, ANSWERS, NULL, MXS_TYPE_CNAME, 60);
    uint32_t target = b.size;
    put8(&b, 4), put_bytes(&b, "mail", 4), put_pointer(&b, QUESTION_AT);
    close_record(&b);
    count(&b, ANSWERS);
    put_pointer(&b, target);
    put16(&b, MXS_TYPE_MX), put16(&b, 1), put32(&b, 30), put16(&b, 4), put16(&b, 5), put_pointer(&b, target);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    assert_text(answer.alias, "mail.example.org");
    assert_mx(0, 5, "mail.example.org");
    cr_assert_eq(answer.ttl_s, 30);
}

Test(parse_message, chain_without_a_record_at_its_end)
{
    ask_mx(0);
    put_cname(&b, NULL, 60, "gone.example");
    put_soa(&b, "example");
    cr_assert_eq(read_mx(), MXS_NODATA);
    assert_text(answer.alias, "gone.example");
    ask_mx(3);
    put_cname(&b, NULL, 60, "gone.example");
    cr_assert_eq(read_mx(), MXS_NXDOMAIN);
    assert_text(answer.alias, "gone.example");
    cr_assert_eq(answer.record_count, 0);
}

Test(parse_message, a_ttl_with_its_top_bit_set_is_zero)
{
    ask_mx(0);
    put_mx(&b, NULL, 0x80000001, 10, "a.example");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert_eq(answer.ttl_s, 0);
    ask_mx(0);
    put_mx(&b, NULL, 0x7fffffff, 10, "a.example");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert_eq(answer.ttl_s, 0x7fffffff);
}

Test(parse_message, a_cname_asked_is_a_record_not_a_chain)
{
    begin(&b, 0, "s1._domainkey.example.org", MXS_TYPE_CNAME);
    put_cname(&b, NULL, 60, "s1.Provider.example");
    put_cname(&b, "s1.provider.example", 60, "s2.provider.example");
    cr_assert_eq(read_as("s1._domainkey.example.org", MXS_TYPE_CNAME), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 1);
    assert_text(answer.records[0].host, "s1.provider.example");
    cr_assert_null(answer.alias.data);
}

Test(parse_message, the_other_types)
{
    begin(&b, 0, "example.org", MXS_TYPE_A);
    put_rdata(&b, NULL, MXS_TYPE_A, 60, "\24\1\1\12", 4);
    cr_assert_eq(read_as("example.org", MXS_TYPE_A), MXS_ANSWERED);
    cr_assert_eq(answer.records[0].data.size_bytes, 4);
    cr_assert_arr_eq(answer.records[0].data.data, "\24\1\1\12", 4);
    begin(&b, 0, "example.org", MXS_TYPE_AAAA);
    put_rdata(&b, NULL, MXS_TYPE_AAAA, 60, "0123456789abcdef", 16);
    cr_assert_eq(read_as("example.org", MXS_TYPE_AAAA), MXS_ANSWERED);
    cr_assert_arr_eq(answer.records[0].data.data, "0123456789abcdef", 16);
    begin(&b, 0, "example.org", MXS_TYPE_TXT);
    put_rdata(&b, NULL, MXS_TYPE_TXT, 60, "\7v=spf1 \0\4-all", 14);
    put_rdata(&b, NULL, MXS_TYPE_TXT, 60, "\0", 1);
    cr_assert_eq(read_as("example.org", MXS_TYPE_TXT), MXS_ANSWERED);
    cr_assert_eq(answer.records[0].data.size_bytes, 11);
    cr_assert_arr_eq(answer.records[0].data.data, "v=spf1 -all", 11);
    cr_assert_eq(answer.records[1].data.size_bytes, 0);
    begin(&b, 0, "example.org", MXS_TYPE_TXT); /* one text, cut differently: two records; the same rdata twice: one */
    put_rdata(&b, NULL, MXS_TYPE_TXT, 60, "\7v=spf1 \4-all", 13);
    put_rdata(&b, NULL, MXS_TYPE_TXT, 60, "\13v=spf1 -all", 12);
    put_rdata(&b, NULL, MXS_TYPE_TXT, 60, "\7v=spf1 \4-all", 13);
    cr_assert_eq(read_as("example.org", MXS_TYPE_TXT), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 2);
    begin(&b, 0, "_autodiscover._tcp.example.org", MXS_TYPE_SRV);
    put_rdata(&b, NULL, MXS_TYPE_SRV, 60, "\0\1\0\2\1\273\1A\7example\0", 17);
    put_rdata(&b, NULL, MXS_TYPE_SRV, 60, "\0\1\0\3\1\273\1A\7example\0", 17); /* another weight, so another record */
    cr_assert_eq(read_as("_autodiscover._tcp.example.org", MXS_TYPE_SRV), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 2);
    cr_assert_eq(answer.records[1].weight, 3);
    cr_assert_eq(answer.records[0].preference, 1);
    cr_assert_eq(answer.records[0].port, 443);
    assert_text(answer.records[0].host, "a.example");
    begin(&b, 0, "1.1.1.20.in-addr.arpa", MXS_TYPE_PTR);
    put_rdata(&b, NULL, MXS_TYPE_PTR, 60, "\1A\7example\0", 11);
    cr_assert_eq(read_as("1.1.1.20.in-addr.arpa", MXS_TYPE_PTR), MXS_ANSWERED);
    cr_assert(mxs_text_equal(answer.records[0].host, MXS_TEXT("a.example")));
    begin(&b, 0, "_25._tcp.example.org", MXS_TYPE_TLSA);
    put_rdata(&b, NULL, MXS_TYPE_TLSA, 60, "\3\1\1abc", 6);
    cr_assert_eq(read_as("_25._tcp.example.org", MXS_TYPE_TLSA), MXS_ANSWERED);
    cr_assert_arr_eq(answer.records[0].data.data, "\3\1\1abc", 6);
}

Test(parse_message, a_name_that_cannot_be_asked_reads_nothing)
{
    ask_mx(0);
    cr_assert_eq(read_as("example..org", MXS_TYPE_MX), MXS_MALFORMED);
}

Test(parse_message, queries_are_written)
{
    uint8_t name[MXS_NAME_WIRE_MAX], out[512];
    uint32_t name_size, question_size;
    cr_assert_eq(mxs_name_to_wire(MXS_TEXT("a.example"), name, &name_size), MXS_OK);
    uint32_t size = mxs_message_write(0xbeef, name, name_size, MXS_TYPE_AAAA, 1232, true, out, &question_size);
    static const uint8_t expected[] = "\xbe\xef\1\0\0\1\0\0\0\0\0\1\1a\7example\0\0\34\0\1\0\0\51\4\320\0\0\200\0\0";
    cr_assert_eq(size, sizeof expected);
    cr_assert_arr_eq(out, expected, sizeof expected);
    cr_assert_eq(question_size, name_size + 4);
    size = mxs_message_write(0xbeef, name, name_size, MXS_TYPE_AAAA, 1232, false, out, &question_size);
    cr_assert_eq(out[size - 4], 0);
    size = mxs_message_write(0xbeef, name, name_size, MXS_TYPE_AAAA, 0, true, out, &question_size);
    cr_assert_eq(size, 12 + question_size);
    cr_assert_eq(out[11], 0);
    cr_assert_eq(out[3], 0x20, "AD asks for what DO asks for");
    size = mxs_message_write(0xbeef, name, name_size, MXS_TYPE_AAAA, 0, false, out, &question_size);
    cr_assert_eq(out[3], 0);
    memset(name, 63, sizeof name); /* the longest name leaves the query far below 512 bytes */
    size = mxs_message_write(1, name, MXS_NAME_WIRE_MAX, MXS_TYPE_MX, 1232, true, out, &question_size);
    cr_assert_eq(size, 12 + 255 + 4 + 11);
}
