#include <math.h>
#include <string.h>

#include "reports/page/headline.h"
#include "reports/page/page_section.h"

/* The order of the sections is the order in which somebody asks: what is wrong, who holds the mail, how fragile is it,
 * what changed; then, in the appendix, what only some look up, and how it was made. What needs older runs is read when
 * the snapshot is closed, so the appendix is written first, and put aside. */

struct section {
    const char *id, *title;
    mxs_section_write *write;
    int64_t runs;   /* complete runs it needs */
    bool appendix;  /* folded on a screen */
    enum { ALWAYS, ADDRESSES, POLICIES, SERVERS, FACETS } needs; /* the check `host`; `auth` or `transport`; `smtp`;
                                                                    columns that were kept */
};

static const struct section sections[] = {
    {"findings", "Findings and recommended actions", mxs_section_write_findings, 0, false, ALWAYS},
    {"providers", "Mailbox providers and gateways", mxs_section_write_providers, 0, false, ALWAYS},
    {"redundancy", "Redundancy and backup", mxs_section_write_redundancy, 0, false, ALWAYS},
    {"impact", "Impact of a single failure", mxs_section_write_impact, 0, false, ALWAYS},
    {"policies", "Sender authentication and transport security", mxs_section_write_policies, 0, false, POLICIES},
    {"servers", "Mail servers on port 25", mxs_section_write_servers, 0, false, SERVERS},
    {"concentration", "Provider concentration", mxs_section_write_concentration, 0, false, ALWAYS},
    {"facets", "By the columns of the list", mxs_section_write_facets, 0, false, FACETS},
    {"changes", "Changes since the last run", mxs_section_write_changes, 2, false, ALWAYS},
    {"trend", "Trend", mxs_section_write_trend, 3, false, ALWAYS},
    {"networks", "Networks", mxs_section_write_networks, 0, true, ADDRESSES},
    {"groups", "By provider and by top-level domain", mxs_section_write_groups, 0, true, ALWAYS},
    {"accounting", "Coverage and data quality", mxs_section_write_accounting, 0, true, ALWAYS},
    {"method", "Method", mxs_section_write_method, 0, true, ALWAYS},
    {"citation", "How to cite", mxs_section_write_citation, 0, true, ALWAYS},
};
#define SECTION_COUNT (sizeof sections / sizeof *sections)

static bool is_wanted(const struct mxs_section *section, size_t i)
{
    const struct mxs_run *run = &section->snapshot->run;
    bool asked[] = {[ALWAYS] = true,
                    [ADDRESSES] = run->hosts_asked,
                    [POLICIES] = run->records_asked,
                    [SERVERS] = run->servers_met,
                    [FACETS] = section->kept.count > 0};
    return section->runs >= sections[i].runs && asked[sections[i].needs];
}

enum mxs_err mxs_section_read(struct mxs_section *section, const char *name, int64_t limit, struct mxs_table *out)
{
    const struct mxs_catalog_entry *entry = mxs_catalog_find(name);
    MXS_ASSERT(entry != NULL);
    section->page->limit = limit != 0 ? limit : entry->limit;
    return mxs_catalog_read(entry, section->snapshot, limit, out, section->detail);
}

enum mxs_err mxs_section_put(struct mxs_section *section, const char *name, int64_t limit, size_t bars,
                             const char *none)
{
    struct mxs_table table;
    enum mxs_err err = mxs_section_read(section, name, limit, &table);
    if (err != MXS_OK)
        return err;
    if (table.row_count > 0) {
        mxs_page_put_figure(section->page, &table, bars, 0);
    } else if (none != NULL) {
        mxs_out_text(section->page->out, "<p class=\"dim\">");
        mxs_out_text(section->page->out, none);
        mxs_out_text(section->page->out, "</p>\n");
    }
    mxs_table_finish(&table);
    return MXS_OK;
}

void mxs_section_put_heading(struct mxs_section *section, const char *text, const char *role)
{
    mxs_out *out = section->page->out;
    mxs_page_open_part(section->page, false);
    mxs_out_text(out, "<h3");
    if (role != NULL)
        mxs_out_format(out, " class=\"role of-%s\"", role);
    mxs_out_text(out, ">");
    mxs_page_put_text(section->page, text);
    mxs_out_text(out, "</h3>\n");
}

const char *mxs_section_time(int64_t seconds, char *buffer)
{
    static const struct mxs_column when = {"at", "at", MXS_UNIT_TIME, 0};
    struct mxs_cell cell;
    size_t size;
    mxs_table_put_int(&cell, seconds);
    return mxs_cell_for_people(&when, &cell, buffer, &size);
}

