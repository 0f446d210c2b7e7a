/* Who excludes a name wants it never asked, so a line that cannot be understood is a failure here and not a reject.
 * ".example.com" and "*.example.com" mean what "example.com" means: it and all below. A line may also be an address, or
 * a prefix as 192.0.2.0/24: those are for who connects to servers.
 *
 * In         A list file, read by the rules of scanner/input/list
 * Out        Whether a name is on it, or lies below a name on it; whether an address lies in a prefix on it
 * Limits     Those of mxs_intern
 * Errors     MXS_ERR_INPUT: the file cannot be read, or a line of it is no name (detail says which); MXS_ERR_MEMORY
 * Ownership  create/destroy; keeps copies
 * Threads    Any, after create
 */
#ifndef MXS_SCANNER_INPUT_EXCLUDE_H
#define MXS_SCANNER_INPUT_EXCLUDE_H

#include "base/err.h"
#include "base/bytes.h"
#include "model/facts.h"

typedef struct mxs_exclude mxs_exclude;

MXS_CHECK enum mxs_err mxs_exclude_create_file(mxs_exclude **out, const char *path, struct mxs_detail *detail);
void mxs_exclude_destroy(mxs_exclude **set);
/* name is canonical. False for a set that is NULL. */
bool mxs_exclude_holds(const mxs_exclude *set, struct mxs_text name);
bool mxs_exclude_holds_address(const mxs_exclude *set, const struct mxs_address *address);
/* Names and prefixes. */
uint32_t mxs_exclude_count(const mxs_exclude *set);

#endif
