#include "scanner/outside/rule.h"

#include <string.h>
#include <sys/socket.h>

#include "model/address.h"

socklen_t mxs_outside_size(const union mxs_outside_address *address)
{
    return address->any.sa_family == AF_INET    ? sizeof address->v4
           : address->any.sa_family == AF_INET6 ? sizeof address->v6
                                                : 0;
}

static uint16_t port_of(const union mxs_outside_address *address)
{
    return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

static bool is_public(const union mxs_outside_address *address)
{
    struct mxs_address plain = {.family = address->any.sa_family == AF_INET ? 4 : 6};
    if (plain.family == 4)
        memcpy(plain.bytes, &address->v4.sin_addr, 4);
    else
        memcpy(plain.bytes, &address->v6.sin6_addr, 16);
    return mxs_address_public(&plain);
}

static bool is_same(const union mxs_outside_address *one, const union mxs_outside_address *other)
{
    if (one->any.sa_family != other->any.sa_family || port_of(one) != port_of(other))
        return false;
    if (one->any.sa_family == AF_INET)
        return one->v4.sin_addr.s_addr == other->v4.sin_addr.s_addr;
    return memcmp(&one->v6.sin6_addr, &other->v6.sin6_addr, sizeof one->v6.sin6_addr) == 0 &&
           one->v6.sin6_scope_id == other->v6.sin6_scope_id;
}

bool mxs_outside_allows(const struct mxs_outside_rule *rules, size_t count, int type,
                        const union mxs_outside_address *address)
{
    if (mxs_outside_size(address) == 0 || (type != SOCK_STREAM && type != SOCK_DGRAM))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool all = rules[i].address.any.sa_family == AF_UNSPEC;
        if (type == SOCK_DGRAM && (all || !rules[i].datagrams))
            continue;
        if (all ? rules[i].port == port_of(address) && is_public(address) : is_same(&rules[i].address, address))
            return true;
    }
    return false;
}
