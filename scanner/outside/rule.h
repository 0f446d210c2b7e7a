/* Whom a scan may reach, as the broker reads it.
 *
 * In         An address that somebody asks for
 * Out        Whether a rule names it
 * Ownership  Plain values
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_OUTSIDE_RULE_H
#define MXS_SCANNER_OUTSIDE_RULE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

union mxs_outside_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Whom a scan may reach: one address and port by TCP, also by UDP if so said; or a TCP port of every public address. */
struct mxs_outside_rule {
    union mxs_outside_address address; /* AF_UNSPEC: every public one */
    uint16_t port;                     /* of these */
    bool datagrams;
};

/* Size of an address of its family; 0: neither IPv4 nor IPv6. */
socklen_t mxs_outside_size(const union mxs_outside_address *address);
/* Whether a rule lets a socket of this type (SOCK_STREAM, SOCK_DGRAM) reach the address. */
bool mxs_outside_allows(const struct mxs_outside_rule *rules, size_t count, int type,
                        const union mxs_outside_address *address);

#endif
