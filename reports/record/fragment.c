#include "reports/record/internal/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "reports/record/internal/record.h"

static void put_mx_hosts(struct mxs_fragments *fragments, int64_t id, struct mxs_record_mx_host **list, size_t *count)
{
    const struct mxs_facts_mx_host *entries = mxs_facts_mx_hosts(fragments->facts, id, count);
    *list = *count == 0 ? NULL : malloc(*count * sizeof **list);
    if (*count > 0 && *list == NULL) {
        fragments->err = MXS_ERR_MEMORY;
        *count = 0;
    }
    for (size_t i = 0; i < *count; i++)
        (*list)[i] = (struct mxs_record_mx_host){entries[i].preference, &fragments->facts->hosts[entries[i].host]};
}

static char *take(struct mxs_fragments *fragments, size_t *size_bytes)
{
    mxs_out *out = &fragments->scratch;
    if (size_bytes != NULL)
        *size_bytes = out->used;
    mxs_out_bytes(out, "", 1);
    char *copy = out->err == MXS_OK ? malloc(out->used) : NULL;
    if (copy == NULL)
        fragments->err = MXS_ERR_MEMORY;
    else
        memcpy(copy, out->buffer, out->used);
    out->used = 0;
    return copy;
}

static void forget_set(struct mxs_set_fragment *set)
{
    free(set->mx);
    free(set->evidence);
    *set = (struct mxs_set_fragment){0};
}

/* name NULL: for any domain outside the organisations of the MX hosts. */
static void render_set(struct mxs_fragments *fragments, struct mxs_set_fragment *set, int64_t id, const char *name,
                       size_t size_bytes)
{
    struct mxs_record_mx_host *list;
    size_t count;
    put_mx_hosts(fragments, id, &list, &count);
    mxs_record_sort(list, count);
    forget_set(set);
    set->id = id;
    const struct mxs_record_style style = {fragments->facts, fragments->form, fragments->content_only, name, size_bytes};
    mxs_record_put_evidence(&fragments->scratch, &style, list, count);
    set->evidence = take(fragments, &set->evidence_size);
    mxs_record_put_mx(&fragments->scratch, &style, list, count);
    set->mx = take(fragments, &set->mx_size);
    free(list);
}

/* True when the domain belongs to the organisation of one of the set's MX hosts. */
static bool is_own(const struct mxs_facts *facts, int64_t id, const char *name, size_t size_bytes)
{
    size_t count;
    const struct mxs_facts_mx_host *entries = mxs_facts_mx_hosts(facts, id, &count);
    for (size_t i = 0; i < count; i++) {
        const char *organisation = mxs_facts_organisation(facts, &facts->hosts[entries[i].host]);
        if (organisation != NULL && mxs_facts_within(name, size_bytes, organisation))
            return true;
    }
    return false;
}

const struct mxs_set_fragment *mxs_fragments_set(struct mxs_fragments *fragments, int64_t id, const char *name,
                                                 size_t size_bytes)
{
    struct mxs_set_fragment *set = &fragments->sets[(uint64_t)id % MXS_FRAGMENT_SLOTS];
    if (is_own(fragments->facts, id, name, size_bytes)) {
        set = &fragments->lone;
        render_set(fragments, set, id, name, size_bytes);
    } else if (set->mx == NULL || set->id != id) {
        render_set(fragments, set, id, NULL, 0);
    }
    return fragments->err == MXS_OK ? set : NULL;
}

static void forget_verdict(struct mxs_verdict_fragment *verdict)
{
    free(verdict->state);
    free(verdict->provider);
    free(verdict->rest);
    *verdict = (struct mxs_verdict_fragment){0};
}

