#include "scanner/run/internal/smtp_judging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/name.h"
#include "scanner/run/internal/smtp_rows.h"

#define ENDS_WITHIN_S (14 * 86400)

enum {
    HOST,
    USABLE,
    ADDRESSES,
    OUTCOME,
    STARTTLS,
    TLS,
    FLAGS,
    TESTED,
    PKIX,
    DANE,
    NOT_AFTER,
    SERVER_NAME,
    BANNER_NAME,
    HOST_NAME,
    STARTED_AT,
    NAMES
};

/* --- one address --- */

static struct mxs_text last_two_labels(struct mxs_text name)
{
    uint32_t from = name.size_bytes;
    for (int dots = 0; from > 0; from--)
        if (name.data[from - 1] == '.' && ++dots == 2)
            break;
    return (struct mxs_text){name.data + from, name.size_bytes - from};
}

/* A name with a dot whose last two labels are not the MX host's. An address, and what is no name, is none. */
static bool is_other_name(const char *server, const char *host)
{
    struct mxs_text name = mxs_text_of(server);
    while (name.size_bytes > 0 && name.data[name.size_bytes - 1] == '.')
        name.size_bytes--;
    const char *dot = memrchr(name.data, '.', name.size_bytes);
    size_t named = strspn(server, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    if (dot == NULL || server[named] != 0 || (dot[1] >= '0' && dot[1] <= '9'))
        return false;
    struct mxs_text ours = last_two_labels(mxs_text_of(host)), its = last_two_labels(name);
    return ours.size_bytes != its.size_bytes || strncasecmp(ours.data, its.data, its.size_bytes) != 0;
}

/* A certificate counts where it was shown to this name, or holds for it: the server may choose by name. */
static uint16_t wrongs_of(struct mxs_query *query)
{
    int64_t flags = mxs_query_column_int(query, FLAGS), now = mxs_query_column_int(query, STARTED_AT);
    bool tested = mxs_query_column_int(query, TESTED) != 0, matches = (flags & MXS_SMTP_FLAG_NAME_MATCHES) != 0;
    bool certified = !mxs_query_is_null(query, NOT_AFTER) && (tested || matches);
    int64_t left_s = mxs_query_column_int(query, NOT_AFTER) - now;
    const char *tls = mxs_query_column_text(query, TLS, NULL), *host = mxs_query_column_text(query, HOST_NAME, NULL);
    bool expired = certified && (left_s < 0 || (flags & MXS_SMTP_FLAG_EXPIRED));
    int64_t starttls = mxs_query_is_null(query, STARTTLS) ? MXS_SMTP_STARTTLS_UNKNOWN
                                                          : mxs_query_column_int(query, STARTTLS);
    bool untrusted = tested && !mxs_query_is_null(query, PKIX) && mxs_query_column_int(query, PKIX) != MXS_SMTP_PKIX_OK;
    int64_t dane = mxs_query_is_null(query, DANE) ? MXS_SMTP_DANE_UNKNOWN : mxs_query_column_int(query, DANE);
    bool mismatch = dane == MXS_SMTP_DANE_MISMATCH || dane == MXS_SMTP_DANE_EXPIRED;
    bool other = is_other_name(mxs_query_column_text(query, SERVER_NAME, NULL), host) ||
                 is_other_name(mxs_query_column_text(query, BANNER_NAME, NULL), host);
    bool old = strcmp(tls, "TLSv1") == 0 || strcmp(tls, "TLSv1.1") == 0;
    return (uint16_t)((starttls == MXS_SMTP_STARTTLS_ABSENT ? MXS_SMTP_WRONG_NO_STARTTLS : 0) |
                     (starttls == MXS_SMTP_STARTTLS_FAILED ? MXS_SMTP_WRONG_TLS_FAILED : 0) |
                     (dane == MXS_SMTP_DANE_NAME_MISMATCH ? MXS_SMTP_WRONG_DANE_NAME : 0) |
                     (expired ? MXS_SMTP_WRONG_EXPIRED : 0) |
                     (certified && !expired && left_s < ENDS_WITHIN_S ? MXS_SMTP_WRONG_ENDS : 0) |
                     (certified && tested && !matches ? MXS_SMTP_WRONG_NAME : 0) |
                     (mismatch ? MXS_SMTP_WRONG_DANE : 0) | (untrusted ? MXS_SMTP_WRONG_TRUST : 0) |
                     (old ? MXS_SMTP_WRONG_OLD_TLS : 0) | (other ? MXS_SMTP_WRONG_OTHER_NAME : 0));
}

/* --- one MX host --- */

/* The addresses of a host as they are read, one after the other. */
struct tally {
    uint32_t host, addresses, met, ready, rejecting, silent;
};

/* False: no memory. */
static bool put_address(struct tally *tally, struct mxs_query *query, struct mxs_smtp_host_summary *out)
{
    if (mxs_query_is_null(query, OUTCOME))
        return true;
    int64_t outcome = mxs_query_column_int(query, OUTCOME);
    tally->met++;
    tally->ready += outcome == MXS_SMTP_READY;
    tally->rejecting += outcome == MXS_SMTP_REJECTING;
    tally->silent += outcome == MXS_SMTP_SILENT;
    if (outcome != MXS_SMTP_READY)
        return true;
    out->wrong |= wrongs_of(query);
    out->secured = out->secured || !mxs_query_is_null(query, TLS);
    out->plain = out->plain || (out->wrong & MXS_SMTP_WRONG_NO_STARTTLS);
    if (out->names == NULL && (out->wrong & MXS_SMTP_WRONG_DANE_NAME))
        out->names = strdup(mxs_query_column_text(query, NAMES, NULL));
    return out->names != NULL || !(out->wrong & MXS_SMTP_WRONG_DANE_NAME);
}

static uint8_t standing_of(const struct tally *tally)
{
    if (tally->addresses == 0)
        return MXS_SMTP_NONE;
    if (tally->ready > 0)
        return MXS_SMTP_ANSWERS;
    if (tally->met < tally->addresses || tally->rejecting + tally->silent < tally->met)
        return MXS_SMTP_UNKNOWN;
    return tally->rejecting > 0 ? MXS_SMTP_REJECTS : MXS_SMTP_MUTE;
}

enum mxs_err mxs_smtp_judging_read(struct mxs_smtp_judging *judging, mxs_store *store, uint32_t host_count,
                                   int64_t list, int64_t run, struct mxs_detail *detail)
{
    struct mxs_query query;
    struct tally tally = {0};
    mxs_smtp_judging_finish(judging);
    judging->hosts = calloc((size_t)host_count + 1, sizeof *judging->hosts);
    if (judging->hosts == NULL)
        return mxs_err_memory(detail, "judging");
    judging->host_count = host_count;
    mxs_query_open(&query, store,
                   "SELECT h.host_id, ifnull(h.usable, 2), (SELECT count(DISTINCT a.id) FROM address_entry e JOIN "
                   "address a ON a.id = e.address_id AND a.public"
                   " WHERE e.set_id IN (h.a_set_id, h.aaaa_set_id)), s.outcome, s.starttls, s.tls, s.flags, s.tested, "
                   "s.pkix, s.dane, c.not_after, s.name, s.banner_name, n.name,"
                   " (SELECT started_at FROM run WHERE id = ?2), c.names FROM host_history h "
                   "JOIN host n ON n.id = h.host_id LEFT JOIN smtp_history s"
                   " ON s.host_id = h.host_id AND s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2"
                   " LEFT JOIN certificate c ON c.id = s.certificate_id"
                   " WHERE h.list_id = ?1 AND h.first_run <= ?2 AND ifnull(h.last_run, ?2) >= ?2 ORDER BY h.host_id");
    mxs_query_int(&query, 1, list);
    mxs_query_int(&query, 2, run);
    bool memory = true;
    while (memory && mxs_query_next(&query)) {
        int64_t host = mxs_query_column_int(&query, HOST);
        if (host < 0 || host > host_count)
            continue;
        if (tally.host != (uint32_t)host)
            tally =
                (struct tally){.host = (uint32_t)host, .addresses = (uint32_t)mxs_query_column_int(&query, ADDRESSES)};
        memory = put_address(&tally, &query, &judging->hosts[host]);
        bool open =
            mxs_query_column_int(&query, USABLE) == 2; /* its addresses are not settled: nothing is known of it */
        judging->hosts[host].standing = open && tally.ready == 0 ? MXS_SMTP_UNKNOWN : standing_of(&tally);
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "judging") : err;
}

void mxs_smtp_judging_finish(struct mxs_smtp_judging *judging)
{
    for (uint32_t i = 0; judging->hosts != NULL && i <= judging->host_count; i++)
        free(judging->hosts[i].names);
    free(judging->hosts);
    *judging = (struct mxs_smtp_judging){0};
}

/* --- a domain --- */

/* Of two at one level, what they come to together: mail goes to whichever answers. */
static uint8_t together(uint8_t a, uint8_t b)
{
    if (a == MXS_SMTP_NONE || b == MXS_SMTP_NONE)
        return a == MXS_SMTP_NONE ? b : a;
    static const uint8_t order[] = {MXS_SMTP_ANSWERS, MXS_SMTP_UNKNOWN, MXS_SMTP_REJECTS};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return MXS_SMTP_MUTE;
}

/* Whether a JSON array of names has this one, or the wildcard above it. */
static bool is_named(const char *names, struct mxs_text domain)
{
    char quoted[MXS_NAME_TEXT_MAX + sizeof "\"*.\""];
    snprintf(quoted, sizeof quoted, "\"%.*s\"", MXS_TEXT_ARG(domain));
    if (strstr(names, quoted) != NULL)
        return true;
    const char *dot = memchr(domain.data, '.', domain.size_bytes);
    if (dot == NULL)
        return false;
    snprintf(quoted, sizeof quoted, "\"*%.*s\"", (int)(domain.data + domain.size_bytes - dot), dot);
    return strstr(names, quoted) != NULL;
}

static uint16_t wrongs_for(const struct mxs_smtp_host_summary *one, bool dane, struct mxs_text domain)
{
    bool refused = (one->wrong & MXS_SMTP_WRONG_DANE_NAME) && !is_named(one->names, domain);
    bool bare = dane && (one->wrong & (MXS_SMTP_WRONG_NO_STARTTLS | MXS_SMTP_WRONG_TLS_FAILED));
    return (uint16_t)(one->wrong | (refused || bare ? MXS_SMTP_WRONG_DANE : 0));
}

void mxs_smtp_judging_put(const struct mxs_smtp_judging *judging, const struct mxs_smtp_judging_host *host,
                          struct mxs_text domain, uint32_t *level, struct mxs_smtp_summary *out)
{
    if (host->host > judging->host_count || judging->hosts[host->host].standing == MXS_SMTP_NONE)
        return;
    const struct mxs_smtp_host_summary *one = &judging->hosts[host->host];
    if (*level == 0)
        *level = host->preference + 1u;
    uint8_t *standing = *level == host->preference + 1u ? &out->first : &out->later;
    out->asked = true;
    *standing = together(*standing, one->standing);
    out->wrong |= wrongs_for(one, host->dane, domain);
    out->secured = out->secured || one->secured;
    out->plain = out->plain || one->plain;
}
