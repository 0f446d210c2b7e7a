/* A rule file is small and read once; a look-up happens for every MX host of every domain. So reading is
 * plain and strict, and finding is one hash probe per label of the host, longest suffix first. A suffix whose
 * length and first letter no rule has is skipped without hashing, and so are names deeper than the deepest rule:
 * a host of 127 labels costs no more than one of ten.
 *
 * Order in the file carries no meaning, so a person may append a line; that the built-in file is tidy is
 * checked by mxs_rules_check and a test, not imposed on everybody. */
#include "scanner/classify/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/intern.h"
#include "base/vector.h"
#include "scanner/classify/internal/rules_line.h"

#define LABELS_MAX 128u
#define SUFFIX_MAX 256u
#define DIGEST_LANES 4

struct mxs_rules {
    char *text; /* the file; rules look into it */
    struct mxs_rule *list;
    uint32_t count;
    size_t capacity;
    struct mxs_intern suffixes;     /* suffix without "*." -> slot + 1 */
    uint32_t *whole, *below;        /* per slot: id of the rule `x`, of the rule `*.x`; 0 none */
    uint64_t begins[SUFFIX_MAX];    /* by suffix length: the first letters in use, as bits */
    uint32_t deepest;               /* labels of the deepest suffix */
    char digest[DIGEST_LANES * 16 + 1];
};

extern const char mxs_providers_tsv[];

static struct mxs_text bare(struct mxs_text pattern, bool *below)
{
    *below = pattern.size_bytes > 2 && pattern.data[0] == '*';
    return *below ? (struct mxs_text){pattern.data + 2, pattern.size_bytes - 2} : pattern;
}

static uint32_t label_count(struct mxs_text name)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < name.size_bytes; i++)
        count += name.data[i] == '.';
    return count;
}

static enum mxs_err grow(mxs_rules *set)
{
    const struct mxs_vector_part parts[] = {{&set->list, sizeof *set->list}, {&set->whole, sizeof *set->whole},
                                            {&set->below, sizeof *set->below}};
    return mxs_vector_reserve_each(parts, 3, &set->capacity, set->count) ? MXS_OK : MXS_ERR_MEMORY;
}

/* Enters a rule that was read; MXS_ERR_INPUT when its pattern stands there already (*other is that line). */
static enum mxs_err put(mxs_rules *set, struct mxs_rule rule, uint32_t *other)
{
    if (grow(set) != MXS_OK)
        return MXS_ERR_MEMORY;
    bool below, added;
    struct mxs_text suffix = bare(rule.pattern, &below);
    uint32_t slot = mxs_intern_put(&set->suffixes, suffix.data, suffix.size_bytes, &added);
    if (slot == 0)
        return MXS_ERR_MEMORY;
    if (added)
        set->whole[slot - 1] = set->below[slot - 1] = 0;
    uint32_t *position = below ? &set->below[slot - 1] : &set->whole[slot - 1];
    if (*position != 0) {
        *other = set->list[*position - 1].line;
        return MXS_ERR_INPUT;
    }
    rule.id = *position = set->count + 1;
    set->list[set->count++] = rule;
    set->begins[suffix.size_bytes] |= 1ull << (suffix.data[0] & 63);
    uint32_t depth = label_count(suffix);
    set->deepest = depth > set->deepest ? depth : set->deepest;
    return MXS_OK;
}

static enum mxs_err refuse(struct mxs_detail *detail, const char *name, uint32_t line, uint32_t column,
                           const char *what)
{
    enum mxs_err err = line == 0 ? mxs_err_set(detail, MXS_ERR_INPUT, "%s: %s", name, what)
                                 : mxs_err_set(detail, MXS_ERR_INPUT, "%s, line %u, column %u: %s", name, line, column,
                                               what);
    if (detail != NULL) {
        detail->line = line;
        detail->column = column;
    }
    return err;
}

static enum mxs_err read_line(mxs_rules *set, struct mxs_text line, uint32_t number, const char *name,
                              struct mxs_detail *detail)
{
    struct mxs_rule rule = {.line = number};
    struct mxs_line_fault fault;
    if (!mxs_rules_line_parse(line, &rule, &fault))
        return refuse(detail, name, number, fault.column, fault.text);
    if (set->count == MXS_RULES_MAX)
        return refuse(detail, name, number, 1, "more than 65,535 rules");
    uint32_t other = 0;
    enum mxs_err err = put(set, rule, &other);
    if (err == MXS_ERR_INPUT) {
        char text[80];
        snprintf(text, sizeof text, "the same suffix as in line %u", other);
        return refuse(detail, name, number, 1, text);
    }
    return err == MXS_OK ? MXS_OK : mxs_err_set(detail, err, "%s: no memory for the rules", name);
}

