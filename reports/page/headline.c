#include "reports/page/headline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/data/display_name.h"
#include "reports/page/page.h"

#define NAMES_TOLD 5

/* --- a run --- */

const char *const mxs_measure_texts[MXS_HEADLINE_COUNT] = {
    "can receive mail", "survive the loss of their provider", "have an effective backup",
    "depend on a single host, address or prefix", "are reachable over IPv6"};

bool mxs_figures_compare(const struct mxs_figure *newer, const struct mxs_figure *older)
{
    double of_newer = (double)(newer->known + newer->unknown), of_older = (double)(older->known + older->unknown);
    if (newer->known <= 0 || older->known <= 0)
        return false;
    double blurred = fabs((double)newer->unknown / of_newer - (double)older->unknown / of_older);
    double moved = fabs((double)newer->domains / of_newer - (double)older->domains / of_older);
    return blurred < MXS_SHARE_SHOWN || moved > blurred;
}

/* The shares of a run by the words of the view's rows; only of one that asked for MX hosts, or did not, as the run that
 * is told. */
static enum mxs_err read_shares(mxs_store *store, int64_t run_id, bool hosts_asked, struct mxs_figure *figures,
                                struct mxs_headline *headline, struct mxs_detail *detail)
{
    struct mxs_query query;
    for (size_t i = 0; i < MXS_HEADLINE_COUNT; i++)
        figures[i] = (struct mxs_figure){.share = -1};
    mxs_query_open(&query, store,
                   "SELECT measure, domains, share, known, unknown FROM v_summary WHERE run_id = ?1"
                   " AND (SELECT instr(',' || checks || ',', ',host,') > 0 FROM v_run WHERE run_id = ?1) = ?2");
    mxs_query_int(&query, 1, run_id);
    mxs_query_int(&query, 2, hosts_asked);
    while (mxs_query_next(&query)) {
        const char *measure = mxs_query_column_text(&query, 0, NULL);
        int64_t domains = mxs_query_column_int(&query, 1);
        for (size_t i = 0; i < MXS_HEADLINE_COUNT; i++)
            if (strcmp(measure, mxs_measure_texts[i]) == 0)
                figures[i] = (struct mxs_figure){mxs_query_is_null(&query, 2) ? -1 : mxs_query_column_real(&query, 2),
                                                 domains, mxs_query_column_int(&query, 3),
                                                 mxs_query_column_int(&query, 4)};
        if (headline == NULL)
            continue;
        headline->receiving =
            strcmp(measure, mxs_measure_texts[MXS_HEADLINE_RECEIVE]) == 0 ? domains : headline->receiving;
        headline->missing = strcmp(measure, "do not exist") == 0 ? domains : headline->missing;
        headline->broken = strncmp(measure, "are broken", 10) == 0 ? domains : headline->broken;
        headline->undetermined = strcmp(measure, "could not be determined") == 0 ? domains : headline->undetermined;
    }
    return mxs_query_finish(&query, detail);
}

static void copy_text(struct mxs_query *query, int column, char *out, size_t out_size)
{
    snprintf(out, out_size, "%s", mxs_query_column_text(query, column, NULL));
}

