/* Names and counts that want to cost more than they are worth. Work is counted, never timed. */
#include "tests/unit/parse/reading.h"

TestSuite(parse_message_limits, .init = open_arena, .fini = close_arena);

Test(parse_message_limits, pointer_to_itself_forward_and_out_of_the_message)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        ask_mx(0);
        open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
        put16(&b, 10);
        put_pointer(&b, kind == 0 ? b.size : kind == 1 ? b.size + 2 : kind == 2 ? 0x3fff : b.size - 4);
        if (kind == 3) { /* two pointers at each other */
            b.size -= 4;
            put_pointer(&b, b.size + 2);
            put_pointer(&b, b.size - 2);
        }
        close_record(&b);
        if (kind == 1)
            put_opt(&b, 0);
        cr_assert_eq(read_mx(), MXS_MALFORMED, "kind %u", kind);
    }
}

Test(parse_message_limits, reserved_label_types_are_malformed)
{
    for (unsigned octet = 0x40; octet < 0xc0; octet += 0x40) {
        ask_mx(0);
        open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
        put16(&b, 10);
        put8(&b, octet), put8(&b, 0);
        close_record(&b);
        cr_assert_eq(read_mx(), MXS_MALFORMED);
    }
}

Test(parse_message_limits, a_target_of_256_bytes_is_malformed_and_of_255_is_not)
{
    for (unsigned last = 61; last <= 62; last++) {
        ask_mx(0);
        open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
        put16(&b, 10);
        for (int label = 0; label < 4; label++) {
            unsigned n = label == 3 ? last : 63;
            put8(&b, n);
            for (unsigned i = 0; i < n; i++)
                put8(&b, 'a');
        }
        put8(&b, 0);
        close_record(&b);
        cr_assert_eq(read_mx(), last == 61 ? MXS_ANSWERED : MXS_MALFORMED);
    }
}

/* A legal name may be a pointer to a pointer; 127 of them, and no more, are followed. */
static void ladder(unsigned steps)
{
    ask_mx(0);
    open_record(&b, ANSWERS, "x", 65280, 60); /* private type: its rdata is ours to fill */
    uint32_t to = QUESTION_AT;
    for (unsigned i = 1; i < steps; i++) {
        uint32_t here = b.size;
        put_pointer(&b, to);
        to = here;
    }
    close_record(&b);
    open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
    put16(&b, 10);
    put_pointer(&b, to);
    close_record(&b);
}
Test(parse_message_limits, pointers_in_one_name)
{
    ladder(127);
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    assert_mx(0, 10, "example.org");
    ladder(128);
    cr_assert_eq(read_mx(), MXS_MALFORMED);
}

/* F12: the work is counted, not timed. A ladder of pointers, and as many records as fit that hang on it. */
Test(parse_message_limits, pointer_bomb_is_bounded)
{
    ladder(120);
    uint32_t rung = b.size - 2;
    while (b.size + 20 < 65536) {
        count(&b, ANSWERS);
        put_pointer(&b, rung);
        put16(&b, MXS_TYPE_MX), put16(&b, 1), put32(&b, 60);
        put16(&b, 4), put16(&b, 1), put_pointer(&b, rung);
    }
    cr_assert_eq(read_mx(), MXS_MALFORMED);
    struct mxs_wire wire = {.start = b.data, .end = b.data + b.size};
    struct mxs_wire_name name;
    const uint8_t *after;
    uint32_t names = 0;
    while (mxs_wire_unpack(&wire, b.data + rung, &name, &after))
        names++;
    cr_assert_leq(wire.pointers_followed, b.size + 1);
    cr_assert_leq(names, b.size / 120);
}

Test(parse_message_limits, no_answer_of_64_kb_takes_more_than_a_megabyte)
{
    ask_mx(0);
    for (unsigned i = 0; b.size + 18 < 65536; i++) {
        open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
        put16(&b, i);
        put8(&b, 0);
        close_record(&b);
    }
    cr_assert_gt(b.data[ANSWERS] << 8 | b.data[ANSWERS + 1], 4000);
    cr_assert_eq(read_mx(), MXS_LIMIT);
    cr_assert_eq(answer.record_count, MXS_RECORDS_MAX);
    assert_mx(999, 999, "");
    cr_assert_leq(arena.held_bytes, 1 << 20);
}

/* The longest texts a message can be blown up to: 1,000 records that share one escaped name. */
Test(parse_message_limits, a_thousand_pointers_to_one_long_name)
{
    ask_mx(0);
    uint32_t position = b.size + 12 + 2;
    open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
    put16(&b, 0);
    for (int label = 0; label < 4; label++) {
        put8(&b, label == 3 ? 61 : 63);
        for (int i = 0; i < (label == 3 ? 61 : 63); i++)
            put8(&b, 1);
    }
    put8(&b, 0);
    close_record(&b);
    for (unsigned i = 1; b.size + 16 < 65536; i++) {
        open_record(&b, ANSWERS, NULL, MXS_TYPE_MX, 60);
        put16(&b, i);
        put_pointer(&b, position);
        close_record(&b);
    }
    cr_assert_eq(read_mx(), MXS_LIMIT);
    cr_assert_eq(answer.record_count, MXS_RECORDS_MAX);
    cr_assert_eq(answer.records[999].host.size_bytes, 250 * 4 + 3);
    cr_assert_leq(arena.held_bytes, 2 << 20);
}

