#include "scanner/run/internal/reaching.h"

#include <string.h>

#define PORT_SMTP 25
#define PORT_HTTPS 443

static bool rule_of(const char *text, bool datagrams, struct mxs_outside_rule *out)
{
    struct mxs_server server;
    if (text[0] == 0 || mxs_server_parse(text, &server, NULL) != MXS_OK)
        return false;
    *out = (struct mxs_outside_rule){.datagrams = datagrams};
    memcpy(&out->address, &server.address, sizeof server.address);
    return true;
}

size_t mxs_reaching_list(const struct mxs_survey *survey, struct mxs_outside_rule rules[MXS_REACHING_MAX])
{
    const struct mxs_settings *settings = survey->settings;
    size_t count = 0;
    if (survey->recursor != NULL)
        count += rule_of(mxs_recursor_address(survey->recursor), true, &rules[count]);
    for (size_t i = 0; i < settings->resolver_count && count < MXS_POOL_MAX; i++)
        count += rule_of(settings->resolvers[i], true, &rules[count]);
    if (settings->fetch_sts) {
        if (!rule_of(settings->sts_connect, false, &rules[count]))
            rules[count] = (struct mxs_outside_rule){.port = PORT_HTTPS};
        count++;
    }
    if (settings->checks & MXS_CHECK_SMTP)
        rules[count++] = (struct mxs_outside_rule){.port = PORT_SMTP};
    return count;
}
