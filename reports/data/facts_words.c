#include "reports/data/facts.h"

#include <string.h>

#include "model/vocabulary.h"

const char *mxs_facts_outcome(int8_t outcome)
{
    return outcome >= 0 && outcome < MXS_OUTCOME_COUNT ? mxs_outcome_text((enum mxs_outcome)outcome) : "";
}

const char *mxs_facts_organisation(const struct mxs_facts *facts, const struct mxs_facts_host *host)
{
    return host->unnamed ? facts->providers.texts[host->provider] + strlen("org:") : NULL;
}

bool mxs_facts_within(const char *name, size_t size_bytes, const char *suffix)
{
    size_t size = strlen(suffix);
    if (size > size_bytes || memcmp(name + size_bytes - size, suffix, size) != 0)
        return false;
    return size == size_bytes || name[size_bytes - size - 1] == '.';
}