static enum mxs_err read_run(struct mxs_section *section)
{
    struct mxs_query query;
    mxs_query_open(
        &query, section->snapshot->store,
        "SELECT count(*) FROM v_run o JOIN v_run r ON o.list = r.list WHERE o.state = 'complete'"
        " AND o.run_id <= r.run_id AND r.run_id = ?1");
    mxs_query_int(&query, 1, section->snapshot->run.id);
    section->runs = mxs_query_next(&query) ? mxs_query_column_int(&query, 0) : 0;
    enum mxs_err err = mxs_query_finish(&query, section->detail);
    if (err == MXS_OK)
        err = mxs_run_sums_read(section->snapshot->store, section->snapshot->run.id, &section->sums, section->detail);
    return err == MXS_OK ? mxs_kept_open_names(&section->kept, section->snapshot->store, &section->snapshot->run,
                                               section->detail)
                         : err;
}

/* A share, and how it moved since the run before. */
static void put_tile(struct mxs_section *section, const struct mxs_figure *now, const struct mxs_figure *before,
                     const char *words, const char *unchecked)
{
    mxs_out *out = section->page->out;
    long long previous = (long long)section->snapshot->run.previous;
    mxs_out_text(out, "<li><b>");
    if (now->share >= 0)
        mxs_page_put_share(section->page, now->share);
    else
        mxs_out_text(out, "\xE2\x80\x93");
    mxs_out_format(out, "</b>%s%s", words, unchecked);
    if (now->unknown > 0) {
        mxs_out_text(out, now->known > 0 ? " <small>of those known; not known: " : " <small>not known: ");
        mxs_page_put_count(section->page, now->unknown);
        mxs_out_text(out, "</small>");
    }
    bool both = now->share >= 0 && before->share >= 0;
    if (both && !mxs_figures_compare(now, before))
        mxs_out_format(out, " <small>not comparable with run %lld: then %lld not known</small>", previous,
                       (long long)before->unknown);
    else if (both && fabs(now->share - before->share) < MXS_SHARE_SHOWN)
        mxs_out_format(out, " <small>unchanged since run %lld</small>", previous);
    else if (both)
        mxs_out_format(out, " <small>%+.1f points since run %lld</small>", (now->share - before->share) * 100,
                       previous);
    mxs_out_text(out, "</li>\n");
}

/* The numbers somebody takes away. */
static void put_tiles(struct mxs_section *section, const struct mxs_headline *headline)
{
    static const char *const words[MXS_HEADLINE_COUNT] = {
        "of all names can receive mail", "of those survive the loss of their provider",
        "have an effective backup, most often of the same provider", "depend on a single host, address or prefix",
        "are reachable over IPv6"};
    mxs_out_text(section->page->out, "<ul class=\"tiles\">\n");
    for (size_t i = 0; i < MXS_HEADLINE_COUNT; i++) {
        bool known = i == MXS_HEADLINE_RECEIVE || headline->hosts_asked;
        static const struct mxs_figure none = {.share = -1};
        put_tile(section, known ? &headline->now[i] : &none, &headline->before[i], words[i],
                 headline->hosts_asked ? "" : known ? " by their MX records" : ": not checked");
    }
    mxs_out_text(section->page->out, "</ul>\n");
}

