/* Three kinds of trouble are never confused. A bug of ours stops the program:
 * MXS_ASSERT, on in every build. A failure of ours (memory, disk, a file a person
 * must mend) is an enum mxs_err that nobody may ignore. What the world said (a
 * timeout, NXDOMAIN) is an enum mxs_outcome: a value to store, never an error.
 * Foreign error codes are translated once, in the room that borders the library.
 *
 * Out        The closed list of our own failures, and the assertion for our bugs
 * Units      line and column count from 1; 0 is "not known"
 * Limits     detail text 512 bytes, cut on overflow
 * Ownership  struct mxs_detail belongs to the caller
 */
#ifndef MXS_BASE_ERR_H
#define MXS_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

enum mxs_err {
    MXS_OK = 0,
    MXS_ERR_END,        /* nothing more to give: the ordinary end of a sequence */
    MXS_ERR_MEMORY,     /* an allocation was refused */
    MXS_ERR_FULL,       /* a fixed capacity is reached: ask again later */
    MXS_ERR_INPUT,      /* what a person gave (list, option, rules) cannot be used; detail says where */
    MXS_ERR_IO,         /* a file or socket call failed; detail names it */
    MXS_ERR_DISK,       /* no space, quota, or file size limit: can be tried again when space returns */
    MXS_ERR_DB,         /* SQLite refused a statement: damaged file or a bug */
    MXS_ERR_FOREIGN_DB, /* not a database of ours, newer than us, or damaged */
    MXS_ERR_BUSY,       /* another process holds the database */
    MXS_ERR_STOPPED,    /* a person or a limit asked us to stop; what is done is kept */
};

#define MXS_DETAIL_TEXT_SIZE 512

/* Where a person must act: which file, which line, and one sentence with the remedy. */
struct mxs_detail {
    enum mxs_err err;
    uint64_t line;
    uint64_t column;
    char text[MXS_DETAIL_TEXT_SIZE];
};

#define MXS_CHECK __attribute__((warn_unused_result))
#define MXS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Fills detail (which may be NULL) and returns err, so that a failure is one line at its origin. */
enum mxs_err mxs_err_set(struct mxs_detail *detail, enum mxs_err err, const char *format, ...)
    MXS_PRINTF(3, 4);

/* The same of an allocation that was refused: "out of memory while DOING"; doing may be NULL. */
enum mxs_err mxs_err_memory(struct mxs_detail *detail, const char *doing);

/* A short lower-case name of the kind, for logs: "memory", "disk". Static. */
const char *mxs_err_text(enum mxs_err err);

/* Prints the broken expectation to stderr and aborts. */
_Noreturn void mxs_assert_failed(const char *expression, const char *file, int line);

#define MXS_ASSERT(expression) \
    ((expression) ? (void)0 : mxs_assert_failed(#expression, __FILE__, __LINE__))

#endif
