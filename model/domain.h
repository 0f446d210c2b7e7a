/* Grouping uses only the ICANN part of the list: with the private part, the registrable
 * domain of inbound-smtp.us-east-1.amazonaws.com would be all of it.
 *
 * Spec       publicsuffix.org list format, ICANN section
 * In         Canonical names
 * Out        Registrable domain and top-level domain
 * Limits     64 KB of remembered answers beside the list itself
 * Errors     MXS_ERR_MEMORY; MXS_ERR_INPUT: the list file cannot be read
 * Ownership  create/destroy; results are views into the name given
 * Threads    Any, after create
 */
#ifndef MXS_MODEL_DOMAIN_H
#define MXS_MODEL_DOMAIN_H

#include "base/err.h"
#include "base/bytes.h"

typedef struct mxs_suffixes mxs_suffixes;

/* path NULL: the system's list (libpsl's choice of newest of installed file and built-in). */
MXS_CHECK enum mxs_err mxs_suffixes_create(mxs_suffixes **out, const char *path, struct mxs_detail *detail);
void mxs_suffixes_destroy(mxs_suffixes **list);
/* What the run records of it: file name or "built in", and its date as text. Static for the list's life. */
const char *mxs_suffixes_text(const mxs_suffixes *list);
/* Of what it says, wherever it lies: 16 digits. The same list as text and compiled are two. */
const char *mxs_suffixes_digest(const mxs_suffixes *list);

/* The registrable domain (public suffix + one label). A name that is itself a public suffix, a single
 * label, or the root: the whole name. */
struct mxs_text mxs_domain_registrable(const mxs_suffixes *list, struct mxs_text name);

/* Whether a registry sells it: one label under a public suffix that the list names, never by its implicit rule for what
 * it does not know. */
bool mxs_domain_is_sold(const mxs_suffixes *list, struct mxs_text registrable);
/* Whether it lies under a suffix of the list's private part: whoever owns that hands out the names below, and holds
 * what it lies under. */
bool mxs_domain_is_let(const mxs_suffixes *list, struct mxs_text name);
/* Whether the list names this public suffix. */
bool mxs_domain_is_suffix(const mxs_suffixes *list, struct mxs_text name);

/* The last label. */
struct mxs_text mxs_domain_tld(struct mxs_text name);

#endif
