/* The policies of a domain: packed, read again, as columns for people, and judged.
 *
 * Rooms scanner/run
 *
 * An even first octet: answers as a domain gives them, packed by our own hand; an odd one: a content as a stranger's
 * database may hold it. Checked: what was packed comes back, every column that says it is JSON is, and a judge bears
 * it. */
#include <sqlite3.h>
#include <stdlib.h>

#include "scanner/classify/evidence.h"
#include "scanner/checks/judge.h"
#include "scanner/checks/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENTRIES_MAX = 32 };

struct input {
    const uint8_t *at, *end;
};

static uint8_t octet(struct input *input) { return input->at < input->end ? *input->at++ : 0; }

/* An octet of length, 255: none. */
static struct mxs_text text_of(struct input *input)
{
    uint32_t length = octet(input), left = (uint32_t)(input->end - input->at);
    struct mxs_text text = {(const char *)input->at, length < left ? length : left};
    if (length == 255)
        return (struct mxs_text){NULL, 0};
    input->at += text.size_bytes;
    return text;
}

/* In the order in which a scan packs them; what was packed comes back. */
static struct mxs_bytes pack(struct input *input, uint8_t *bytes)
{
    static struct mxs_policy_entry entries[ENTRIES_MAX];
    struct mxs_policy_entry back;
    struct mxs_pack packed;
    uint32_t count = 0, at = 0;
    mxs_pack_init(&packed, bytes);
    for (; input->at < input->end && count < ENTRIES_MAX; count++) {
        struct mxs_policy_entry *entry = &entries[count];
        uint8_t head = octet(input);
        *entry = (struct mxs_policy_entry){.ask = (uint8_t)(head % 18),
                                           .outcome = (enum mxs_outcome)(octet(input) % MXS_OUTCOME_COUNT)};
        entry->key = text_of(input);
        entry->target = text_of(input);
        for (entry->text_count = 0; entry->text_count < (uint32_t)head / 16 % 4; entry->text_count++)
            entry->texts[entry->text_count] = text_of(input);
        MXS_ASSERT(mxs_pack_put(&packed, entry, 0));
    }
    struct mxs_bytes content = {bytes, packed.size_bytes};
    for (uint32_t i = 0; i < count; i++) {
        MXS_ASSERT(mxs_pack_next(content, &at, &back) && back.ask == entries[i].ask &&
                   back.outcome == entries[i].outcome);
        MXS_ASSERT(mxs_text_equal(back.key, entries[i].key) && back.text_count == entries[i].text_count);
        MXS_ASSERT((back.target.data == NULL) == (entries[i].target.data == NULL));
    }
    MXS_ASSERT(!mxs_pack_next(content, &at, &back));
    return content;
}

static void check_json(struct mxs_text text)
{
    static sqlite3_stmt *valid;
    static sqlite3 *handle;
    if (valid == NULL)
        MXS_ASSERT(sqlite3_open(":memory:", &handle) == SQLITE_OK &&
                   sqlite3_prepare_v2(handle, "SELECT json_valid(?1)", -1, &valid, NULL) == SQLITE_OK);
    if (text.data == NULL)
        return;
    sqlite3_bind_text(valid, 1, text.data, (int)text.size_bytes, SQLITE_STATIC);
    MXS_ASSERT(sqlite3_step(valid) == SQLITE_ROW && sqlite3_column_int(valid, 0) == 1);
    sqlite3_reset(valid);
    for (uint32_t i = 0; i < text.size_bytes; i++)
        MXS_ASSERT((unsigned char)text.data[i] >= 0x20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mxs_evidence *evidence;
    static mxs_rules *rules;
    static uint8_t bytes[MXS_PACK_MAX];
    static struct mxs_arena arena;
    static struct mxs_policy_facts facts;
    static struct mxs_evidence_verdict behind;
    static mxs_out out;
    struct mxs_policy_row row;
    struct mxs_verdict verdict = {.state = MXS_STATE_MX};
    struct mxs_policy_addition addition;
    if (rules == NULL) {
        MXS_ASSERT(mxs_rules_create_built_in(&rules, NULL) == MXS_OK && mxs_evidence_create(&evidence, NULL) == MXS_OK);
        mxs_arena_init(&arena, 1 << 18, 0);
        mxs_out_attach(&out, NULL);
    }
    if (size < 6 || size > 8192)
        return 0;
    struct input input = {data + 6, data + size};
    struct mxs_bytes content =
        data[0] % 2 != 0 ? (struct mxs_bytes){data + 6, (uint32_t)size - 6} : pack(&input, bytes);
    for (int hosts = 0; hosts < 2; hosts++) {
        MXS_ASSERT(mxs_policy_tell(content, hosts != 0, &arena, &out, &row));
        for (uint8_t i = 0; i < row.column_count; i++)
            check_json(row.columns[i].json);
    }
    unsigned options = (data[0] & 2 ? 0 : MXS_CHECK_AUTH) | (data[0] & 4 ? 0 : MXS_CHECK_TRANSPORT);
    MXS_ASSERT(mxs_policy_read(content, options, &arena, &facts));
    mxs_evidence_judge(evidence, rules, &facts, NULL, &behind);
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    mxs_policy_add(&verdict, &addition);
    mxs_arena_reset(&arena);
    return 0;
}
