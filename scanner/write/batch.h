/* What travels from the loop thread to the writer thread: always a batch, never a row.
 *
 * In         Answers, names, rejects
 * Out        Their copies, until they are stored
 * Limits     MXS_BATCH_ROWS rows; the arena grows with what they hold and is kept
 * Errors     False from the put functions: out of memory
 * Ownership  The batch owns the copies; reset ends them
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_WRITE_BATCH_H
#define MXS_SCANNER_WRITE_BATCH_H

#include "base/arena.h"
#include "model/answer.h"

#define MXS_BATCH_ROWS 4096 /* not above MXS_PACK_ROWS */

enum mxs_row_kind {
    MXS_ROW_NAME,
    MXS_ROW_REJECT,
    MXS_ROW_DOMAIN,
    MXS_ROW_HOST,
    MXS_ROW_POLICY,
    MXS_ROW_SHARED,
    MXS_ROW_TLSA
};

/* What checks bring: the content of a domain (subject: its id) or MX host, an answer that many share (text: the name).
 * The writer does not look into it. */
#define MXS_POLICY_COLUMNS 16u
struct mxs_policy_column {
    uint8_t column;             /* id in the table policy_column */
    struct mxs_text text, json; /* data NULL: none */
};
struct mxs_policy_row {
    uint32_t policy;     /* id of the content; 0: not of a subject */
    bool fresh;          /* it is not in the database yet */
    uint32_t unsettled;  /* answers in the content */
    uint64_t digest;
    struct mxs_bytes content; /* of a shared answer: its texts */
    uint8_t ask;         /* of a shared answer */
    uint8_t column_count;
    struct mxs_policy_column columns[MXS_POLICY_COLUMNS];
};

struct mxs_row {
    uint8_t kind;    /* enum mxs_row_kind */
    uint8_t outcome; /* enum mxs_outcome */
    uint8_t pass;
    bool authenticated; /* AD */
    uint16_t type;
    uint16_t ede;    /* extended error, code + 1 */
    uint32_t subject; /* domain or host id; input number of a reject */
    uint32_t ttl_s;
    uint32_t record_count;
    const struct mxs_record *records;
    struct mxs_text text;   /* name of a NAME row and of an implicit MX host; text of a reject */
    struct mxs_text alias;
    struct mxs_bytes wire;  /* of a malformed answer */
    const char *reason;     /* static */
    uint64_t line;
    struct mxs_measurement measurement;
    const struct mxs_policy_row *policy; /* of the last three kinds */
};

struct mxs_batch {
    struct mxs_batch *next;
    struct mxs_arena arena;
    struct mxs_row *rows; /* capacity MXS_BATCH_ROWS */
    uint32_t count;
    unsigned kinds; /* a bit per enum mxs_row_kind that is in it */
};

/* The next row, zeroed. The caller has checked that there is one. */
struct mxs_row *mxs_batch_take(struct mxs_batch *batch, enum mxs_row_kind kind);
/* Copies of an answer's contents for the row. */
MXS_CHECK bool mxs_batch_put_answer(struct mxs_batch *batch, struct mxs_row *row, const struct mxs_answer *answer);
MXS_CHECK bool mxs_batch_put_policy(struct mxs_batch *batch, struct mxs_row *row, const struct mxs_policy_row *policy);
void mxs_batch_reset_rows(struct mxs_batch *batch);

#endif