/* A table's first line may name its columns. */
static bool is_heading(const char *at, const char *hop)
{
    static const char word[] = "suffix\t";
    return (size_t)(hop - at) >= sizeof word - 1 && memcmp(at, word, sizeof word - 1) == 0;
}

static enum mxs_err read_lines(mxs_rules *set, size_t size_bytes, const char *name, struct mxs_detail *detail)
{
    const char *at = set->text, *end = set->text + size_bytes;
    if (size_bytes >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3; /* a byte-order mark */
    for (uint32_t number = 1; at < end; number++) {
        const char *hop = memchr(at, '\n', (size_t)(end - at));
        const char *next = hop == NULL ? end : hop + 1;
        hop = hop == NULL ? end : hop;
        if (hop > at && hop[-1] == '\r')
            hop--;
        if (hop > at && *at != '#' && !(number == 1 && is_heading(at, hop))) {
            enum mxs_err err = read_line(set, (struct mxs_text){at, (uint32_t)(hop - at)}, number, name, detail);
            if (err != MXS_OK)
                return err;
        }
        at = next;
    }
    if (set->count == 0)
        return refuse(detail, name, 0, 0,
                      "no rules in it: a rule is a line of suffix, provider and kind, parted by tabs");
    return MXS_OK;
}

/* Each lane is a chain of keyed hashes over the fields of every rule, in file order. */
static void set_digest(mxs_rules *set)
{
    for (unsigned lane = 0; lane < DIGEST_LANES; lane++) {
        uint64_t key[2] = {0x6d78737572766579ull, lane + 1};
        for (uint32_t i = 0; i < set->count; i++) {
            const struct mxs_rule *r = &set->list[i];
            const struct mxs_text fields[] = {r->pattern, r->provider, mxs_text_of(mxs_kind_text(r->kind)),
                                              r->one_mx_host ? MXS_TEXT("one") : MXS_TEXT("-"),
                                              r->country, r->source, r->date};
            for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
                key[0] = mxs_hash(key, fields[f].data, fields[f].size_bytes);
        }
        snprintf(set->digest + lane * 16, 17, "%016llx", (unsigned long long)key[0]);
    }
}

static enum mxs_err refuse_size(const char *name, struct mxs_detail *detail)
{
    return refuse(detail, name, 0, 0, "larger than 16 MiB");
}

enum mxs_err mxs_rules_create(mxs_rules **out, const char *text, size_t size_bytes, const char *name,
                              struct mxs_detail *detail)
{
    if (size_bytes > MXS_FILE_MAX)
        return refuse_size(name, detail);
    mxs_rules *set = calloc(1, sizeof *set);
    if (set == NULL || (set->text = malloc(size_bytes + 1)) == NULL) {
        free(set);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%s: no memory for the rules", name);
    }
    if (size_bytes != 0)
        memcpy(set->text, text, size_bytes);
    set->text[size_bytes] = '\0';
    mxs_intern_init(&set->suffixes);
    enum mxs_err err = read_lines(set, size_bytes, name, detail);
    if (err != MXS_OK) {
        mxs_rules_destroy(&set);
        return err;
    }
    set_digest(set);
    *out = set;
    return MXS_OK;
}

enum mxs_err mxs_rules_create_built_in(mxs_rules **out, struct mxs_detail *detail)
{
    return mxs_rules_create(out, mxs_providers_tsv, strlen(mxs_providers_tsv), "built-in rules", detail);
}

enum mxs_err mxs_rules_create_file(mxs_rules **out, const char *path, struct mxs_detail *detail)
{
    char *text = NULL;
    size_t size_bytes = 0;
    if (path[0] == '\0')
        return mxs_err_set(detail, MXS_ERR_INPUT, "--rules: there is no name of a file: name one, or leave it out");
    enum mxs_err err = mxs_file_read(path, &text, &size_bytes);
    if (err == MXS_ERR_FULL)
        return refuse_size(path, detail);
    if (err == MXS_ERR_MEMORY)
        return mxs_err_set(detail, err, "%s: no memory for the rules", path);
    if (err != MXS_OK)
        return mxs_err_set(detail, err, "%s: cannot be %s: %s", path, err == MXS_ERR_IO ? "read" : "opened",
                           strerror(errno));
    err = mxs_rules_create(out, text, size_bytes, path, detail);
    free(text);
    return err;
}

void mxs_rules_destroy(mxs_rules **rules)
{
    mxs_rules *set = *rules;
    *rules = NULL;
    if (set == NULL)
        return;
    mxs_intern_finish(&set->suffixes);
    free(set->whole);
    free(set->below);
    free(set->list);
    free(set->text);
    free(set);
}

const char *mxs_rules_digest(const mxs_rules *rules) { return rules->digest; }
uint32_t mxs_rules_count(const mxs_rules *rules) { return rules->count; }

const struct mxs_rule *mxs_rules_at(const mxs_rules *rules, uint32_t index)
{
    MXS_ASSERT(index < rules->count);
    return &rules->list[index];
}

/* Where the labels of a canonical name begin; an escaped dot is no boundary. */
static uint32_t boundaries(struct mxs_text name, uint16_t starts[LABELS_MAX])
{
    uint32_t count = 0;
    starts[count++] = 0;
    for (uint32_t i = 0; i < name.size_bytes; i++) {
        if (name.data[i] == '\\')
            i++;
        else if (name.data[i] == '.' && count < LABELS_MAX)
            starts[count++] = (uint16_t)(i + 1);
    }
    return count;
}

const struct mxs_rule *mxs_rules_find(const mxs_rules *rules, struct mxs_text host)
{
    uint16_t starts[LABELS_MAX];
    if (host.size_bytes == 0 || host.size_bytes > UINT16_MAX - 1)
        return NULL;
    uint32_t count = boundaries(host, starts);
    for (uint32_t i = count > rules->deepest ? count - rules->deepest : 0; i < count; i++) {
        uint32_t size = host.size_bytes - starts[i];
        if (size == 0 || size >= SUFFIX_MAX || !(rules->begins[size] >> (host.data[starts[i]] & 63) & 1))
            continue;
        uint32_t slot = mxs_intern_find(&rules->suffixes, host.data + starts[i], size);
        if (slot == 0)
            continue;
        uint32_t id = i > 0 && rules->below[slot - 1] != 0 ? rules->below[slot - 1] : rules->whole[slot - 1];
        if (id != 0)
            return &rules->list[id - 1];
    }
    return NULL;
}

/* The rule that would answer for this rule's suffix if the rule were not there. */
static const struct mxs_rule *shadow(const mxs_rules *rules, const struct mxs_rule *rule)
{
    bool below;
    struct mxs_text suffix = bare(rule->pattern, &below);
    uint32_t slot = mxs_intern_find(&rules->suffixes, suffix.data, suffix.size_bytes);
    if (below && slot != 0 && rules->whole[slot - 1] != 0)
        return &rules->list[rules->whole[slot - 1] - 1];
    const char *dot = memchr(suffix.data, '.', suffix.size_bytes);
    if (dot == NULL)
        return NULL;
    uint32_t cut = (uint32_t)(dot + 1 - suffix.data);
    struct mxs_text parent = {dot + 1, suffix.size_bytes - cut};
    const struct mxs_rule *found = mxs_rules_find(rules, parent);
    slot = mxs_intern_find(&rules->suffixes, parent.data, parent.size_bytes);
    if (slot != 0 && rules->below[slot - 1] != 0)
        found = &rules->list[rules->below[slot - 1] - 1];
    return found;
}

enum mxs_err mxs_rules_check(const mxs_rules *rules, struct mxs_detail *detail)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct mxs_rule *rule = &rules->list[i];
        const struct mxs_rule *other = shadow(rules, rule);
        if (other != NULL && mxs_text_equal(other->provider, rule->provider) && other->kind == rule->kind &&
            other->one_mx_host == rule->one_mx_host)
            return refuse(detail, "rules", rule->line, 1, "says what a shorter suffix says already");
        if (i == 0)
            continue;
        const struct mxs_rule *last = &rules->list[i - 1];
        int order = mxs_text_compare(last->provider, rule->provider);
        if (order > 0 || (order == 0 && mxs_text_compare(last->pattern, rule->pattern) > 0))
            return refuse(detail, "rules", rule->line, 1, "not in order of provider, then suffix");
        if (order == 0 && !mxs_text_equal(last->country, rule->country))
            return refuse(detail, "rules", rule->line, 1, "another country than the same provider's rule above");
    }
    return MXS_OK;
}
