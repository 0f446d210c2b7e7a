#include "scanner/resolve/address.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define DNS_PORT 53
#define SCOPES_MAX 16
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A decimal port, 1 .. 65535, or 0. */
static uint16_t port_of(const char *text)
{
    uint32_t port = 0;
    if (*text == 0)
        return 0;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        port = port * 10 + (uint32_t)(*text - '0');
        if (port > 65535)
            return 0;
    }
    return (uint16_t)port;
}

/* Cuts host[:port] or host#port apart in place; false when the brackets or the port are wrong. */
static bool split(char *text, char **host, uint16_t *port)
{
    *port = DNS_PORT;
    *host = text;
    char *hash = strchr(text, '#');
    if (hash != NULL) { /* as dnsmasq and systemd write it */
        size_t size = (size_t)(hash - text);
        *hash = 0;
        *port = port_of(hash + 1);
        if (text[0] == '[' && size > 1 && text[size - 1] == ']') {
            text[size - 1] = 0;
            *host = text + 1;
        }
        return *port != 0;
    }
    char *colon = strchr(text, ':');
    if (text[0] == '[') {
        char *bracket = strchr(text, ']');
        if (bracket == NULL)
            return false;
        *bracket = 0;
        *host = text + 1;
        if (bracket[1] == 0)
            return true;
        if (bracket[1] != ':')
            return false;
        *port = port_of(bracket + 2);
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        *colon = 0;
        *port = port_of(colon + 1);
    }
    return *port != 0;
}

static bool read_v4(const char *host, uint16_t port, struct mxs_server *out)
{
    if (uv_ip4_addr(host, port, &out->address.v4) != 0)
        return false;
    out->size_bytes = sizeof out->address.v4;
    out->loopback = (ntohl(out->address.v4.sin_addr.s_addr) >> 24) == 127;
    snprintf(out->text, sizeof out->text, "%.45s:%u", host, port);
    snprintf(out->text_plain, sizeof out->text_plain, "%s", out->text);
    return true;
}

/* The interface of a scope, 0: there is none. Those asked for are remembered: the kernel tells over a socket, and the
 * sandbox, behind which resolvers are opened, allows none. */
static uint32_t scope_of(const char *name)
{
    static struct {
        char name[IF_NAMESIZE];
        uint32_t index;
    } scopes[SCOPES_MAX];
    static uint32_t count;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(scopes[i].name, name) == 0)
            return scopes[i].index;
    uint32_t index = strlen(name) < IF_NAMESIZE ? if_nametoindex(name) : 0;
    if (index == 0)
        return port_of(name); /* by its number */
    if (count < SCOPES_MAX) {
        snprintf(scopes[count].name, sizeof scopes[count].name, "%s", name);
        scopes[count++].index = index;
    }
    return index;
}

static bool read_v6(const char *host, uint16_t port, struct mxs_server *out)
{
    char plain[INET6_ADDRSTRLEN];
    if (uv_ip6_addr(host, port, &out->address.v6) != 0 || uv_ip6_name(&out->address.v6, plain, sizeof plain) != 0)
        return false;
    const char *scope = strchr(host, '%');
    if (scope != NULL && (out->address.v6.sin6_scope_id = scope_of(scope + 1)) == 0)
        return false;
    out->size_bytes = sizeof out->address.v6;
    out->loopback = IN6_IS_ADDR_LOOPBACK(&out->address.v6.sin6_addr);
    snprintf(out->text, sizeof out->text, "[%.39s%.15s]:%u", plain, scope == NULL ? "" : scope, port);
    snprintf(out->text_plain, sizeof out->text_plain, "[%.39s]:%u", plain, port);
    return true;
}

size_t mxs_server_mark(const char *text) { return strncmp(text, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0; }

enum mxs_err mxs_server_parse(const char *text, struct mxs_server *out, struct mxs_detail *detail)
{
    char copy[MXS_RESOLVER_ADDRESS_MAX];
    char *host;
    uint16_t port;
    struct mxs_server server;
    memset(&server, 0, sizeof server);
    text += mxs_server_mark(text);
    if (strlen(text) < sizeof copy) {
        memcpy(copy, text, strlen(text) + 1);
        if (split(copy, &host, &port) && (read_v4(host, port, &server) || read_v6(host, port, &server))) {
            *out = server;
            return MXS_OK;
        }
    }
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "\"%.80s\" is not a resolver address: write 192.0.2.1, 192.0.2.1:53, 192.0.2.1#53 or [2001:db8::1]:53", text);
}
