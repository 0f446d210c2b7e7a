/* The TLSA records of an MX host that a mail sender would believe: validated, and so the addresses. Of two names the
 * expanded one decides where it has records @rfc{7672,2.2.3}.
 *
 * In         Stored contents of MX hosts
 * Out        Records for scanner/smtp
 * Errors     Sticky, told by close
 * Ownership  open/close; what is read lives until close, since connections are under way
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SMTP_TLSA_H
#define MXS_SCANNER_RUN_INTERNAL_SMTP_TLSA_H

#include "base/arena.h"
#include "db/query.h"
#include "scanner/smtp/smtp.h"

struct mxs_smtp_tlsa_reader {
    struct mxs_query content;
    struct mxs_arena arena;
};

void mxs_smtp_tlsa_open(struct mxs_smtp_tlsa_reader *reader, mxs_store *store, int64_t list, int64_t run);
bool mxs_smtp_tlsa_has(struct mxs_smtp_tlsa_reader *reader, uint32_t host);
/* name: of the host, NUL-terminated; outlives the connection. Nothing where there is none. */
void mxs_smtp_tlsa_read(struct mxs_smtp_tlsa_reader *reader, uint32_t host, const char *name,
                        struct mxs_smtp_tlsa *out);
MXS_CHECK enum mxs_err mxs_smtp_tlsa_close(struct mxs_smtp_tlsa_reader *reader, struct mxs_detail *detail);

#endif
