#include "scanner/run/internal/comparability.h"

#include <stdio.h>
#include <stdlib.h>

#include "db/measured.h"
#include "scanner/run/internal/stages.h"

#define POINT 0.01
#define NAMES_MIN 10        /* and more than a handful: in a list of fifty, one name is two points */
#define DEVIATION 0.05
#define ANSWERS_MIN 100     /* of a resolver, and of the others together */
#define CHANCE 16           /* standard errors, squared */

/* --- states --- */

enum mxs_err mxs_comparability_read(mxs_store *store, const struct mxs_scan_run *run, struct mxs_comparability *out,
                                    struct mxs_detail *detail)
{
    struct mxs_comparability counts = {0};
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT r.id, v.state, c.domains FROM run r JOIN verdict_count c ON c.list_id = r.list_id"
                   " AND c.first_run <= r.id AND ifnull(c.last_run, r.id) >= r.id JOIN verdict v ON v.id = c.verdict_id"
                   " WHERE r.id IN (?1, ?2)");
    mxs_query_int(&query, 1, run->id);
    mxs_query_int(&query, 2, run->previous);
    while (mxs_query_next(&query)) {
        uint64_t *states = mxs_query_column_int(&query, 0) == run->id ? counts.now : counts.before;
        int64_t state = mxs_query_column_int(&query, 1);
        if (state >= 0 && state < MXS_STATE_COUNT)
            states[state] += (uint64_t)mxs_query_column_int(&query, 2);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK)
        *out = counts;
    return err;
}

static uint64_t sum(const uint64_t counts[MXS_STATE_COUNT], unsigned states)
{
    uint64_t total = 0;
    for (unsigned state = 0; state < MXS_STATE_COUNT; state++)
        total += states >> state & 1 ? counts[state] : 0;
    return total;
}

static enum mxs_err put_moved_share(mxs_store *store, const struct mxs_scan_run *run,
                                    const struct mxs_comparability *comparability, unsigned states, const char *what,
                                    struct mxs_detail *detail)
{
    char text[200], shares[2][MXS_SHARE_TEXT_SIZE];
    uint64_t all_before = sum(comparability->before, ~0u), all_now = sum(comparability->now, ~0u);
    if (run->previous == 0 || all_before == 0 || all_now == 0)
        return MXS_OK;
    double before = (double)sum(comparability->before, states) / (double)all_before;
    double now = (double)sum(comparability->now, states) / (double)all_now;
    double moved = now > before ? now - before : before - now;
    if (moved <= POINT || moved * (double)all_now <= NAMES_MIN)
        return MXS_OK;
    snprintf(text, sizeof text, "since run %lld, the share of names %s went from %s to %s",
             (long long)run->previous, what, mxs_share_text(before, shares[0]), mxs_share_text(now, shares[1]));
    return mxs_run_put_note(store, run->id, "unfit", text, detail);
}

/* --- resolvers --- */

enum { KIND_SERVFAIL, KIND_REFUSED, KIND_NXDOMAIN, KINDS };
static const char *const kind_names[KINDS] = {"SERVFAIL", "REFUSED", "NXDOMAIN"};

struct counted {
    int64_t id;
    char address[64];
    int64_t answers[KINDS], of_kind[KINDS]; /* NXDOMAIN: of the answers that stand; the others: of all datagrams */
};

struct counted_all {
    struct counted *each;
    size_t count;
    struct counted total;
};

/* Who lied. Who only knew nothing told nothing that could be false. */
static enum mxs_err put_excluded(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    char text[400];
    mxs_query_open(&query, store,
                   "SELECT address, excluded FROM run_resolver JOIN resolver ON id = resolver_id WHERE run_id = ?1 AND"
                   " excluded IS NOT NULL AND excluded NOT LIKE '%" MXS_POOL_NO_RECURSOR_TEXT "' ORDER BY address");
    mxs_query_int(&query, 1, run->id);
    while (err == MXS_OK && mxs_query_next(&query)) {
        snprintf(text, sizeof text,
                 "resolver %.80s was excluded: %.200s; what it had answered since it last passed the checks was"
                 " asked again",
                 mxs_query_column_text(&query, 0, NULL), mxs_query_column_text(&query, 1, NULL));
        err = mxs_run_put_note(store, run->id, "unfit", text, detail);
    }
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}

static enum mxs_err read_counts(mxs_store *store, const struct mxs_scan_run *run, struct counted_all *all,
                                struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t count = 0;
    enum mxs_err err = mxs_query_one_int(store, "SELECT count(*) FROM resolver", 0, &count, detail);
    if (err != MXS_OK)
        return err;
    all->each = calloc((size_t)count + 1, sizeof *all->each);
    if (all->each == NULL)
        return mxs_err_memory(detail, "comparing resolvers");
    mxs_query_open(&query, store,
                   "SELECT id, address, answers, servfail, refused FROM run_resolver JOIN resolver ON id = resolver_id"
                   " WHERE run_id = ?1 AND excluded IS NULL");
    mxs_query_int(&query, 1, run->id);
    while (mxs_query_next(&query) && all->count < (size_t)count) {
        struct counted *one = &all->each[all->count++];
        one->id = mxs_query_column_int(&query, 0);
        snprintf(one->address, sizeof one->address, "%s", mxs_query_column_text(&query, 1, NULL));
        for (int kind = KIND_SERVFAIL; kind <= KIND_REFUSED; kind++) {
            one->answers[kind] = mxs_query_column_int(&query, 2);
            one->of_kind[kind] = mxs_query_column_int(&query, 3 + kind);
        }
    }
    return mxs_query_finish(&query, detail);
}

static struct counted *find_counted(struct counted_all *all, int64_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->each[i].id == id)
            return &all->each[i];
    return NULL;
}

