#include "reports/record/internal/explain_verdict.h"

#include <string.h>

#include "model/answer.h"
#include "reports/data/display_name.h"

static void put_routing(struct mxs_query *query, mxs_out *out)
{
    static const char *const words[] = {"mailbox ", ", gateway ", ", backup ", ", single point of failure "};
    for (int i = 0; i < 4; i++) {
        char buffer[256];
        if (i == 1 && mxs_query_is_null(query, i))
            continue;
        const char *text = mxs_query_is_null(query, i) ? "unknown" : mxs_query_column_text(query, i, NULL);
        bool nowhere = i == 0 && mxs_query_is_null(query, 0) && mxs_query_is_null(query, 1); /* behind no gateway */
        text = i >= 2 ? mxs_display_word(text) : nowhere ? "unknown" : mxs_display_name(text, buffer, sizeof buffer);
        mxs_out_text(out, words[i]);
        mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, text, strlen(text));
    }
    if (!mxs_query_is_null(query, 4))
        mxs_out_text(out, mxs_query_column_int(query, 4) != 0 ? ", survives the loss of its provider"
                                                              : ", does not survive the loss of its provider");
}

/* All of it in one line: what a ticket begins with. */
enum mxs_err mxs_explain_put_verdict(mxs_store *store, int64_t verdict_id, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT (SELECT group_concat(provider, ' + ') FROM v_label l WHERE l.verdict_id = v.verdict_id AND "
                   "l.role = 'mailbox'),"
                   " (SELECT group_concat(provider, ' + ') FROM v_label l WHERE l.verdict_id = v.verdict_id AND l.role "
                   "= 'gateway'),"
                   " v.backup, v.single_point, v.survives_provider,"
                   " (SELECT f.finding FROM v_verdict_finding f JOIN finding n ON n.code = f.code WHERE f.verdict_id = "
                   "v.verdict_id"
                   " ORDER BY n.severity DESC, f.code LIMIT 1), (SELECT count(*) FROM v_verdict_finding f WHERE "
                   "f.verdict_id = v.verdict_id), v.receives, v.state = 'undetermined'"
                   " FROM v_verdict v WHERE v.verdict_id = ?1");
    mxs_query_int(&query, 1, verdict_id);
    if (mxs_query_next(&query)) {
        mxs_out_text(out, "Verdict: ");
        if (mxs_query_column_int(&query, 7) != 0)
            put_routing(&query, out);
        else
            mxs_out_text(out, mxs_query_column_int(&query, 8) != 0 ? "could not be determined" : "receives no mail");
        if (!mxs_query_is_null(&query, 5)) {
            mxs_out_format(out, "; %lld finding%s, first ", (long long)mxs_query_column_int(&query, 6),
                           mxs_query_column_int(&query, 6) == 1 ? "" : "s");
            const char *finding = mxs_query_column_text(&query, 5, NULL);
            mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, finding, strlen(finding));
        }
        mxs_out_text(out, "\n");
    }
    return mxs_query_finish(&query, detail);
}

/* The name that an include or a redirect asks for, and its size in bytes; NULL: another term. */
static const char *asked_name(const char *term, size_t term_size, size_t *size)
{
    static const char *const words[] = {"include:", "redirect="};
    size_t sign = term_size > 0 && strchr("+-~?", *term) != NULL;
    for (size_t i = 0; i < 2; i++) {
        size_t word = strlen(words[i]);
        if (term_size > sign + word && strncasecmp(term + sign, words[i], word) == 0) {
            *size = term_size - sign - word;
            return term + sign + word;
        }
    }
    return NULL;
}

static void put_term(mxs_out *out, const char *before, const char *term, size_t size)
{
    mxs_out_text(out, before);
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, term, size);
}

/* By what this run was answered, which is kept of names that several domains ask for; of the others, and of records
 * further down, only that the fault lies at or behind one of the terms. */
enum mxs_err mxs_explain_put_faulty_term(mxs_store *store, int64_t run_id, const char *record, bool include_none,
                                         mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t size, found = 0, terms = 0;
    mxs_query_open(&query, store,
                   "SELECT 1 FROM shared WHERE run_id = ?1 AND name = lower(?2) AND type = ?3"
                   " AND outcome IN (?4, ?5, ?6)"
                   " GROUP BY name HAVING max(records) = 0");
    mxs_query_int(&query, 1, run_id);
    mxs_query_int(&query, 3, MXS_TYPE_TXT);
    mxs_query_int(&query, 4, MXS_ANSWERED);
    mxs_query_int(&query, 5, MXS_NODATA);
    mxs_query_int(&query, 6, MXS_NXDOMAIN);
    for (const char *at = record, *end; *at != '\0'; at = *end == '\0' ? end : end + 1) {
        end = strchrnul(at, ' ');
        const char *name = asked_name(at, (size_t)(end - at), &size);
        if (name == NULL)
            continue;
        terms++;
        mxs_query_text(&query, 2, name, size);
        if (mxs_query_next(&query)) {
            put_term(out, "    at fault: ", at, (size_t)(end - at));
            mxs_out_text(out, " (that name has no SPF record)\n");
            found++;
        }
        mxs_query_reset(&query);
    }
    for (const char *at = record, *end; include_none && found == 0 && *at != '\0'; at = *end == '\0' ? end : end + 1) {
        end = strchrnul(at, ' ');
        if (asked_name(at, (size_t)(end - at), &size) == NULL)
            continue;
        put_term(out, terms == 0 ? ", " : terms == 1 ? "    at fault: " : "    at fault, one of: ", at,
                 (size_t)(end - at));
        terms = 0;
    }
    if (include_none && found == 0)
        mxs_out_text(out, ", or what it includes\n");
    return mxs_query_finish(&query, detail);
}
