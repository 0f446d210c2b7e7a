/* People write addresses where a name belongs, and what is no name at all; and names that no registry takes.
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
/* Every label is of the characters that a registry takes: letters, digits, hyphens inside. @rfc{1123,2.1} */
bool mxs_hostname_is_ldh(struct mxs_text name);

/* What somebody typed who meant a host name; the first that applies. */
enum mxs_hostname_slip {
    MXS_SLIP_NONE,
    MXS_SLIP_URL,         /* "http://..." */
    MXS_SLIP_ADDRESS,     /* of mail: an @ */
    MXS_SLIP_PORT,        /* ":25" behind it */
    MXS_SLIP_BLANK,       /* a blank, or a preference, inside it */
    MXS_SLIP_COMMA,
    MXS_SLIP_BACKSLASH,   /* at its end, or inside */
    MXS_SLIP_DOT,         /* a dot that is part of a label: written as "\." */
    MXS_SLIP_CHARACTER,   /* another one that no host name has */
};
enum mxs_hostname_slip mxs_hostname_slip_of(struct mxs_text name);

#endif
