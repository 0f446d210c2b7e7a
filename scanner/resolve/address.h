/* "192.0.2.1", "192.0.2.1:5353", "192.0.2.1#5353", "2001:db8::1", "2001:db8::1#53", "[2001:db8::1]:53",
 * "[fe80::1%eth0]:53". The port is 53 when none is named.
 *
 * Spec       @rfc{3986,3.2.2} for the brackets of an IPv6 address with a port
 * In         Text a person wrote
 * Out        A socket address and its one spelling
 * Limits     MXS_RESOLVER_ADDRESS_MAX characters
 * Errors     MXS_ERR_INPUT with the remedy
 * Ownership  Into the caller's struct
 */
#ifndef MXS_SCANNER_RESOLVE_ADDRESS_H
#define MXS_SCANNER_RESOLVE_ADDRESS_H

#include <netinet/in.h>

#include "base/err.h"

#define MXS_RESOLVER_ADDRESS_MAX 64 /* "[2001:db8::1%eth0]:53" and its NUL */

struct mxs_server {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t size_bytes;
    bool loopback;
    char text[MXS_RESOLVER_ADDRESS_MAX];       /* "127.0.0.1:53", "[::1]:53" */
    char text_plain[MXS_RESOLVER_ADDRESS_MAX]; /* the same without a scope, as c-ares reads it */
};

/* A byte-order mark before it is passed over. */
MXS_CHECK enum mxs_err mxs_server_parse(const char *text, struct mxs_server *out, struct mxs_detail *detail);
/* Bytes of the byte-order mark that text begins with; 0: none. */
size_t mxs_server_mark(const char *text);

#endif
