/* Public means "Globally Reachable: True" in the registries, and for IPv6 inside 2000::/3. 64:ff9b::/96
 * is not: an address under it was made from an A record (DNS64), and says nothing new. 6to4 (2002::/16) and Teredo
 * (2001::/32) are not: the registry says "N/A", and their relays are gone (@rfc{7526,4}).
 *
 * Spec       IANA IPv4 and IPv6 Special-Purpose Address Registries; @rfc{6890,2} @rfc{6052,3.1} @rfc{5952,4}
 * In         An address
 * Out        Whether the public internet can reach it; its text and its prefix's
 * Ownership  Into the caller's buffer
 * Threads    Any. Pure
 */
#ifndef MXS_MODEL_ADDRESS_H
#define MXS_MODEL_ADDRESS_H

#include "base/err.h"
#include "model/facts.h"

#define MXS_ADDRESS_TEXT_SIZE 46
#define MXS_PREFIX_TEXT_SIZE 50

bool mxs_address_public(const struct mxs_address *address);
/* "192.0.2.1", "2001:db8::1". NUL-terminated; returns the length. */
uint32_t mxs_address_text(const struct mxs_address *address, char out[MXS_ADDRESS_TEXT_SIZE]);
/* The /24 or /48 it lies in: "192.0.2.0/24", "2001:db8::/48". */
uint32_t mxs_address_prefix_text(const struct mxs_address *address, char out[MXS_PREFIX_TEXT_SIZE]);
/* The address with all bits behind the /24 or /48 cleared. */
struct mxs_address mxs_address_prefix(const struct mxs_address *address);
/* The reverse of mxs_address_text; false when text is not an address. */
MXS_CHECK bool mxs_address_parse(struct mxs_text text, struct mxs_address *out);

#endif