Test(parse_message_limits, exactly_the_record_limit_is_answered_one_more_is_limit)
{
    for (unsigned more = 0; more < 2; more++) {
        ask_mx(0);
        for (unsigned i = 0; i < MXS_RECORDS_MAX + more; i++)
            put_mx(&b, NULL, 60, i, "a.example");
        cr_assert_eq(read_mx(), more ? MXS_LIMIT : MXS_ANSWERED);
        cr_assert_eq(answer.record_count, MXS_RECORDS_MAX);
        cr_assert_eq(answer.ttl_s, 60);
    }
}

/* Which of too many are kept does not hang on the order in which they come, nor on those that come twice. */
Test(parse_message_limits, of_too_many_the_first_are_kept_whatever_their_order)
{
    static const unsigned counts[] = {1001, 1499, 1500, 1501, 2400}, steps[] = {1, 97, 0}; /* 0: backwards */
    char host[16];
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            unsigned count = counts[c], step = steps[s] != 0 ? steps[s] : count - 1;
            ask_mx(0);
            for (unsigned i = 0, at = 0; i < count; i++, at = (at + step) % count) {
                snprintf(host, sizeof host, "h%04u", at);
                for (unsigned times = 0; times < 1 + (i % 5 == 0); times++)
                    put_mx(&b, NULL, 60, at % 2 == 0 ? 6 : 5, host);
            }
            cr_assert_eq(read_mx(), MXS_LIMIT);
            cr_assert_eq(answer.record_count, MXS_RECORDS_MAX);
            for (unsigned i = 0, odd = count / 2; i < MXS_RECORDS_MAX; i++) {
                snprintf(host, sizeof host, "h%04u", i < odd ? 2 * i + 1 : 2 * (i - odd));
                assert_mx(i, i < odd ? 5 : 6, host);
            }
        }
    }
}

Test(parse_message_limits, duplicates_count_once)
{
    for (unsigned distinct = 2; distinct <= 1000; distinct += 499) {
        ask_mx(0);
        for (unsigned i = 0; i < 2100; i++)
            put_mx(&b, NULL, 60, i % distinct, i % 2 ? "A.EXAMPLE" : "a.example");
        cr_assert_eq(read_mx(), MXS_ANSWERED);
        cr_assert_eq(answer.record_count, distinct);
    }
    ask_mx(0);
    put_mx(&b, NULL, 60, 10, "a.example");
    put_mx(&b, NULL, 60, 10, "b.example");
    put_mx(&b, NULL, 60, 20, "a.example");
    put_mx(&b, NULL, 60, 10, "a.example");
    cr_assert_eq(read_mx(), MXS_ANSWERED);
    cr_assert_eq(answer.record_count, 3);
}

Test(parse_message_limits, a_full_arena_is_limit)
{
    ask_mx(0);
    put_cname(&b, NULL, 60, "alias.example");
    put_mx(&b, "alias.example", 60, 10, "a.example");
    put_mx(&b, "alias.example", 60, 20, "b.example");
    for (size_t limit = 1; limit < 400; limit++) {
        struct mxs_arena small;
        mxs_arena_init(&small, 1, limit);
        mxs_message_read(built(&b), MXS_TEXT("example.org"), MXS_TYPE_MX, &small, &answer);
        if (answer.outcome == MXS_ANSWERED) {
            mxs_arena_finish(&small);
            cr_assert_gt(limit, 100);
            return;
        }
        cr_assert_eq(answer.outcome, MXS_LIMIT);
        cr_assert_lt(answer.record_count, 2);
        mxs_arena_finish(&small);
    }
    cr_assert_fail("never answered");
}

Test(parse_message_limits, chain_over_its_limit_and_loops)
{
    for (unsigned links = 16; links <= 17; links++) {
        for (unsigned reverse = 0; reverse < 2; reverse++) {
            ask_mx(0);
            for (unsigned i = 0; i < links; i++) {
                unsigned n = reverse ? links - 1 - i : i;
                char from[32] = "example.org", to[32];
                if (n > 0)
                    snprintf(from, sizeof from, "c%u.example", n);
                snprintf(to, sizeof to, "C%u.example", n + 1);
                put_cname(&b, from, 60, to);
            }
            char end[32];
            snprintf(end, sizeof end, "c%u.example", links);
            put_mx(&b, end, 60, 10, "a.example");
            cr_assert_eq(read_mx(), links == 16 ? MXS_ANSWERED : MXS_LIMIT, "links %u reverse %u", links, reverse);
            if (links == 16)
                assert_text(answer.alias, "c16.example");
        }
    }
    ask_mx(0);
    put_cname(&b, NULL, 60, "b.example");
    put_cname(&b, "b.example", 60, "example.org");
    cr_assert_eq(read_mx(), MXS_LIMIT);
    ask_mx(0);
    put_cname(&b, NULL, 60, "example.org");
    cr_assert_eq(read_mx(), MXS_LIMIT);
}
