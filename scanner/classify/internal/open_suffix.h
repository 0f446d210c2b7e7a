/* A takeover candidate is told of what somebody can register, and most public suffixes say nowhere that machines read
 * whether the public may: governments, schools, brands and towns have theirs, and new ones come with each list. So what
 * is known to be open is named, and below all others nothing is said.
 *
 * In         A registrable domain, canonical, of a suffix that the public suffix list names
 * Out        Whether its registry is known to take such a name from the public (everybody, or every resident, firm or
 *            association of a country)
 * Threads    Any. Pure
 * Bugs       An open suffix that is not named here: its takeover candidates are told as dangling MX hosts
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_OPEN_SUFFIX_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_OPEN_SUFFIX_H

#include "base/bytes.h"

bool mxs_open_suffix_takes(struct mxs_text registrable);

#endif
