/* How well the servers answer, and the books. */
#include <string.h>
#include <time.h>

#include "net.h"

uint64_t net_now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static uint64_t draw(struct net *net) { return net->random = wire_mix(net->random); }

static void count(struct operator_count *seen, uint32_t second)
{
    seen->questions++;
    if (seen->second != second) {
        seen->second = second;
        seen->this_second = 0;
    }
    if (++seen->this_second > seen->peak_per_s)
        seen->peak_per_s = seen->this_second;
}

/* As response rate limiting does it: of what is over the limit every second question gets TC, the rest nothing. */
static bool over_limit(struct net *net, const struct host *host, uint32_t second, bool *truncated)
{
    struct operator_count *seen = &net->operators[host->index];
    if (seen->limit[host->server].second != second) {
        seen->limit[host->server].second = second;
        seen->limit[host->server].answered = 0;
    }
    if (++seen->limit[host->server].answered <= net->world.limit_per_s)
        return false;
    *truncated = seen->limit[host->server].answered % 2 == 0;
    return true;
}

static uint32_t answer_ill(struct net *net, const struct host *host, const struct question *question, bool tcp,
                           uint32_t second, uint64_t *delay_ns)
{
    bool truncated = false;
    uint8_t *out = net->out + 2;
    switch (host->ill) {
    case DEAD: return 0;
    case HALF_DEAD:
        if (host->server == 0)
            return 0;
        break;
    case LOSSY:
        if (!tcp && draw(net) % 10 < 3)
            return 0;
        break;
    case LAME: return reply_empty(question, RCODE_REFUSED, false, true, out);
    case HALF_LAME:
        if (host->server == 0)
            return reply_empty(question, RCODE_REFUSED, false, true, out);
        break;
    case LIMITED:
        if (!tcp && over_limit(net, host, second, &truncated))
            return truncated ? reply_empty(question, RCODE_NOERROR, true, true, out) : 0;
        break;
    case SLOW_TCP:
        if (!tcp && (question->type == TYPE_MX || question->type == TYPE_TXT))
            return reply_empty(question, RCODE_NOERROR, true, true, out);
        *delay_ns += tcp ? (800 + draw(net) % 1200) * 1000000 : 0;
        break;
    case NO_EDNS:
        if (question->payload)
            return reply_empty(question, RCODE_FORMERR, false, false, out);
        break;
    default: break;
    }
    return reply_authority(&net->world, host, question,
                           tcp                        ? 65535
                           : !question->payload       ? 512
                           : question->payload < 1232 ? question->payload
                                                      : 1232,
                           out);
}

uint32_t net_answer(struct net *net, const struct asker *asker, const struct question *question, uint64_t *delay_ns)
{
    struct host host;
    bool tcp = asker->connection >= 0;
    *delay_ns = 0;
    net->tcp += tcp;
    if (asker->address == 0) {
        net->truths++;
        return reply_truth(&net->world, question,
                           tcp                 ? 65535
                           : question->payload ? question->payload
                                               : 512,
                           net->out + 2);
    }
    world_server(&net->world, asker->address, &host);
    uint32_t second = (uint32_t)(net_now_ns() / 1000000000u);
    net->nobody += host.role == NOBODY;
    net->roots += host.role == ROOT_SERVER;
    net->tlds += host.role == TLD_SERVER;
    if (host.role == OPERATOR_SERVER)
        count(&net->operators[host.index], second);
    if (host.role == NOBODY || net->down)
        return 0;
    *delay_ns = (uint64_t)(host.latency_ms * 1e6 * (0.95 + (double)(draw(net) % 1000) / 10000));
    uint32_t size = answer_ill(net, &host, question, tcp, second, delay_ns);
    if (size == 0 && host.role == OPERATOR_SERVER)
        net->operators[host.index].unanswered++;
    return size;
}

void net_reset(struct net *net)
{
    memset(net->operators, 0, net->world.operators * sizeof *net->operators);
    net->roots = net->tlds = net->truths = net->nobody = net->tcp = net->unreadable = net->unsent = 0;
}

void net_print(const struct net *net, FILE *file)
{
    uint64_t questions[ILLS] = {0}, unanswered[ILLS] = {0}, sum = 0;
    uint32_t busiest[5] = {0}, known = 0;
    for (uint32_t i = 0; i < net->world.operators; i++) {
        const struct operator_count *seen = &net->operators[i];
        enum ill ill = world_ill_of(&net->world, i);
        questions[ill] += seen->questions;
        unanswered[ill] += seen->unanswered;
        sum += seen->questions;
        uint32_t at = known;
        while (at > 0 && net->operators[busiest[at - 1]].peak_per_s < seen->peak_per_s)
            at--;
        if (at == 5)
            continue;
        known += known < 5;
        memmove(&busiest[at + 1], &busiest[at], (known - 1 - at) * sizeof *busiest);
        busiest[at] = i;
    }
    fprintf(file,
            "{\"root\":%lu,\"tld\":%lu,\"operators\":%lu,\"truth\":%lu,\"nobody\":%lu,\"tcp\":%lu,\"unreadable\":%lu,"
            "\"unsent\":%lu,",
            net->roots, net->tlds, sum, net->truths, net->nobody, net->tcp, net->unreadable, net->unsent);
    for (unsigned ill = 0; ill < ILLS; ill++)
        fprintf(file, "%s\"%s\":{\"questions\":%lu,\"unanswered\":%lu}", ill == 0 ? "\"ills\":{" : ",", ill_names[ill],
                questions[ill], unanswered[ill]);
    fputs("},\"busiest\":[", file);
    for (uint32_t i = 0; i < known; i++)
        fprintf(file, "%s{\"operator\":%u,\"ill\":\"%s\",\"questions\":%u,\"peak_per_s\":%u}", i == 0 ? "" : ",",
                busiest[i], ill_names[world_ill_of(&net->world, busiest[i])], net->operators[busiest[i]].questions,
                net->operators[busiest[i]].peak_per_s);
    fputs("]}\n", file);
    fflush(file);
}
