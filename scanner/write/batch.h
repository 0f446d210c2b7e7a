/* Room       scanner/write
 * Spec       None
 * In         Answers, names, rejects
 * Out        Their copies, until they are stored
 * Units      None
 * Limits     MXS_BATCH_ROWS rows; the arena grows with what they hold and is kept
 * Errors     False from the put functions: out of memory
 * Ownership  The batch owns the copies; reset ends them
 * Threads    One at a time
 * Bugs       None
 *
 * What travels from the loop thread to the writer thread: always a batch, never a row.
 */
#ifndef MXS_SCANNER_WRITE_BATCH_H
#define MXS_SCANNER_WRITE_BATCH_H

#include "scanner/base/arena.h"
#include "scanner/model/answer.h"

enum mxs_row_kind { MXS_ROW_NAME, MXS_ROW_REJECT, MXS_ROW_DOMAIN, MXS_ROW_HOST };

struct mxs_row {
    uint8_t kind;    /* enum mxs_row_kind */
    uint8_t outcome; /* enum mxs_outcome */
    uint8_t pass;
    uint16_t type;
    uint32_t subject; /* domain or host id; input number of a reject */
    uint32_t ttl_s;
    uint32_t record_count;
    const struct mxs_record *records;
    struct mxs_text text;   /* name of a NAME row and of an implicit exchange; text of a reject */
    struct mxs_text alias;
    struct mxs_bytes wire;  /* of a malformed answer */
    const char *reason;     /* static */
    uint64_t line;
    struct mxs_measurement measurement;
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
void mxs_batch_reset_rows(struct mxs_batch *batch);

#endif
