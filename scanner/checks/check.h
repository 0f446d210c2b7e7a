/* A check is one file: which questions it asks, what it keeps of the answers, how that is read, judged and told. Its
 * row stands in registry.c, and all that is general (slots, storage, word tables, export, reports) works from the
 * descriptor: a new check needs no column, no table and no view.
 *
 * What a check keeps are entries of one packed content per domain or MX host (content.h). What it judges are measures
 * (a small number with a word for it) and findings; what it tells are columns, each a line of text and a value of JSON,
 * rendered when the content is first seen and kept beside it.
 *
 * Limits     MXS_ASK_COUNT kinds of entries, MXS_MEASURES_MAX measures and MXS_CHECKS_MAX checks over all;
 *            MXS_OPTIONS_MAX options; MXS_POLICY_COLUMNS columns over all checks of a subject; codes of findings 64 to
 *            127. Of a column: path up to 31 bytes, empty up to 7 bytes and JSON: an object, an array or null
 * Ownership  Static
 * Threads    Asking on the loop thread; read, judge and tell are pure
 */
#ifndef MXS_SCANNER_CHECKS_CHECK_H
#define MXS_SCANNER_CHECKS_CHECK_H

#include "base/out.h"
#include "model/findings.h"
#include "model/policy.h"
#include "scanner/checks/content.h"
#include "scanner/write/batch.h"

struct mxs_asking;
struct mxs_answer;

/* MXS_SUBJECT_NONE: the stages of the run ask for it. */
enum mxs_subject { MXS_SUBJECT_NONE, MXS_SUBJECT_DOMAIN, MXS_SUBJECT_HOST };

/* A value of a measure, in the order of tables. title NULL: no row in tables. */
struct mxs_measure_word {
    uint8_t value;
    const char *name, *title;
};

/* Stored as number, told by words. receiving: counted over domains that receive mail. */
struct mxs_measure {
    uint8_t id; /* enum mxs_measure_id for those that several files need; never renumber */
    const char *name, *title;
    bool receiving;
    const struct mxs_measure_word *words; /* ends with name NULL */
};

/* Something a check tells. path: the member of an export record, "auth.spf", or "caa" at the top; NULL: none. empty:
 * its JSON where the content tells nothing. absent: what a line of what changed says then; NULL: it is no part of that.
 * csv: the member of the JSON that stands for it in a cell; NULL: all. */
enum mxs_column_line { MXS_LINE_NEVER, MXS_LINE_WHERE_THERE, MXS_LINE_ALWAYS }; /* in the line of all policies */
struct mxs_check_column {
    uint8_t id;         /* never renumber */
    const char *name, *path, *empty, *absent, *csv;
    enum mxs_column_line line;
};

/* What a check judges. Findings and values go through mxs_judging_put and mxs_judging_value. */
struct mxs_check_judging {
    enum mxs_state state;
    bool receives, silent; /* silent: surely takes no mail */
    const struct mxs_policy_facts *facts; /* content: what was kept */
    struct mxs_policy_addition *out;
};
void mxs_judging_put(struct mxs_check_judging *judging, unsigned code);
void mxs_judging_value(struct mxs_check_judging *judging, uint8_t measure, uint8_t value);

/* Facts that several checks or the search for the mailbox need, while a content is read. */
struct mxs_check_reading {
    struct mxs_arena *arena;
    struct mxs_policy_facts *facts;
};

/* Tells the columns of a content: at most once for each id. */
struct mxs_check_telling {
    struct mxs_bytes content;
    struct mxs_arena *arena;
    mxs_out *out; /* for JSON; empty when tell begins */
    struct mxs_policy_row *row;
};
/* text NULL: nothing for people. json: what out holds, which is emptied. */
void mxs_tell(struct mxs_check_telling *telling, uint8_t column, struct mxs_text text);

struct mxs_check {
    uint8_t id;             /* never renumber */
    const char *name;       /* "spf" */
    const char *option;     /* the word of --checks that asks for it */
    bool explicit_only;     /* not part of `all` */
    enum mxs_subject subject;
    uint32_t questions;     /* of 100 subjects, about: for plan; 0 where plan knows the option itself */
    uint64_t asks;          /* its kinds of entries, a bit each: no two checks share one */
    /* Asking (scanner/checks/asking.h). advance: nothing is open; true when there is nothing more to ask. keep: what of
     * an answer is kept. watch: kinds of another check whose answers are shown to keep, too, as entries of kind
     * watch_as. */
    void (*begin)(struct mxs_asking *asking);
    bool (*advance)(struct mxs_asking *asking);
    void (*keep)(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry);
    uint64_t watch;
    uint8_t watch_as;
    /* Pure. */
    void (*read)(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry);
    void (*judge)(struct mxs_check_judging *judging);
    void (*tell)(struct mxs_check_telling *telling);
    const struct mxs_finding *findings;
    uint8_t finding_count;
    const struct mxs_measure *measures;
    uint8_t measure_count;
    const struct mxs_check_column *columns;
    uint8_t column_count;
};

#define MXS_COUNT_OF(array) ((uint8_t)(sizeof(array) / sizeof *(array)))

#endif
