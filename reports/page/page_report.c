#include <string.h>

#include "reports/page/page_section.h"

/* The order of the sections is the order in which somebody asks: may I believe it, what is wrong, who holds the mail, how
 * fragile is it, what changed, how was it made. */

struct section {
    const char *id, *title;
    mxs_section_write *write;
    int64_t runs;   /* complete runs it needs */
    enum { ALWAYS, ADDRESSES, POLICIES } checks; /* it needs the check `host`; `auth` or `transport` */
};

static const struct section sections[] = {
    {"accounting", "What was asked, and what answered", mxs_section_write_accounting, 0, ALWAYS},
    {"findings", "Findings, and what to do", mxs_section_write_findings, 0, ALWAYS},
    {"providers", "Who carries the mail", mxs_section_write_providers, 0, ALWAYS},
    {"concentration", "In how few hands", mxs_section_write_concentration, 0, ALWAYS},
    {"redundancy", "Redundancy and backup", mxs_section_write_redundancy, 0, ALWAYS},
    {"impact", "Shared impact", mxs_section_write_impact, 0, ALWAYS},
    {"networks", "Networks", mxs_section_write_networks, 0, ADDRESSES},
    {"policies", "Policies: who may send, and how mail is protected", mxs_section_write_policies, 0, POLICIES},
    {"groups", "By provider and by top-level domain", mxs_section_write_groups, 0, ALWAYS},
    {"changes", "Changes since the last run", mxs_section_write_changes, 2, ALWAYS},
    {"trend", "Trend", mxs_section_write_trend, 3, ALWAYS},
    {"method", "Method", mxs_section_write_method, 0, ALWAYS},
    {"citation", "How to cite", mxs_section_write_citation, 0, ALWAYS},
};
#define SECTION_COUNT (sizeof sections / sizeof *sections)

static bool is_wanted(const struct mxs_section *section, size_t i)
{
    const struct mxs_run *run = &section->snapshot->run;
    bool asked[] = {[ALWAYS] = true, [ADDRESSES] = run->hosts_asked, [POLICIES] = run->policies_asked || run->transport_asked};
    return section->runs >= sections[i].runs && asked[sections[i].checks];
}

enum mxs_err mxs_section_read(struct mxs_section *section, const char *name, int64_t limit, struct mxs_table *out)
{
    const struct mxs_catalog_entry *entry = mxs_catalog_find(name);
    MXS_ASSERT(entry != NULL);
    section->page->limit = limit != 0 ? limit : entry->limit;
    return mxs_catalog_read(entry, section->snapshot, limit, out, section->detail);
}

enum mxs_err mxs_section_put(struct mxs_section *section, const char *name, int64_t limit, size_t bars, const char *none)
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
    mxs_query_open(&query, section->snapshot->store, "SELECT lines, accepted, rejected, duplicates, (SELECT count(*) FROM v_run o"
                   " WHERE o.list = r.list AND o.state = 'complete' AND o.run_id <= r.run_id) FROM v_run r WHERE run_id = ?1");
    mxs_query_int(&query, 1, section->snapshot->run.id);
    if (mxs_query_next(&query)) {
        section->lines = mxs_query_column_int(&query, 0);
        section->accepted = mxs_query_column_int(&query, 1);
        section->rejected = mxs_query_column_int(&query, 2);
        section->duplicate = mxs_query_column_int(&query, 3);
        section->runs = mxs_query_column_int(&query, 4);
    }
    return mxs_query_finish(&query, section->detail);
}

static void put_tile(struct mxs_section *section, const struct mxs_cell *share, const char *words)
{
    mxs_out_text(section->page->out, "<li><b>");
    if (share != NULL && share->kind != MXS_CELL_NULL)
        mxs_page_put_share(section->page, share->real);
    else
        mxs_out_text(section->page->out, "\xE2\x80\x93");
    mxs_out_text(section->page->out, "</b>");
    mxs_out_text(section->page->out, words);
    mxs_out_text(section->page->out, "</li>\n");
}

/* The four numbers somebody takes away. Rows of the table `summary` are found by what they measure. */
static enum mxs_err put_tiles(struct mxs_section *section)
{
    static const char *const tiles[][2] = {
        {"can receive mail", "of all names can receive mail"},
        {"have an effective backup", "of those have a backup that is another way in"},
        {"hang on one host, address or prefix", "hang on one host, address or network prefix"},
        {"are reachable over IPv6", "are reachable over IPv6"}};
    struct mxs_table table;
    enum mxs_err err = mxs_section_read(section, "summary", 0, &table);
    if (err != MXS_OK)
        return err;
    mxs_out_text(section->page->out, "<ul class=\"tiles\">\n");
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        const struct mxs_cell *share = NULL;
        for (size_t row = 0; row < table.row_count; row++)
            if (strcmp(mxs_table_at(&table, row, 0)->text, tiles[i][0]) == 0)
                share = mxs_table_at(&table, row, 2);
        put_tile(section, i == 0 || section->snapshot->run.hosts_asked ? share : NULL, tiles[i][1]);
    }
    mxs_out_text(section->page->out, "</ul>\n");
    mxs_table_finish(&table);
    return MXS_OK;
}

static void put_nav(struct mxs_section *section)
{
    mxs_out_text(section->page->out, "<nav aria-label=\"Sections\"><ol>\n");
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (is_wanted(section, i))
            mxs_out_format(section->page->out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
    mxs_out_text(section->page->out, "</ol></nav>\n");
}

static enum mxs_err put_top(struct mxs_section *section)
{
    mxs_out *out = section->page->out;
    char time[MXS_CELL_TEXT_SIZE];
    mxs_out_text(out, "<header class=\"top\">\n<h1>How ");
    mxs_page_put_count(section->page, section->accepted);
    mxs_out_text(out, section->accepted == 1 ? " domain receives mail</h1>\n<p class=\"lede\">List " : " domains receive mail</h1>\n<p class=\"lede\">List ");
    mxs_page_put_text(section->page, section->snapshot->run.list);
    mxs_out_format(out, ", run %lld, %s. ", (long long)section->snapshot->run.id, mxs_section_time(section->snapshot->run.started_at, time));
    mxs_out_text(out, "Read from the MX records of the DNS");
    mxs_out_text(out, section->snapshot->run.hosts_asked ? " and the addresses behind them.</p>\n"
                                                      : "; the addresses behind them were not asked.</p>\n");
    enum mxs_err err = put_tiles(section);
    put_nav(section);
    mxs_out_text(out, "</header>\n<main id=\"content\">\n");
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
    for (size_t i = 0; err == MXS_OK && i < SECTION_COUNT; i++) {
        if (!is_wanted(&section, i))
            continue;
        mxs_out_format(out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n", sections[i].id, sections[i].id);
        mxs_page_open_part(&page, true);
        mxs_out_format(out, "<h2 id=\"%s-h\">%s</h2>\n", sections[i].id, sections[i].title);
        err = sections[i].write(&section);
        mxs_page_close_part(&page);
        mxs_out_text(out, "</section>\n");
    }
    mxs_page_close(&page);
    mxs_history_close(&history);
    mxs_snapshot_close(snapshot);
    return err;
}
