/* The checks there are, a row each. --checks takes the words of their options: a set is a bit per option.
 *
 * Out        Checks, options, and what the database's word tables hold of them
 * Limits     MXS_OPTIONS_MAX options. Next free: check 13, kind of entry 29, measure 16, column 10; the next code of a
 *            finding stands in model/findings.h
 * Ownership  Static
 * Threads    Any
 */
#ifndef MXS_SCANNER_CHECKS_REGISTRY_H
#define MXS_SCANNER_CHECKS_REGISTRY_H

#include "db/store.h"
#include "scanner/checks/check.h"

#define MXS_OPTIONS_MAX 16

/* Bits of the options that a run itself must know; they are as the rows stand, so a new option goes behind
 * all of them. */
enum { MXS_CHECK_MX = 1, MXS_CHECK_HOST = 2, MXS_CHECK_AUTH = 4, MXS_CHECK_TRANSPORT = 8, MXS_CHECK_SMTP = 32 };

uint32_t mxs_checks_count(void);
const struct mxs_check *mxs_checks_at(uint32_t index);
/* The check a kind of entry belongs to; NULL: none. */
const struct mxs_check *mxs_checks_find_ask(uint8_t ask);

/* The bit of a check's option. */
unsigned mxs_checks_bit(const struct mxs_check *check);
/* The bits of a word of --checks, "all" among them; 0: there is no such check. */
unsigned mxs_checks_parse_word(struct mxs_text word);
/* Of a list as a run keeps it, "mx,host": words of a newer program are passed over. */
unsigned mxs_checks_parse(const char *list);
/* "mx,host", in the order of the rows. False: it does not fit. */
MXS_CHECK bool mxs_checks_text(unsigned options, char *out, size_t size_bytes);
/* "mx, host, auth" and so on, for messages. */
const char *mxs_checks_words(void);
/* Whether any check among options asks about such a subject. */
bool mxs_checks_ask(unsigned options, enum mxs_subject subject);

/* Tells programs apart that know other findings, measures or single points of failure: what the one judged, the other
 * judges again. */
uint32_t mxs_checks_findings_digest(void);
/* Findings, measures and columns into the word tables, in one transaction. */
MXS_CHECK enum mxs_err mxs_checks_write(mxs_store *store, struct mxs_detail *detail);

#endif
