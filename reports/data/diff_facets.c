#include "reports/data/diff_facets.h"

enum mxs_err mxs_diff_facets_open(struct mxs_diff_facets *facets, mxs_store *store, const struct mxs_run *from,
                                  const struct mxs_run *to, struct mxs_detail *detail)
{
    *facets = (struct mxs_diff_facets){.err = MXS_OK};
    mxs_out_attach(&facets->texts[0], NULL);
    mxs_out_attach(&facets->texts[1], NULL);
    enum mxs_err err = mxs_kept_open(&facets->kept[0], store, from, detail);
    return err == MXS_OK ? mxs_kept_open(&facets->kept[1], store, to, detail) : err;
}

enum mxs_err mxs_diff_facets_close(struct mxs_diff_facets *facets, enum mxs_err err, struct mxs_detail *detail)
{
    for (int i = 0; i < 2; i++) {
        mxs_kept_close(&facets->kept[i]);
        mxs_out_abandon(&facets->texts[i]);
    }
    return err == MXS_OK && facets->err != MXS_OK ? mxs_err_set(detail, facets->err, "out of memory") : err;
}

void mxs_diff_facets_put(const struct mxs_diff_facets *facets, bool found, const char **old, const char **new)
{
    *old = found ? facets->texts[0].buffer : NULL;
    *new = found ? facets->texts[1].buffer : NULL;
}

static void put_facet(mxs_out *out, const struct mxs_kept_facet *facet, uint32_t code)
{
    mxs_out_text(out, out->used > 0 ? "; " : "");
    mxs_out_text(out, facet->name);
    mxs_out_text(out, "=");
    for (size_t i = 0; i < mxs_kept_code_count(facet, code); i++) {
        mxs_out_text(out, i == 0 ? "" : ", ");
        mxs_out_text(out, facet->values[mxs_kept_code_value(facet, code, i)]);
    }
}

/* A set of values has one number in both runs, so that equal numbers are equal values. */
bool mxs_diff_facets_find(struct mxs_diff_facets *facets, uint32_t domain)
{
    bool differs = false;
    for (size_t i = 0; i < facets->kept[0].count; i++) {
        const struct mxs_kept_facet *old = &facets->kept[0].items[i], *new = NULL;
        for (size_t k = 0; k < facets->kept[1].count && new == NULL; k++)
            new = facets->kept[1].items[k].id == old->id ? &facets->kept[1].items[k] : NULL;
        uint32_t before = mxs_kept_code(old, domain), after = new == NULL ? before : mxs_kept_code(new, domain);
        if (before == after)
            continue;
        for (int side = 0; side < 2 && !differs; side++)
            facets->texts[side].used = 0;
        differs = true;
        put_facet(&facets->texts[0], old, before);
        put_facet(&facets->texts[1], new, after);
    }
    for (int side = 0; side < 2 && differs; side++) {
        mxs_out_bytes(&facets->texts[side], "", 1);
        if (facets->texts[side].err != MXS_OK)
            facets->err = facets->texts[side].err;
    }
    return differs && facets->err == MXS_OK;
}
