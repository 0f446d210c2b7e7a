/* Whether a refusal speaks of us who ask, or of this moment, rather than of the server.
 *
 * Spec       @rfc{3463,3.8} @rfc{5321,4.2.1}
 * In         A line of a reply, behind its code
 * Out        True when somebody else, or later, might have been answered otherwise
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_ABOUT_H
#define MXS_SCANNER_SMTP_INTERNAL_ABOUT_H

#include "model/facts.h"

bool mxs_smtp_about_us(struct mxs_text text, const char *helo, const struct mxs_address *server);

#endif
