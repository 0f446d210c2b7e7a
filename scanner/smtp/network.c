/* Nine in ten of the first fifty decide, and as few as six that contradict, of any, decide the other way at once. Short
 * lists are judged when they end: none of three networks answering is enough to say that nothing can be said; a box
 * shows with ten providers. */
#include "scanner/smtp/internal/network.h"

#include <string.h>

#define LOOKED_AT MXS_SMTP_NETWORKS_LOOKED_AT
#define CONTRADICTING (LOOKED_AT / 10 + 1) /* so many of the first fifty, and nine in ten cannot be reached any more */
#define SHORT_MIN 3u
#define BOX_MIN 10u

void mxs_smtp_network_init(struct mxs_smtp_network *network)
{
    memset(network, 0, sizeof *network);
    network->reach = network->box = MXS_SMTP_NETWORK_UNDECIDED;
}

/* count: it is not there. */
static uint32_t find(const uint32_t *ids, uint32_t count, uint32_t id)
{
    uint32_t at = 0;
    while (at < count && ids[at] != id)
        at++;
    return at;
}

static bool nine_in_ten(uint32_t part, uint32_t whole) { return part * 10 >= whole * 9; }

/* Digits are left out: one box may count its connections or tell the time. */
static uint64_t digest(struct mxs_text banner)
{
    uint64_t hash = 14695981039346656037ull;
    for (uint32_t i = 0; i < banner.size_bytes; i++)
        if (banner.data[i] < '0' || banner.data[i] > '9')
            hash = (hash ^ (unsigned char)banner.data[i]) * 1099511628211ull;
    return hash;
}

static uint32_t most_alike(const struct mxs_smtp_network *network)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < network->spoke; i++) {
        uint32_t count = 0;
        for (uint32_t j = 0; j < network->spoke; j++)
            count += network->banners[i] == network->banners[j];
        most = count > most ? count : most;
    }
    return most;
}

static void judge_box(struct mxs_smtp_network *network)
{
    uint32_t alike = most_alike(network), masked = network->masked;
    if (network->spoke == LOOKED_AT)
        network->box = nine_in_ten(alike, LOOKED_AT) || nine_in_ten(masked, LOOKED_AT) ? MXS_SMTP_NETWORK_MIDDLEBOX
                                                                                       : MXS_SMTP_NETWORK_OPEN;
    else if (network->spoke - alike >= CONTRADICTING && network->spoke - masked >= CONTRADICTING)
        network->box = MXS_SMTP_NETWORK_OPEN;
}

static void judge_reach(struct mxs_smtp_network *network)
{
    if (network->answered >= CONTRADICTING)
        network->reach = MXS_SMTP_NETWORK_OPEN;
    else if (network->ended == LOOKED_AT)
        network->reach = MXS_SMTP_NETWORK_BLOCKED;
}

void mxs_smtp_network_begin(struct mxs_smtp_network *network, uint32_t net)
{
    if (network->tried < LOOKED_AT && find(network->networks, network->tried, net) == network->tried)
        network->networks[network->tried++] = net;
}

void mxs_smtp_network_put(struct mxs_smtp_network *network, uint32_t net, uint32_t provider, bool heard,
                          struct mxs_text banner, bool masked)
{
    if (network->reach == MXS_SMTP_NETWORK_UNDECIDED) {
        uint32_t at = find(network->networks, network->tried, net);
        if (at < network->tried && !network->over[at]) {
            network->over[at] = true;
            network->ended++;
        }
        if (heard && find(network->answering, network->answered, net) == network->answered)
            network->answering[network->answered++] = net;
        judge_reach(network);
    }
    if (network->box == MXS_SMTP_NETWORK_UNDECIDED && heard &&
        find(network->providers, network->spoke, provider) == network->spoke) {
        network->banners[network->spoke] = digest(banner);
        network->providers[network->spoke++] = provider;
        network->masked += masked;
        judge_box(network);
    }
}

void mxs_smtp_network_finish(struct mxs_smtp_network *network)
{
    uint32_t ended = network->ended, failed = ended > network->answered ? ended - network->answered : 0;
    if (network->reach == MXS_SMTP_NETWORK_UNDECIDED) {
        bool blocked = ended >= SHORT_MIN && (ended < BOX_MIN ? network->answered == 0 : nine_in_ten(failed, ended));
        network->reach = blocked ? MXS_SMTP_NETWORK_BLOCKED : MXS_SMTP_NETWORK_OPEN;
    }
    if (network->box == MXS_SMTP_NETWORK_UNDECIDED) {
        uint32_t spoke = network->spoke;
        bool box = spoke >= BOX_MIN && (nine_in_ten(most_alike(network), spoke) || nine_in_ten(network->masked, spoke));
        network->box = box ? MXS_SMTP_NETWORK_MIDDLEBOX : MXS_SMTP_NETWORK_OPEN;
    }
}

enum mxs_smtp_network_word mxs_smtp_network_find(const struct mxs_smtp_network *network)
{
    if (network->reach == MXS_SMTP_NETWORK_BLOCKED || network->box == MXS_SMTP_NETWORK_MIDDLEBOX)
        return network->reach == MXS_SMTP_NETWORK_BLOCKED ? network->reach : network->box;
    if (network->reach == MXS_SMTP_NETWORK_UNDECIDED || network->box == MXS_SMTP_NETWORK_UNDECIDED)
        return MXS_SMTP_NETWORK_UNDECIDED;
    return MXS_SMTP_NETWORK_OPEN;
}