/* Whether all that was asked is known of every domain that exists. */
static enum mxs_err read_all_known(struct mxs_headline *headline, struct mxs_snapshot *snapshot,
                                   struct mxs_detail *detail)
{
    const struct mxs_run *run = &snapshot->run;
    int64_t unsettled = 0;
    struct mxs_query query;
    headline->all_known = headline->undetermined == 0;
    for (size_t i = 0; i < MXS_HEADLINE_COUNT; i++)
        headline->all_known = headline->all_known && headline->now[i].unknown == 0;
    if (!headline->all_known)
        return MXS_OK;
    mxs_query_open(&query, snapshot->store,
                   "SELECT ifnull(sum(c.domains), 0) FROM v_verdict_count c JOIN v_verdict v ON v.verdict_id ="
                   " c.verdict_id AND v.state <> 'nxdomain' LEFT JOIN v_verdict_policy p ON p.verdict_id = c.verdict_id"
                   " WHERE c.run_id = ?1 AND (?2 AND (p.spf IS NULL OR p.dmarc IS NULL) OR ?3 AND p.mta_sts IS NULL)");
    mxs_query_int(&query, 1, run->id);
    mxs_query_int(&query, 2, run->policies_asked);
    mxs_query_int(&query, 3, run->transport_asked);
    if (mxs_query_next(&query))
        unsettled = mxs_query_column_int(&query, 0);
    headline->all_known = unsettled == 0;
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_headline_read(struct mxs_headline *headline, struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    const struct mxs_run *run = &snapshot->run;
    struct mxs_query query;
    *headline = (struct mxs_headline){
        .accepted = snapshot->bases[MXS_BASE_ACCEPTED], .hosts_asked = run->hosts_asked};
    enum mxs_err err = read_shares(snapshot->store, run->id, run->hosts_asked, headline->now, headline, detail);
    if (err == MXS_OK)
        err = read_shares(snapshot->store, run->previous, run->hosts_asked, headline->before, NULL, detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(&query, snapshot->store,
                   "SELECT name, lost FROM v_impact WHERE run_id = ?1 AND kind = 'provider' AND name <> 'self'"
                   " ORDER BY lost DESC, name LIMIT 1");
    mxs_query_int(&query, 1, run->id);
    if (mxs_query_next(&query)) {
        copy_text(&query, 0, headline->provider, sizeof headline->provider);
        headline->lost = mxs_query_column_int(&query, 1);
    }
    err = mxs_query_finish(&query, detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(&query, snapshot->store,
                   "SELECT severity, finding, sentence, advice, domains FROM v_finding WHERE run_id = ?1"
                   " AND severity <> 'info' ORDER BY weight DESC, domains DESC, finding LIMIT 1");
    mxs_query_int(&query, 1, run->id);
    if (mxs_query_next(&query)) {
        copy_text(&query, 0, headline->severity, sizeof headline->severity);
        copy_text(&query, 1, headline->finding, sizeof headline->finding);
        copy_text(&query, 2, headline->sentence, sizeof headline->sentence);
        copy_text(&query, 3, headline->advice, sizeof headline->advice);
        headline->domains = mxs_query_column_int(&query, 4);
    }
    err = mxs_query_finish(&query, detail);
    return err == MXS_OK && headline->finding[0] == '\0' ? read_all_known(headline, snapshot, detail) : err;
}

static void put_percent(mxs_out *out, double share)
{
    char text[MXS_SHARE_TEXT_SIZE];
    const char *shown = mxs_share_text(share, text);
    mxs_out_text(out, shown[0] == '<' ? "less than " : shown[0] == '>' ? "more than " : "");
    mxs_out_text(out, shown + (shown[0] == '<' || shown[0] == '>'));
}

static void put_receiving(mxs_out *out, const struct mxs_headline *headline)
{
    if (headline->accepted == 0) {
        mxs_out_text(out, "The run has no names.");
        return;
    }
    mxs_out_count(out, headline->receiving, " of ");
    mxs_out_number(out, headline->accepted, " domain (", " domains (");
    put_percent(out, headline->now[MXS_HEADLINE_RECEIVE].share);
    mxs_out_text(out, headline->hosts_asked ? ") can receive mail"
                                            : ") can receive mail by their MX records (MX hosts not checked)");
    if (headline->missing > 0) {
        mxs_out_text(out, headline->broken > 0 ? ", " : " and ");
        mxs_out_number(out, headline->missing, " does not exist", " do not exist");
    }
    if (headline->broken > 0) {
        mxs_out_text(out, " and ");
        mxs_out_number(out, headline->broken, " is broken", " are broken");
    }
    mxs_out_text(out, ".");
}

/* What fails if a provider fails: the number worth quoting beside backup coverage, which other hosts of one provider
 * fill. */
static void put_survival(mxs_out *out, const struct mxs_headline *headline, enum mxs_escape escape)
{
    char buffer[MXS_CELL_TEXT_SIZE];
    const char *name = mxs_display_name(headline->provider, buffer, sizeof buffer);
    const struct mxs_figure *survive = &headline->now[MXS_HEADLINE_SURVIVE];
    if (headline->hosts_asked && survive->share >= 0) {
        mxs_out_text(out, survive->unknown > 0 ? "Of the " : "Of those that can, ");
        if (survive->unknown > 0)
            mxs_out_count(out, survive->known, " of which it is known, ");
        put_percent(out, survive->share);
        mxs_out_text(out, " survive the loss of their provider");
        if (survive->unknown > 0) {
            mxs_out_text(out, " (not known of ");
            mxs_out_count(out, survive->unknown, ")");
        }
    } else {
        mxs_out_text(out, "Whether they survive the loss of their provider is not known: ");
        mxs_out_text(out, headline->hosts_asked ? "the addresses of some MX hosts could not be settled"
                                                : "the addresses of MX hosts were not asked");
    }
    if (headline->provider[0] != '\0' && headline->lost > 0) {
        mxs_out_text(out, "; if the MX hosts of ");
        mxs_out_escaped(out, escape, name, strlen(name));
        mxs_out_text(out, " fail, ");
        mxs_out_number(out, headline->lost, " domain receives", " domains receive");
        mxs_out_text(out, " no mail (");
        put_percent(out, headline->receiving > 0 ? (double)headline->lost / (double)headline->receiving : 0);
        mxs_out_text(out, ")");
    }
    mxs_out_text(out, ".");
}

/* Sentences and advice have code between backticks, which a page shows as such. */
static void put_prose(mxs_out *out, enum mxs_escape escape, const char *text)
{
    struct mxs_page page = {.out = out};
    if (escape == MXS_ESCAPE_HTML)
        mxs_page_put_prose(&page, text);
    else
        mxs_out_escaped(out, escape, text, strlen(text));
}

static void put_first_step(mxs_out *out, const struct mxs_headline *headline, enum mxs_escape escape)
{
    if (headline->finding[0] == '\0') {
        mxs_out_text(out, headline->all_known ? "Nothing needs fixing."
                                              : "Nothing that could be determined needs fixing.");
        return;
    }
    mxs_out_text(out, "Fix first: ");
    mxs_out_escaped(out, escape, headline->finding, strlen(headline->finding));
    mxs_out_text(out, " (");
    mxs_out_escaped(out, escape, headline->severity, strlen(headline->severity));
    mxs_out_text(out, ", ");
    mxs_out_number(out, headline->domains, " domain). ", " domains). ");
    put_prose(out, escape, headline->sentence);
    mxs_out_text(out, " ");
    put_prose(out, escape, headline->advice);
}

void mxs_headline_put(mxs_out *out, const struct mxs_headline *headline, enum mxs_escape escape, const char *before,
                      const char *after)
{
    mxs_out_text(out, before);
    put_receiving(out, headline);
    mxs_out_text(out, after);
    if (headline->receiving > 0) {
        mxs_out_text(out, before);
        put_survival(out, headline, escape);
        mxs_out_text(out, after);
    }
    if (headline->accepted == 0)
        return;
    mxs_out_text(out, before);
    put_first_step(out, headline, escape);
    mxs_out_text(out, after);
}

/* --- a diff --- */

static const char *const sentences[MXS_CHANGE_ALL][2] = {
    {" domain stopped receiving mail", " domains stopped receiving mail"},
    {" domain now points to an MX host that does not exist", " domains now point to an MX host that does not exist"},
    {" domain lost its backup", " domains lost their backup"},
    {" domain has an MX host whose servers fell silent", " domains have an MX host whose servers fell silent"},
    {" domain moved to another provider", " domains moved to another provider"},
    {" domain receives mail again", " domains receive mail again"},
    {" domain changed its state", " domains changed their state"},
    {" domain swapped the preferences of its MX hosts", " domains swapped the preferences of their MX hosts"},
    {" domain removed an MX host", " domains removed an MX host"},
    {" domain added an MX host", " domains added an MX host"},
    {" domain gained a backup", " domains gained a backup"},
    {" domain has an MX host that moved to other addresses", " domains have an MX host that moved to other addresses"},
    {" domain changed a policy", " domains changed a policy"},
    {" domain has an MX host that lost TLS", " domains have an MX host that lost TLS"},
    {" domain has an MX host whose certificate ends within 14 days",
     " domains have an MX host whose certificate ends within 14 days"},
    {" domain left the list", " domains left the list"},
    {" domain joined the list", " domains joined the list"},
    {" domain has another value in a column of the list", " domains have another value in a column of the list"},
    {" domain could no longer be determined (not a change)", " domains could no longer be determined (not a change)"},
};

/* ": a.example, b.example and 3 more": the domains of an urgent kind, as many as fit into a sentence. */
static void put_names(mxs_out *out, const struct mxs_diff *diff, enum mxs_change kind, enum mxs_escape escape)
{
    int64_t told = 0;
    for (size_t row = 0; row < diff->changes.row_count && told < NAMES_TOLD; row++) {
        const struct mxs_cell *cells = mxs_table_at(&diff->changes, row, 0);
        if (cells[MXS_DIFF_KIND].integer != kind)
            continue;
        mxs_out_text(out, told++ == 0 ? ": " : ", ");
        mxs_out_escaped(out, escape, cells[MXS_DIFF_DOMAIN].text, cells[MXS_DIFF_DOMAIN].size_bytes);
    }
    if (diff->counts[kind] > told) {
        mxs_out_text(out, " and ");
        mxs_out_count(out, diff->counts[kind] - told, " more");
    }
}

static void put_provider(mxs_out *out, enum mxs_escape escape, const char *id)
{
    char buffer[256];
    const char *name = mxs_display_name(id, buffer, sizeof buffer);
    mxs_out_escaped(out, escape, name, strlen(name));
}

/* ": 44 from Microsoft 365 to Google Workspace, 8 from self-hosted to Microsoft 365" */
static void put_moves(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape)
{
    for (size_t row = 0; row < diff->migrations.row_count && row < 3; row++) {
        const struct mxs_cell *cells = mxs_table_at(&diff->migrations, row, 0);
        mxs_out_text(out, row == 0 ? ": " : ", ");
        mxs_out_count(out, cells[2].integer, " from ");
        put_provider(out, escape, cells[0].text);
        mxs_out_text(out, " to ");
        put_provider(out, escape, cells[1].text);
    }
    mxs_out_text(out, diff->migrations.row_count > 3 ? ", and others" : "");
}

static void put_kind(mxs_out *out, const struct mxs_diff *diff, enum mxs_change kind, enum mxs_escape escape)
{
    mxs_out_number(out, diff->counts[kind], sentences[kind][0], sentences[kind][1]);
    if (kind == MXS_CHANGE_PROVIDER_MIGRATED)
        put_moves(out, diff, escape);
    else if (kind <= MXS_CHANGE_BACKUP_LOST)
        put_names(out, diff, kind, escape);
    mxs_out_text(out, ".");
}

void mxs_headline_put_shrank(mxs_out *out, const struct mxs_diff *diff, const char *before, const char *after)
{
    if (!diff->shrank)
        return;
    mxs_out_text(out, before);
    mxs_out_text(out, "THE LIST SHRANK: ");
    mxs_out_count(out, diff->left, " of ");
    mxs_out_number(out, diff->left + diff->both, " name left it.", " names left it.");
    mxs_out_text(out, after);
}

/* Migrations that dropped the backup: no kind of their own, and a loss all the same. */
static void put_dropped(mxs_out *out, const struct mxs_diff *diff)
{
    bool more = diff->counts[MXS_CHANGE_BACKUP_LOST] > 0;
    mxs_out_text(out, more ? " " : "");
    if (more)
        mxs_out_count(out, diff->dropped, " more lost it");
    else
        mxs_out_number(out, diff->dropped, " domain lost its backup", " domains lost their backup");
    mxs_out_text(out, " by moving to another provider.");
}

static void put_not_known(mxs_out *out, int64_t domains, const char *what, const char *before, const char *after)
{
    if (domains == 0)
        return;
    mxs_out_text(out, before);
    mxs_out_text(out, "Of ");
    mxs_out_number(out, domains, " domain", " domains");
    mxs_out_text(out, what);
    mxs_out_text(out, after);
}

/* What nobody knows cannot be told to have changed. The domains that could be determined before are told as a kind. */
static bool put_unknown(mxs_out *out, const struct mxs_diff *diff, const char *before, const char *after)
{
    if (diff->undetermined_still > 0) {
        mxs_out_text(out, before);
        mxs_out_number(out, diff->undetermined_still, " domain could", " domains could");
        mxs_out_text(out, " be determined in neither run.");
        mxs_out_text(out, after);
    }
    put_not_known(out, diff->partly, " the backup or who holds the mailbox is not known now.", before, after);
    put_not_known(out, diff->addresses_open, " not all addresses of MX hosts are known now.", before, after);
    put_not_known(out, diff->policies_open, " not all policies are known now.", before, after);
    return diff->undetermined_still + diff->partly + diff->addresses_open + diff->policies_open > 0;
}

void mxs_headline_put_changes(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape, const char *before,
                              const char *after)
{
    bool any = false;
    for (int kind = 0; kind < MXS_CHANGE_ALL; kind++) {
        bool dropped = kind == MXS_CHANGE_BACKUP_LOST && diff->dropped > 0;
        if (diff->counts[kind] == 0 && !dropped)
            continue;
        any = true;
        mxs_out_text(out, before);
        if (diff->counts[kind] > 0)
            put_kind(out, diff, (enum mxs_change)kind, escape);
        if (dropped)
            put_dropped(out, diff);
        mxs_out_text(out, after);
    }
    bool all = diff->options.kinds == 0 && diff->options.provider == NULL && diff->options.tld == NULL;
    bool unknown = all && put_unknown(out, diff, before, after);
    if (diff->changed > 0 || (any && !all))
        return;
    mxs_out_text(out, before);
    const char *nothing = any ? "Nothing else changed."
                          : unknown ? "Nothing changed of what is known." : "Nothing changed.";
    mxs_out_text(out, all ? nothing : "Nothing of what was asked for changed.");
    mxs_out_text(out, after);
}
