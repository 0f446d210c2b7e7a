/* People write addresses where a name belongs, and names that no one can register.
 *
 * Spec       @rfc{5321,4.1.3} @rfc{6761,6} @rfc{2606,2}
 * In         Canonical names
 * Out        What can be told of an MX host from its name alone
 * Threads    Any. Pure
 */
#ifndef MXS_MODEL_HOSTNAME_H
#define MXS_MODEL_HOSTNAME_H

#include "base/bytes.h"

/* `1.2.3.4` as a name, an IPv6 address as a name, and both in the brackets of an address literal. */
bool mxs_hostname_is_literal(struct mxs_text name);
/* localhost, anything below it, and localhost.localdomain. */
bool mxs_hostname_is_localhost(struct mxs_text name);
/* False for names below a top level that will never be delegated: nobody can take them over. */
bool mxs_hostname_is_registrable(struct mxs_text name);

#endif
