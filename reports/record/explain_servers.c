#include "reports/record/internal/explain_servers.h"

#include <string.h>
#include <time.h>

#include "db/query.h"

enum {
    ADDRESS,
    OUTCOME,
    SETTLED,
    CODE,
    REPLY,
    STARTTLS,
    TLS,
    TLS_FAILURE,
    SUBJECT,
    ISSUER,
    NOT_AFTER,
    PKIX,
    DANE,
    TESTED,
    BANNER,
    MATCHES
};

static void put(mxs_out *out, const char *before, struct mxs_query *query, int column)
{
    size_t size;
    const char *text = mxs_query_column_text(query, column, &size);
    if (mxs_query_is_null(query, column) || size == 0)
        return;
    mxs_out_text(out, before);
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, text, size);
}

static void put_certificate(mxs_out *out, struct mxs_query *query)
{
    char day[32] = "an unreadable date";
    time_t until = (time_t)mxs_query_column_int(query, NOT_AFTER);
    struct tm parts;
    if (mxs_query_is_null(query, SUBJECT))
        return;
    if (!mxs_query_is_null(query, NOT_AFTER) && gmtime_r(&until, &parts) != NULL)
        strftime(day, sizeof day, "%Y-%m-%d", &parts);
    put(out, "; certificate ", query, SUBJECT);
    put(out, " by ", query, ISSUER);
    mxs_out_format(out, " until %s", day);
    put(out, ", authorities: ", query, PKIX);
    put(out, ", DANE: ", query, DANE);
    if (mxs_query_column_int(query, TESTED) == 0)
        mxs_out_text(out, mxs_query_column_int(query, MATCHES) != 0
                              ? " (contacted under another name; its certificate names this one, too)"
                              : " (contacted under another name)");
}

static void put_server(mxs_out *out, struct mxs_query *query)
{
    put(out, "       ", query, ADDRESS);
    put(out, ": ", query, OUTCOME);
    if (mxs_query_column_int(query, SETTLED) == 0)
        mxs_out_text(out, " (not settled)");
    if (mxs_query_column_int(query, CODE) != 0)
        mxs_out_format(out, " %d", (int)mxs_query_column_int(query, CODE));
    put(out, " ", query, REPLY);
    if (mxs_query_is_null(query, REPLY))
        put(out, ", banner ", query, BANNER);
    put(out, "; STARTTLS ", query, STARTTLS);
    put(out, ", ", query, TLS);
    put(out, ", ", query, TLS_FAILURE);
    put_certificate(out, query);
    mxs_out_text(out, "\n");
}

enum mxs_err mxs_explain_servers(mxs_store *store, const struct mxs_run *run, const char *host, mxs_out *out,
                                 struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, store,
        "SELECT a.address, o.name, o.settled, s.code, m.reply, t.name, s.tls, m.tls_failure, c.subject, c.issuer, "
        "c.not_after, x.name,"
        " d.name, s.tested, m.banner, s.flags & 8 <> 0 FROM smtp_history s JOIN host h ON h.id = s.host_id JOIN "
        "address a"
        " ON a.id = s.address_id JOIN smtp_outcome o ON o.id = s.outcome LEFT JOIN smtp_starttls t ON t.id = s.starttls"
        " LEFT JOIN smtp_pkix x ON x.id = s.pkix LEFT JOIN smtp_dane d ON d.id = s.dane LEFT JOIN certificate c"
        " ON c.id = s.certificate_id LEFT JOIN smtp_measured m ON m.list_id = s.list_id AND m.address_id = s.address_id"
        " AND m.run_id = ?2 WHERE s.host_id = (SELECT id FROM host WHERE name = ?3) AND s.list_id = ?1 AND s.first_run "
        "<= ?2"
        " AND ifnull(s.last_run, ?2) >= ?2 ORDER BY length(a.bytes), a.bytes");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    mxs_query_text(&query, 3, host, strlen(host));
    while (mxs_query_next(&query))
        put_server(out, &query);
    return mxs_query_finish(&query, detail);
}
