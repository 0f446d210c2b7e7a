#include "reports/record/internal/explain_verdict.h"

#include <string.h>

#include "reports/data/display_name.h"

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
                   "f.verdict_id = v.verdict_id)"
                   " FROM v_verdict v WHERE v.verdict_id = ?1 AND v.receives");
    mxs_query_int(&query, 1, verdict_id);
    if (mxs_query_next(&query)) {
        static const char *const words[] = {"Verdict: mailbox ", ", gateway ", ", backup ",
                                            ", single point of failure "};
        for (int i = 0; i < 4; i++) {
            char buffer[256];
            if (i == 1 && mxs_query_is_null(&query, i))
                continue;
            const char *text = mxs_query_is_null(&query, i) ? "unknown" : mxs_query_column_text(&query, i, NULL);
            text = i < 2 ? mxs_display_name(text, buffer, sizeof buffer) : text;
            mxs_out_text(out, words[i]);
            mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, text, strlen(text));
        }
        if (!mxs_query_is_null(&query, 4))
            mxs_out_text(out, mxs_query_column_int(&query, 4) != 0 ? ", survives the loss of its provider"
                                                                   : ", does not survive the loss of its provider");
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

/* The term of the record that names a domain without an SPF record, by what this run was answered; of records further
 * down the line nothing is said here. */
enum mxs_err mxs_explain_put_faulty_term(mxs_store *store, int64_t run_id, const char *record, mxs_out *out,
                                         struct mxs_detail *detail)
{
    static const char *const words[] = {"include:", "redirect="};
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT 1 FROM shared WHERE run_id = ?1 AND name = lower(?2) AND type = 16 AND outcome IN (0, 1, 2)"
                   " GROUP BY name HAVING max(records) = 0");
    mxs_query_int(&query, 1, run_id);
    for (const char *at = record, *end; *at != '\0'; at = *end == '\0' ? end : end + 1) {
        end = strchrnul(at, ' ');
        const char *term = strchr("+-~?", *at) != NULL && *at != '\0' ? at + 1 : at;
        for (size_t i = 0; i < 2; i++) {
            size_t size = strlen(words[i]);
            if ((size_t)(end - term) <= size || strncasecmp(term, words[i], size) != 0)
                continue;
            mxs_query_text(&query, 2, term + size, (size_t)(end - term) - size);
            if (mxs_query_next(&query)) {
                mxs_out_text(out, "    at fault: ");
                mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, at, (size_t)(end - at));
                mxs_out_text(out, " (that name has no SPF record)\n");
            }
            mxs_query_reset(&query);
        }
    }
    return mxs_query_finish(&query, detail);
}