static void put_nav(struct mxs_section *section)
{
    mxs_out_text(section->page->out, "<nav aria-label=\"Sections\"><ol>\n");
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (is_wanted(section, i))
            mxs_out_format(section->page->out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
    mxs_out_text(section->page->out, "</ol></nav>\n");
}

/* What was asked, and nothing that was not. */
static void put_lede(struct mxs_section *section)
{
    const struct mxs_run *run = &section->snapshot->run;
    mxs_out *out = section->page->out;
    char time[MXS_CELL_TEXT_SIZE];
    mxs_out_text(out, "<p class=\"lede\">List ");
    mxs_page_put_text(section->page, run->list);
    char shard[MXS_RUN_TEXT_SIZE];
    mxs_page_put_text(section->page, mxs_run_shard_text(run, shard));
    mxs_out_format(out, ", run %lld, %s. Read from the MX records of the DNS", (long long)run->id,
                   mxs_section_time(run->started_at, time));
    mxs_out_text(out, run->hosts_asked ? ", the addresses of the MX hosts"
                                       : "; the addresses of the MX hosts were not asked");
    mxs_out_text(out, run->policies_asked ? ", SPF, DMARC and DKIM" : "");
    mxs_out_text(out, run->transport_asked ? ", MTA-STS, TLS reporting and DANE" : "");
    mxs_out_text(out, " (<code>--checks ");
    mxs_page_put_text(section->page, run->checks);
    mxs_out_text(out, "</code>).</p>\n");
}

static enum mxs_err put_top(struct mxs_section *section)
{
    struct mxs_headline headline;
    mxs_out *out = section->page->out;
    enum mxs_err err = mxs_headline_read(&headline, section->snapshot, section->detail);
    if (err != MXS_OK)
        return err;
    mxs_out_text(out, "<header class=\"top\">\n");
    if (section->snapshot->run.degraded) {
        char why[MXS_RUN_TEXT_SIZE];
        mxs_out_text(out, "<p class=\"alarm\"><strong>This run is degraded:</strong> ");
        mxs_page_put_text(section->page, mxs_run_degraded_text(&section->snapshot->run, why));
        mxs_out_text(out, ". Do not compare it with other runs.</p>\n");
    }
    mxs_out_text(out, "<h1>How ");
    mxs_page_put_count(section->page, section->sums.accepted);
    mxs_out_text(out, section->sums.accepted == 1 ? " domain receives mail</h1>\n" : " domains receive mail</h1>\n");
    put_lede(section);
    mxs_headline_put(out, &headline, MXS_ESCAPE_HTML, "<p class=\"lead\">", "</p>\n");
    put_tiles(section, &headline);
    put_nav(section);
    mxs_out_text(out, "</header>\n<main id=\"content\">\n");
    return MXS_OK;
}

static enum mxs_err put_section(struct mxs_section *section, size_t i)
{
    struct mxs_page *page = section->page;
    mxs_out *out = page->out;
    bool wide = strcmp(sections[i].id, "findings") == 0, folded = sections[i].appendix;
    mxs_out_format(out, "<section id=\"%s\"%s aria-labelledby=\"%s-h\">\n", sections[i].id,
                   wide ? "" : " class=\"flow\"", sections[i].id);
    mxs_out_text(out, folded ? "<details class=\"appendix\"><summary>" : "");
    if (!folded)
        mxs_page_open_part(page, true);
    mxs_out_format(out, "<h2 id=\"%s-h\">%s</h2>", sections[i].id, sections[i].title);
    mxs_out_text(out, folded ? "</summary>\n<div class=\"flow\">\n" : "\n");
    if (folded)
        mxs_page_open_part(page, true);
    enum mxs_err err = sections[i].write(section);
    mxs_page_close_part(page);
    mxs_out_text(out, folded ? "</div></details>\n</section>\n" : "</section>\n");
    return err;
}

/* Those of one kind: of the appendix, needing older runs. */
static enum mxs_err put_sections(struct mxs_section *section, bool appendix, bool older)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < SECTION_COUNT; i++)
        if (is_wanted(section, i) && sections[i].appendix == appendix && (sections[i].runs > 0) == older)
            err = put_section(section, i);
    return err;
}

static enum mxs_err put_all(struct mxs_section *section)
{
    mxs_out *out = section->page->out, appendix;
    mxs_out_attach(&appendix, NULL);
    enum mxs_err err = put_sections(section, false, false);
    section->page->out = &appendix;
    if (err == MXS_OK)
        err = put_sections(section, true, false);
    if (err == MXS_OK)
        err = mxs_out_check(&appendix, section->detail);
    section->page->out = out;
    if (err == MXS_OK)
        err = put_sections(section, false, true);
    if (err == MXS_OK) {
        mxs_out_text(out, "<p class=\"lead\" id=\"appendix\">Appendix</p>\n");
        mxs_out_bytes(out, appendix.buffer, appendix.used);
    }
    mxs_out_abandon(&appendix);
    return err;
}

enum mxs_err mxs_page_write(struct mxs_snapshot *snapshot, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_page page;
    struct mxs_section section = {.page = &page, .snapshot = snapshot, .store = snapshot->store, .detail = detail};
    enum mxs_err err = read_run(&section);
    if (err != MXS_OK)
        return err;
    struct mxs_history history;
    mxs_history_open(&history, &section);
    section.history = &history;
    mxs_page_open(&page, out, snapshot->run.id, "How domains receive mail");
    err = put_top(&section);
    if (err == MXS_OK)
        err = put_all(&section);
    mxs_page_close(&page);
    mxs_history_close(&history);
    mxs_kept_close(&section.kept);
    mxs_snapshot_close(snapshot);
    return err;
}
