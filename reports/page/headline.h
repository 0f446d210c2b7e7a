/* The sentences of a report, made from its figures: the same on the page and in text.
 *
 * In         A snapshot; a diff
 * Out        Sentences, most urgent first
 * Errors     Sticky in the sink
 */
#ifndef MXS_REPORTS_PAGE_HEADLINE_H
#define MXS_REPORTS_PAGE_HEADLINE_H

#include "base/out.h"
#include "reports/data/catalog.h"
#include "reports/data/diff.h"

/* What a run comes to, in numbers: what its first sentences and its tiles are made of. */
enum mxs_headline_figure {
    MXS_HEADLINE_RECEIVE,
    MXS_HEADLINE_SURVIVE,
    MXS_HEADLINE_BACKUP,
    MXS_HEADLINE_DEPEND,
    MXS_HEADLINE_IPV6,
    MXS_HEADLINE_COUNT
};
/* So many domains, and their share of those of which it is known; below 0: of none, or there is no such run. */
struct mxs_figure {
    double share;
    int64_t domains, known, unknown;
};
struct mxs_headline {
    int64_t accepted, receiving, missing, broken, undetermined;
    bool hosts_asked, all_known; /* all_known: of every domain, all that was asked */
    struct mxs_figure now[MXS_HEADLINE_COUNT], before[MXS_HEADLINE_COUNT]; /* before: of the complete run before */
    char provider[64];           /* whose failure stops the mail of most domains; "" none */
    int64_t lost;                /* so many of them */
    char severity[16], finding[48], sentence[256], advice[320]; /* what to do first; finding "" nothing */
    int64_t domains;
};

/* Whether two figures tell that something moved: not where no more moved than became known or unknown. */
bool mxs_figures_compare(const struct mxs_figure *newer, const struct mxs_figure *older);

/* Texts of the measures, for tiles: "can receive mail". */
extern const char *const mxs_measure_texts[MXS_HEADLINE_COUNT];

MXS_CHECK enum mxs_err mxs_headline_read(struct mxs_headline *headline, struct mxs_snapshot *snapshot,
                                         struct mxs_detail *detail);
/* Three sentences: what receives mail, what happens when a provider fails, what to do first. Each between two texts of
 * the format. */
void mxs_headline_put(mxs_out *out, const struct mxs_headline *headline, enum mxs_escape escape, const char *before,
                      const char *after);

/* That more than a tenth of the list left: first of all. Nothing otherwise. */
void mxs_headline_put_shrank(mxs_out *out, const struct mxs_diff *diff, const char *before, const char *after);
/* What changed, each sentence between two texts of the format. */
void mxs_headline_put_changes(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape, const char *before,
                              const char *after);

#endif
