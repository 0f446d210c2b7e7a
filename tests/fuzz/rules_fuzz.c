/* Rule files, and the look-up of every suffix in them.
 *
 * Rooms scanner/classify
 *
 * A set that is accepted must answer for each of its own suffixes and for a name below it. */
#include "scanner/classify/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rule(const mxs_rules *rules, const struct mxs_rule *rule)
{
    char below[300];
    bool star = rule->pattern.data[0] == '*';
    struct mxs_text suffix = {rule->pattern.data + (star ? 2 : 0), rule->pattern.size_bytes - (star ? 2 : 0)};
    MXS_ASSERT(suffix.size_bytes > 0 && suffix.size_bytes <= 253 && rule->kind < MXS_KIND_COUNT);
    memcpy(below, "mx.", 3);
    memcpy(below + 3, suffix.data, suffix.size_bytes);
    const struct mxs_rule *at = mxs_rules_find(rules, suffix);
    const struct mxs_rule *under = mxs_rules_find(rules, (struct mxs_text){below, suffix.size_bytes + 3});
    MXS_ASSERT(star ? at != rule : at == rule);
    MXS_ASSERT(under != NULL && under->pattern.size_bytes + 3 >= suffix.size_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mxs_detail detail = {0};
    mxs_rules *rules = NULL;
    enum mxs_err err = mxs_rules_create(&rules, (const char *)data, size, "fuzz", &detail);
    MXS_ASSERT((err == MXS_OK) == (rules != NULL));
    /* The input as a host name, whatever it is made of. */
    mxs_rules *one = NULL;
    static const char text[] = "example.net\tbox\tisp\n*.example.org\tbox\tisp\n";
    if (mxs_rules_create(&one, text, sizeof text - 1, "one", &detail) != MXS_OK)
        return 0;
    mxs_rules_find(one, (struct mxs_text){(const char *)data, (uint32_t)size});
    mxs_rules_destroy(&one);
    if (rules == NULL) {
        MXS_ASSERT(err == MXS_ERR_INPUT && detail.text[0] != 0);
        return 0;
    }
    MXS_ASSERT(strlen(mxs_rules_digest(rules)) == 64);
    for (uint32_t i = 0; i < mxs_rules_count(rules) && i < 256; i++)
        check_rule(rules, mxs_rules_at(rules, i));
    (void)!mxs_rules_check(rules, &detail);
    mxs_rules_destroy(&rules);
    return 0;
}
