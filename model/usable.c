#include "model/usable.h"

#include "model/address.h"
#include "model/hostname.h"

bool mxs_usable_name(struct mxs_text name)
{
    return name.size_bytes != 0 && !mxs_hostname_is_literal(name) && !mxs_hostname_is_localhost(name);
}

bool mxs_usable_address(const struct mxs_host_facts *host, const struct mxs_address *address)
{
    return (address->family == 4 ? host->a : host->aaaa) == MXS_ANSWERED && mxs_address_public(address);
}

enum mxs_tri mxs_usable_host(const struct mxs_host_facts *host)
{
    for (uint32_t i = 0; i < host->address_count; i++)
        if (mxs_usable_address(host, &host->addresses[i]))
            return MXS_YES;
    bool settled = host->a != MXS_NOT_ASKED && mxs_outcome_settled(host->a) && host->aaaa != MXS_NOT_ASKED &&
                   mxs_outcome_settled(host->aaaa);
    return settled ? MXS_NO : MXS_UNKNOWN;
}

static bool in_doubt(enum mxs_outcome outcome) { return outcome != MXS_NOT_ASKED && !mxs_outcome_settled(outcome); }

bool mxs_usable_in_doubt(const struct mxs_host_facts *host) { return in_doubt(host->a) || in_doubt(host->aaaa); }
