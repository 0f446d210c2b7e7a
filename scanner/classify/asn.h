/* Four families of files are in use, and they name things differently: GeoLite2-ASN and DB-IP
 * (autonomous_system_number, a number), IPinfo Lite (asn, "AS123"), ip-location-db (either).
 *
 * Spec       MaxMind DB file format 2.0
 * In         An address; a file the user names
 * Out        The autonomous system that announces it, with name and country where the file has them
 * Errors     MXS_ERR_INPUT: no such file, or not a MaxMind DB; MXS_ERR_MEMORY
 * Ownership  open/close; texts look into the open file and end with it
 * Threads    Any, after open
 * Bugs       A file that is overwritten in place while open is undefined: replace it by renaming
 */
#ifndef MXS_SCANNER_CLASSIFY_ASN_H
#define MXS_SCANNER_CLASSIFY_ASN_H

#include "base/err.h"
#include "model/facts.h"

typedef struct mxs_asn mxs_asn;

MXS_CHECK enum mxs_err mxs_asn_open(mxs_asn **out, const char *path, struct mxs_detail *detail);
void mxs_asn_close(mxs_asn **db);

/* False when the file says nothing of the address (or is damaged there); outputs are then untouched. name and country
 * (two letters) have data NULL when the file has none. */
MXS_CHECK bool mxs_asn_find(const mxs_asn *db, const struct mxs_address *address, uint32_t *asn, struct mxs_text *name,
                            struct mxs_text *country);

/* Type and build date, as the run records them: "GeoLite2-ASN, 2026-11-02". Lives as long as db. */
const char *mxs_asn_text(const mxs_asn *db);

#endif
