#include "reports/data/by_overview.h"
#include "reports/page/page_section.h"

#define VALUES_SHOWN 50

/* The columns of the list that were kept, a table each. */

static void put_words(struct mxs_section *section, const struct mxs_by_overview *overview)
{
    const struct mxs_by_groups *groups = &overview->by.groups;
    mxs_out *out = section->page->out;
    if (overview->scattered) {
        mxs_out_text(out, "<p class=\"dim\">");
        mxs_page_put_count(section->page, groups->values);
        mxs_out_text(out, " different values: nearly every name has its own, so there is no table. <code>mxsurvey"
                          " report DB --by COLUMN</code> tells of the largest.</p>\n");
    } else if (groups->cut) {
        mxs_out_text(out, "<p>Numbers, cut at powers of ten; <code>--by COLUMN:1000,10000</code> sets other cuts."
                          "</p>\n");
    } else if (groups->has_others) {
        mxs_out_text(out, "<p>The ");
        mxs_page_put_count(section->page, groups->count - 2);
        mxs_out_text(out, " largest of ");
        mxs_page_put_count(section->page, groups->values);
        mxs_out_text(out, " values; all others share a row, as do names without a value.</p>\n");
    }
}

static enum mxs_err put_facet(struct mxs_section *section, const struct mxs_kept_facet *facet,
                              struct mxs_subset *subset)
{
    struct mxs_by_overview overview;
    enum mxs_err err =
        mxs_by_overview_read(&overview, section->snapshot, facet->name, VALUES_SHOWN, subset, section->detail);
    if (err != MXS_OK)
        return err;
    mxs_section_put_heading(section, overview.by.head, NULL);
    put_words(section, &overview);
    overview.table.question = "How do the names of each value receive mail?";
    section->page->limit = VALUES_SHOWN;
    section->page->foot = overview.foot;
    if (!overview.scattered)
        mxs_page_put_table(section->page, &overview.table, 0);
    section->page->foot = 0;
    mxs_by_overview_finish(&overview);
    return MXS_OK;
}

enum mxs_err mxs_section_write_facets(struct mxs_section *section)
{
    struct mxs_subset subset; /* one for all columns: what is said of verdicts is copied once */
    enum mxs_err err = mxs_subset_open(&subset, section->snapshot->store, section->detail);
    mxs_out_text(section->page->out,
                 "<p>A name counts once under each of its values. The shares that receive mail and that have a warning"
                 " or critical finding are of the names with that value; those that survive the loss of their provider"
                 " or use the top mailbox provider are of the names among them that receive mail.</p>\n");
    for (size_t i = 0; err == MXS_OK && i < section->kept.count; i++)
        err = put_facet(section, &section->kept.items[i], &subset);
    if (err == MXS_OK)
        err = mxs_subset_finish(&subset, section->detail);
    mxs_subset_close(&subset);
    return err;
}