/* Whose answer stands, and how often it was NXDOMAIN: two walks in the order of ids. */
static enum mxs_err read_nxdomain(mxs_store *store, const struct mxs_scan_run *run, struct counted_all *all,
                                  struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_measured measured;
    struct mxs_measured_row row = {0};
    bool more = true;
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    mxs_query_open(&query, store,
                   "SELECT domain_id, outcome FROM domain_history WHERE list_id = ?1 AND last_run IS NULL"
                   " AND outcome IN (SELECT id FROM outcome WHERE settled) ORDER BY domain_id");
    mxs_query_int(&query, 1, run->list_id);
    while (more && mxs_query_next(&query)) {
        uint32_t domain = (uint32_t)mxs_query_column_int(&query, 0);
        while (more && row.domain < domain)
            more = mxs_measured_next(&measured, &row);
        struct counted *one =
            more && row.domain == domain && row.run == run->id ? find_counted(all, row.resolver) : NULL;
        if (one == NULL)
            continue;
        one->answers[KIND_NXDOMAIN]++;
        one->of_kind[KIND_NXDOMAIN] += mxs_query_column_int(&query, 1) == MXS_NXDOMAIN;
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    enum mxs_err end = mxs_measured_finish(&measured, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}

static double share(int64_t part, int64_t whole) { return (double)part / (double)whole; }

/* How far a resolver is from the others together; 0 when either said too little, or when chance may well do that (four
 * standard errors of a difference of two shares). */
static double deviation(const struct counted_all *all, size_t i, int kind)
{
    const struct counted *one = &all->each[i];
    int64_t others = all->total.answers[kind] - one->answers[kind];
    if (one->answers[kind] < ANSWERS_MIN || others < ANSWERS_MIN)
        return 0;
    double apart =
        share(one->of_kind[kind], one->answers[kind]) - share(all->total.of_kind[kind] - one->of_kind[kind], others);
    double of_all = share(all->total.of_kind[kind], all->total.answers[kind]);
    double variance = of_all * (1 - of_all) * (1 / (double)one->answers[kind] + 1 / (double)others);
    return apart * apart > CHANCE * variance ? apart : 0;
}

static double size_of(double deviation) { return deviation < 0 ? -deviation : deviation; }

/* Names the one that stands farthest apart: among two or three, the sound ones seem to deviate from it, too. */
static enum mxs_err put_deviation(mxs_store *store, const struct mxs_scan_run *run, const struct counted_all *all,
                                  int kind, struct mxs_detail *detail)
{
    size_t worst = 0;
    char text[300], shares[2][MXS_SHARE_TEXT_SIZE];
    for (size_t i = 1; i < all->count; i++) {
        double now = deviation(all, i, kind), most = deviation(all, worst, kind);
        if (size_of(now) > size_of(most) + 1e-9 || (now > most && size_of(now) > size_of(most) - 1e-9))
            worst = i;
    }
    if (size_of(deviation(all, worst, kind)) <= DEVIATION)
        return MXS_OK;
    const struct counted *one = &all->each[worst];
    int64_t others = all->total.answers[kind] - one->answers[kind],
            others_kind = all->total.of_kind[kind] - one->of_kind[kind];
    snprintf(text, sizeof text, "resolver %s deviates: %s of its answers were %s, of the others' %s", one->address,
             mxs_share_text(share(one->of_kind[kind], one->answers[kind]), shares[0]), kind_names[kind],
             mxs_share_text(share(others_kind, others), shares[1]));
    return mxs_run_put_note(store, run->id, "unfit", text, detail);
}

static enum mxs_err compare_resolvers(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    struct counted_all all = {0};
    enum mxs_err err = read_counts(store, run, &all, detail);
    if (err == MXS_OK && all.count > 1)
        err = read_nxdomain(store, run, &all, detail);
    for (size_t i = 0; i < all.count; i++)
        for (int kind = 0; kind < KINDS; kind++) {
            all.total.answers[kind] += all.each[i].answers[kind];
            all.total.of_kind[kind] += all.each[i].of_kind[kind];
        }
    for (int kind = 0; err == MXS_OK && all.count > 1 && kind < KINDS; kind++)
        err = put_deviation(store, run, &all, kind, detail);
    free(all.each);
    return err;
}

/* --- the notes --- */

static enum mxs_err drop_notes(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "DELETE FROM run_note WHERE run_id = ?1 AND kind = 'unfit'");
    mxs_query_int(&query, 1, run->id);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_comparability_write(mxs_store *store, const struct mxs_scan_run *run,
                                     const struct mxs_comparability *comparability, struct mxs_detail *detail)
{
    static const unsigned unsettled = 1u << MXS_STATE_UNDETERMINED;
    static const unsigned without = 1u << MXS_STATE_IMPLICIT_MX | 1u << MXS_STATE_NULL_MX | 1u << MXS_STATE_NO_MAIL |
                                    1u << MXS_STATE_NXDOMAIN;
    char text[120];
    enum mxs_err err = drop_notes(store, run, detail);
    snprintf(text, sizeof text, "degraded: %llu of %llu names could not be determined",
             (unsigned long long)comparability->now[MXS_STATE_UNDETERMINED], (unsigned long long)run->accepted);
    if (err == MXS_OK && run->degraded)
        err = mxs_run_put_note(store, run->id, "unfit", text, detail);
    if (err == MXS_OK)
        err = put_moved_share(store, run, comparability, unsettled, "that could not be determined", detail);
    if (err == MXS_OK)
        err = put_moved_share(store, run, comparability, without, "that list no MX host", detail);
    if (err == MXS_OK)
        err = put_excluded(store, run, detail);
    return err == MXS_OK ? compare_resolvers(store, run, detail) : err;
}
