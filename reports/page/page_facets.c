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
        mxs_out_text(out, " different values: nearly every name has its own, so there is no table of groups. <code>"
                          "mxsurvey report DB --by COLUMN</code> has the largest.</p>\n");
    } else if (groups->cut) {
        mxs_out_text(out, "<p>Numbers, cut at powers of ten; <code>--by COLUMN:1000,10000</code> cuts them elsewhere."
                          "</p>\n");
    } else if (groups->has_others) {
        mxs_out_text(out, "<p>The ");
        mxs_page_put_count(section->page, groups->count - 2);
        mxs_out_text(out, " largest of ");
        mxs_page_put_count(section->page, groups->values);
        mxs_out_text(out, " values; the others are the last row but those without a value.</p>\n");
    }
}

static enum mxs_err put_facet(struct mxs_section *section, const struct mxs_kept_facet *facet)
{
    struct mxs_by_overview overview;
    enum mxs_err err = mxs_by_overview_read(&overview, section->snapshot, facet->name, VALUES_SHOWN, section->detail);
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
    enum mxs_err err = MXS_OK;
    mxs_out_text(section->page->out,
                 "<p>A name counts once under each of its values. What receives mail, and findings of weight (warning"
                 " or critical): share of the value's names; who survives the loss of their provider, and the top"
                 " mailbox provider: share of those that receive mail.</p>\n");
    for (size_t i = 0; err == MXS_OK && i < section->kept.count; i++)
        err = put_facet(section, &section->kept.items[i]);
    return err;
}
