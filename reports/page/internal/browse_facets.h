/* The columns of the list on the page to browse: the values of each, and of each domain a number that names one of
 * them or a set of them. Numbers are written as the page's others are, by its digits.
 *
 * In         A run, and the domains of the page in its order
 * Out        The key "facets" of the page's data
 * Limits     The MXS_BROWSE_VALUES most frequent values of a column, and MXS_BROWSE_VALUE_BYTES of them; the rest are
 *            one, "others", and how many they are is said
 * Errors     Those of reports/data/kept.h; sticky in the sink
 * Threads    That of the store
 */
#ifndef MXS_REPORTS_PAGE_INTERNAL_BROWSE_FACETS_H
#define MXS_REPORTS_PAGE_INTERNAL_BROWSE_FACETS_H

#include "base/json.h"
#include "reports/data/kept.h"

#define MXS_BROWSE_VALUES 20000u
#define MXS_BROWSE_VALUE_BYTES (2u << 20)

struct mxs_browse_digits {
    mxs_out *out;
    const char *digits;
    size_t base;
};

/* A number in so many digits. */
void mxs_browse_digits_put(const struct mxs_browse_digits *digits, size_t number, size_t width);

MXS_CHECK enum mxs_err mxs_browse_facets_put(struct mxs_json *json, const struct mxs_browse_digits *digits,
                                             mxs_store *store, const struct mxs_run *run, const uint32_t *domains,
                                             size_t domain_count, struct mxs_detail *detail);

#endif