static void render_verdict(struct mxs_fragments *fragments, struct mxs_verdict_fragment *verdict, int64_t id)
{
    forget_verdict(verdict);
    verdict->id = id;
    mxs_query_int(&fragments->labels, 1, id);
    mxs_record_put_provider(&fragments->scratch, fragments->form, &fragments->labels);
    verdict->provider = take(fragments, NULL);
    mxs_query_int(&fragments->verdict, 1, id);
    if (mxs_query_next(&fragments->verdict)) {
        size_t size_bytes;
        const char *state = mxs_query_column_text(&fragments->verdict, 0, &size_bytes);
        mxs_out_bytes(&fragments->scratch, state, size_bytes);
        verdict->state = take(fragments, NULL);
        mxs_record_put_redundancy(&fragments->scratch, fragments->form, &fragments->verdict);
    } else {
        verdict->state = take(fragments, NULL);
    }
    mxs_query_reset(&fragments->verdict);
    mxs_query_int(&fragments->findings, 1, id);
    mxs_record_put_findings(&fragments->scratch, fragments->form, &fragments->findings, verdict->findings);
    verdict->rest = take(fragments, NULL);
}

const struct mxs_verdict_fragment *mxs_fragments_verdict(struct mxs_fragments *fragments, int64_t id)
{
    struct mxs_verdict_fragment *verdict = &fragments->verdicts[(uint64_t)id % MXS_FRAGMENT_SLOTS];
    if (verdict->rest == NULL || verdict->id != id)
        render_verdict(fragments, verdict, id);
    return fragments->err == MXS_OK ? verdict : NULL;
}

enum mxs_err mxs_fragments_init(struct mxs_fragments *fragments, mxs_store *store, const struct mxs_facts *facts,
                                enum mxs_record_form form, bool content_only, struct mxs_detail *detail)
{
    *fragments = (struct mxs_fragments){.store = store, .facts = facts, .form = form, .content_only = content_only};
    mxs_out_attach(&fragments->scratch, NULL);
    mxs_query_open(&fragments->verdict, store,
                   "SELECT st.name, v.hosts, v.usable, v.tiers, v.load_sharing, v.multihomed, b.name, v.addresses, v.prefixes,"
                   " v.asns, v.providers, p.name FROM verdict v JOIN state st ON st.id = v.state"
                   " LEFT JOIN backup b ON b.id = v.backup LEFT JOIN single_point p ON p.id = v.single_point WHERE v.id = ?1");
    mxs_query_open(&fragments->labels, store,
                   "SELECT l.role, p.name, l.share, l.confidence FROM verdict_label l JOIN provider p ON p.id = l.provider_id"
                   " WHERE l.verdict_id = ?1 ORDER BY l.role, l.position");
    mxs_query_open(&fragments->findings, store,
                   "SELECT f.code, f.name FROM verdict_finding v JOIN finding f ON f.code = v.code"
                   " WHERE v.verdict_id = ?1 ORDER BY f.code");
    fragments->sets = calloc(MXS_FRAGMENT_SLOTS, sizeof *fragments->sets);
    fragments->verdicts = calloc(MXS_FRAGMENT_SLOTS, sizeof *fragments->verdicts);
    if (fragments->sets != NULL && fragments->verdicts != NULL && fragments->scratch.err == MXS_OK)
        return MXS_OK;
    fragments->err = MXS_ERR_MEMORY;
    return mxs_fragments_finish(fragments, detail);
}

enum mxs_err mxs_fragments_finish(struct mxs_fragments *fragments, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    struct mxs_query *queries[] = {&fragments->verdict, &fragments->labels, &fragments->findings};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct mxs_detail late;
        enum mxs_err ended = mxs_query_finish(queries[i], &late);
        if (err == MXS_OK && ended != MXS_OK)
            err = mxs_err_set(detail, ended, "%s", late.text);
    }
    for (size_t i = 0; i < MXS_FRAGMENT_SLOTS; i++) {
        if (fragments->sets != NULL)
            forget_set(&fragments->sets[i]);
        if (fragments->verdicts != NULL)
            forget_verdict(&fragments->verdicts[i]);
    }
    forget_set(&fragments->lone);
    free(fragments->sets);
    free(fragments->verdicts);
    fragments->sets = NULL;
    fragments->verdicts = NULL;
    mxs_out_abandon(&fragments->scratch);
    if (err == MXS_OK && fragments->err != MXS_OK)
        err = mxs_err_set(detail, fragments->err, "out of memory");
    return err;
}
