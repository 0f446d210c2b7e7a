#include "scanner/run/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vector.h"
#include "scanner/fetch/fetch.h"
#include "scanner/input/list.h"
#include "model/name.h"
#include "scanner/resolve/address.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define EDNS_PAYLOAD 1232
#define EDNS_PROBE_MS 300000
#define SERVFAIL_SPACING_MS 5000
#define CHANNELS_MAX 64
#define TCP_MAX 64
#define RESOLVER_RATE_QPS 500
#define HELO_MAX 253

/* The built-in control names: each in other hands, its MX hosts the same in every part of the world and for years (the
 * first says that it takes no mail). They are compared between resolvers and never with what is written here. */
static const char *const built_in_controls[] = {"example.com", "gmail.com", "outlook.com", "yahoo.com", "ripe.net"};
#define BUILT_IN_CONTROLS (sizeof built_in_controls / sizeof built_in_controls[0])

#define ASK "What to ask"
#define LISTS "How lists are read"
#define WHOM "Whom to ask"
#define PACE "Pace and patience"
#define MAIL "Mail servers (check smtp)"
#define DATA "Data"
#define NIGHT "Unattended scans"
#define TALK "Output"

/* What every command that asks needs comes first; what only a stored scan needs, after it. */
const struct mxs_option mxs_ask_options[1 + MXS_SCAN_OPTION_COUNT] = {
    /* lookup alone */
    {"format", 0, MXS_OPTION_CHOICE, "FORMAT", "text", 0, 0, "text|json", TALK,
     "output format: text, or records as `export` writes them"},
    {"checks", 0, MXS_OPTION_TEXT, "LIST", "mx,host", 0, 0, NULL, ASK,
     "mx; host (A and AAAA of every MX host, once per run); auth (SPF, DMARC, DKIM, the mailbox behind); transport"
     " (MTA-STS, TLS-RPT, TLSA); further ones by name, as the manual lists them; all"},
    {"exclude", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, ASK, "names and suffixes never to ask about"},
    {"fetch-sts", 0, MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, ASK,
     "fetch the policy file of every MTA-STS record from its web server, over HTTPS; needs the check transport"},
    {"ca-file", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, ASK,
     "certificates (PEM) to trust with --fetch-sts and the check smtp instead of the system's"},
    {"sts-connect", 0, MXS_OPTION_TEXT, "ADDR:PORT", NULL, 0, 0, NULL, ASK,
     "connect here with --fetch-sts instead of to the web servers: a relay, or a test server"},
    {"seed", 0, MXS_OPTION_NUMBER, "N", NULL, 0, INT64_MAX, NULL, ASK,
     "seed of the order in which names are asked; default: derived from the run's number"},
    {"resolver", 'r', MXS_OPTION_LIST, "ADDR[:PORT]", NULL, 0, 0, NULL, WHOM,
     "resolver to ask, repeatable; IPv6 with a port as [ADDR]:PORT; default: the system's"},
    {"resolvers", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, WHOM, "file of resolvers, one per line"},
    {"recursor", 0, MXS_OPTION_NUMBER, "[=THREADS]", NULL, 0, 64, NULL, WHOM,
     "start a private Unbound, tuned for a survey, ask it alone, and stop it at the end; with 0 or no number, one"
     " thread fewer than there are cores"},
    {"recursor-hints", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, WHOM,
     "root servers for --recursor instead of the public ones, for closed networks and tests; without "
     "--recursor-anchor nothing is validated then"},
    {"recursor-anchor", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, WHOM,
     "trust anchors (DS or DNSKEY) for --recursor instead of the root's"},
    {"health", 0, MXS_OPTION_CHOICE, "on|off", "on", 0, 0, "on|off", WHOM,
     "check resolvers before and during the scan"},
    {"control", 0, MXS_OPTION_LIST, "NAME", NULL, 0, 0, NULL, WHOM,
     "name whose MX all resolvers must agree on, repeatable, at most 8; default: five built-in ones, compared less "
     "strictly"},
    {"rate", 0, MXS_OPTION_NUMBER, "QPS", "0", 0, 100000000, NULL, PACE,
     "ceiling on datagrams per second, all resolvers together; 0: none"},
    {"resolver-rate", 0, MXS_OPTION_NUMBER, "QPS", NULL, 0, 100000000, NULL, PACE,
     "the same for each resolver; 0: none; default: 500, and none for a loopback resolver"},
    {"polite", 0, MXS_OPTION_NUMBER, "N", "0", 0, 1000000, NULL, PACE,
     "questions in flight per registrable domain; 0: no limit"},
    {"concurrency", 0, MXS_OPTION_NUMBER, "N", "4096", 1, 200000, NULL, PACE, "ceiling on questions in flight"},
    {"timeout", 0, MXS_OPTION_NUMBER, "MS", "5000", 10, 600000, NULL, PACE, "how long one attempt waits for an answer"},
    {"deadline", 0, MXS_OPTION_NUMBER, "MS", "30000", 10, 3600000, NULL, PACE,
     "how long all attempts of a question may take together"},
    {"tries", 0, MXS_OPTION_NUMBER, "N", "3", 1, 100, NULL, PACE,
     "attempts per question, spread over the resolvers when there are several, and once more at the end"},
    {"servfail-wait", 0, MXS_OPTION_NUMBER, "MS", "5000", 0, 600000, NULL, PACE,
     "pause before a name is asked again after SERVFAIL"},
    {"outage-wait", 0, MXS_OPTION_NUMBER, "S", "300", 0, 86400, NULL, PACE,
     "how long to wait when all resolvers are down before stopping with 75"},
    {"smtp-helo", 0, MXS_OPTION_TEXT, "NAME", NULL, 0, 0, NULL, MAIL,
     "name to greet mail servers with, for the check smtp; it must resolve, and should be what your address resolves "
     "back to"},
    {"smtp-rate", 0, MXS_OPTION_NUMBER, "N", "20", 0, 1000000, NULL, MAIL,
     "new connections to mail servers per second; 0: no ceiling"},
    {"smtp-concurrency", 0, MXS_OPTION_NUMBER, "N", "200", 1, 100000, NULL, MAIL,
     "connections to mail servers open at once"},
    {"smtp-timeout", 0, MXS_OPTION_NUMBER, "S", "60", 1, 3600, NULL, MAIL,
     "how long to wait for the banner, and for each reply"},
    {"smtp-retry", 0, MXS_OPTION_NUMBER, "S", "600", 0, 86400, NULL, MAIL,
     "how long to keep retrying busy and silent mail servers; 0: try each once, and call none silent"},
    {"rules", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, DATA, "provider rules instead of the built-in ones"},
    {"psl", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, DATA, "public suffix list instead of the system's"},
    {"asn-db", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, DATA, "MMDB that maps addresses to networks"},
    {"quiet", 'q', MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, TALK, "no progress and no summary"},
    {"verbose", 'v', MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, TALK, "say more on standard error"},
    {"color", 0, MXS_OPTION_CHOICE, "auto|always|never", "auto", 0, 0, "auto|always|never", TALK,
     "colour in the summary; NO_COLOR is honoured"},
    /* a stored scan alone */
    [1 + MXS_ASK_OPTION_COUNT] =
        {"db", 'o', MXS_OPTION_TEXT, "FILE", "survey.db", 0, 0, NULL, DATA, "database to write"},
    {"list", 0, MXS_OPTION_TEXT, "NAME", "default", 0, 0, NULL, DATA,
     "name of the list, to keep the runs of several lists apart"},
    {"input-format", 0, MXS_OPTION_CHOICE, "list|csv|jsonl|zone", NULL, 0, 0, "list|csv|jsonl|zone", LISTS,
     "what the lists are: list (one name per line), csv, jsonl (JSON lines), zone (a master file); default: detected "
     "from their first lines"},
    {"column", 0, MXS_OPTION_TEXT, "NAME|N", NULL, 0, 0, NULL, LISTS,
     "column that holds the names: its header, its number from 1, or in JSON lines a dotted key; default: detected "
     "by header and content"},
    {"keep", 0, MXS_OPTION_TEXT, "NAME,...", NULL, 0, 0, NULL, LISTS,
     "keep these columns (at most 16) with the domains, to break tables down by; all: every column"},
    {"keep-www", 0, MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, LISTS,
     "keep the leading www. in a column of websites, which is otherwise dropped"},
    {"shard", 0, MXS_OPTION_TEXT, "K/N|auto", NULL, 0, 0, NULL, LISTS,
     "survey the Kth of N parts of the list, by a hash of the registrable domain; auto: taken from a Slurm job array; "
     "auto/N: the index alone from Slurm,"
     " Kubernetes or GNU parallel. --rate and a given --resolver-rate are divided by N; `mxsurvey merge` joins the "
     "parts"},
    {"new", 0, MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, DATA, "begin a new run even if an unfinished one exists"},
    {"finish-to", 0, MXS_OPTION_TEXT, "PATH", NULL, 0, 0, NULL, DATA,
     "move the database there when the run is complete, atomically: scan on a local disk, keep it on a shared one"},
    {"time-limit", 0, MXS_OPTION_NUMBER, "S", "0", 0, 31536000, NULL, PACE, "stop with 75 after this long; 0: never"},
    {"status-file", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, NIGHT, "write one JSON line of status per interval"},
    {"on-finish", 0, MXS_OPTION_TEXT, "CMD", NULL, 0, 0, NULL, NIGHT,
     "run CMD when a run is complete, with `report --format json` on its standard input; its failure changes nothing"},
    {"on-change", 0, MXS_OPTION_TEXT, "CMD", NULL, 0, 0, NULL, NIGHT,
     "the same with `diff --format json`, only when something changed since the previous complete run"},
    {"sandbox", 0, MXS_OPTION_CHOICE, "require|auto|off", "auto", 0, 0, "require|auto|off", NIGHT,
     "confine the scanner with landlock and seccomp"},
};

const char *const mxs_whom_to_ask[] = {"resolver", "resolvers", "recursor", "recursor-hints", "recursor-anchor",
                                       "control", NULL};

static bool is_typed(const mxs_values *values, const char *name)
{
    return strncmp(mxs_values_origin(values, name), "--", 2) == 0;
}

/* Of the three ways to say whom to ask: what is typed wins over what files and the environment say by another. */
static bool is_meant(const mxs_values *values, const char *name)
{
    return mxs_values_given(values, name) &&
           (is_typed(values, name) || !(is_typed(values, "resolver") || is_typed(values, "resolvers") ||
                                        is_typed(values, "recursor")));
}

/* In its one spelling, so that one resolver is not asked as two. */
static enum mxs_err put_resolver(struct mxs_settings *settings, const char *typed, struct mxs_detail *detail)
{
    struct mxs_server server;
    enum mxs_err err = mxs_server_parse(typed, &server, detail);
    const char *address = server.text;
    if (err != MXS_OK)
        return err;
    for (size_t i = 0; i < settings->resolver_count; i++) {
        if (strcmp(settings->resolvers[i], address) == 0)
            return MXS_OK;
    }
    if (settings->resolver_count == MXS_POOL_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "more than %d resolvers: name fewer", MXS_POOL_MAX);
    if (!mxs_vector_reserve(&settings->resolvers, &settings->resolver_capacity, settings->resolver_count,
                            sizeof *settings->resolvers) ||
        (settings->resolvers[settings->resolver_count] = strdup(address)) == NULL)
        return mxs_err_memory(detail, "reading the options");
    settings->resolver_count++;
    return MXS_OK;
}

/* Cuts a comment off: '#' and ';' begin one where a word could begin; in a word '#' stands before a port. */
static void cut_comment(char *line)
{
    for (char *at = line; *at != 0; at++)
        if (*at == '\r' || *at == '\n' ||
            ((*at == '#' || *at == ';') && (at == line || at[-1] == ' ' || at[-1] == '\t'))) {
            *at = 0;
            return;
        }
}

/* "192.0.2.1 5353" was meant with a port; "nameserver 192.0.2.1" and "192.0.2.1 192.0.2.2" were not. */
static bool is_port(const char *word, const char *behind)
{
    return word[strspn(word, "0123456789abcdefABCDEF.:[]")] == 0 && behind[strspn(behind, "0123456789")] == 0;
}

/* One line of a file that names resolvers; keyword as below. */
static enum mxs_err read_resolver(struct mxs_settings *settings, char *line, const char *keyword, const char *where,
                                  struct mxs_detail *detail)
{
    char *rest = line;
    struct mxs_detail why;
    cut_comment(line);
    char *word = strtok_r(line, " \t", &rest);
    if (word != NULL && keyword != NULL)
        word = strcmp(word, keyword) == 0 ? strtok_r(NULL, " \t", &rest) : NULL;
    const char *behind = word != NULL && keyword == NULL ? strtok_r(NULL, " \t\r\n", &rest) : NULL;
    if (behind != NULL && *behind >= '0' && *behind <= '9' && !is_port(word, behind))
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.220s: write one address a line and nothing before it: 192.0.2.1,"
                                                  " 192.0.2.1:53, 192.0.2.1#53 or [2001:db8::1]:53", where);
    if (behind != NULL && *behind >= '0' && *behind <= '9') /* a port: never another one in silence */
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.220s: a port is joined to its address by a colon: write"
                                                  " %.64s:%.16s",
                           where, word, behind);
    enum mxs_err err = word != NULL ? put_resolver(settings, word, &why) : MXS_OK;
    return err == MXS_OK ? err : mxs_err_set(detail, err, "%.220s: %.300s", where, why.text);
}

/* One address a line, '#' begins a comment; keyword NULL. Or the lines of resolv.conf that begin with keyword. */
static enum mxs_err read_resolvers(struct mxs_settings *settings, const char *path, const char *keyword,
                                   struct mxs_detail *detail)
{
    char *text = NULL, where[220];
    size_t size_bytes = 0;
    enum mxs_err err = mxs_file_read(path, &text, &size_bytes);
    if (err == MXS_ERR_MEMORY)
        return mxs_err_memory(detail, "reading the resolvers");
    if (err == MXS_ERR_FULL)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: larger than 16 MiB: expected one resolver address per line",
                           path);
    if (err != MXS_OK)
        return mxs_err_set(detail, err, "%s: cannot be read (%s)%s", path, strerror(errno),
                           err == MXS_ERR_INPUT ? ": name a resolver with --resolver ADDR" : "");
    unsigned number = 0;
    for (char *line = text, *end = text + size_bytes, *next; err == MXS_OK && line < end; line = next) {
        char *hop = memchr(line, '\n', (size_t)(end - line));
        next = hop != NULL ? hop + 1 : end;
        if (hop != NULL)
            *hop = '\0';
        line += number++ == 0 ? mxs_server_mark(line) : 0;
        snprintf(where, sizeof where, "%.200s:%u", path, number);
        err = read_resolver(settings, line, keyword, where, detail);
    }
    free(text);
    return err;
}

static enum mxs_err read_system(struct mxs_settings *settings, struct mxs_detail *detail)
{
    enum mxs_err err = read_resolvers(settings, RESOLV_CONF, "nameserver", detail);
    if (err == MXS_OK && settings->resolver_count == 0)
        err = mxs_err_set(detail, MXS_ERR_INPUT,
                          RESOLV_CONF ": it names no resolver (`nameserver ADDR`): name one with --resolver ADDR");
    return err;
}

static enum mxs_err gather_resolvers(struct mxs_settings *settings, const mxs_values *values, bool doctor,
                                     struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    size_t count = is_meant(values, "resolver") ? mxs_values_count(values, "resolver") : 0;
    const char *file = is_meant(values, "resolvers") ? mxs_values_text(values, "resolvers") : NULL;
    for (size_t i = 0; err == MXS_OK && i < count; i++)
        err = put_resolver(settings, mxs_values_at(values, "resolver", i), detail);
    if (err == MXS_OK && file != NULL)
        err = read_resolvers(settings, file, NULL, detail);
    if (err == MXS_OK && settings->resolver_count == 0 && file == NULL) {
        err = read_system(settings, &settings->no_resolver);
        if (doctor && err != MXS_ERR_MEMORY)
            return MXS_OK;
        if (err != MXS_OK)
            *detail = settings->no_resolver;
    }
    if (err == MXS_OK && settings->resolver_count == 0)
        err = mxs_err_set(detail, MXS_ERR_INPUT, "no resolver is known: name one with --resolver ADDR");
    return err;
}

static enum mxs_err set_recursor(struct mxs_settings *settings, const mxs_values *values, bool doctor,
                                 struct mxs_detail *detail)
{
    settings->own_recursor = is_meant(values, "recursor");
    settings->recursor = (struct mxs_recursor_options){
        .hints = mxs_values_text(values, "recursor-hints"),
        .anchor = mxs_values_text(values, "recursor-anchor"),
        .in_flight = settings->scheduler.concurrency,
        .validate = (settings->checks & MXS_CHECK_TRANSPORT) != 0,
    };
    if (!settings->own_recursor) {
        if (mxs_values_given(values, "recursor") ||
            (settings->recursor.hints == NULL && settings->recursor.anchor == NULL))
            return gather_resolvers(settings, values, doctor, detail);
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--recursor-hints and --recursor-anchor are for --recursor: give that too");
    }
    settings->recursor.threads = (uint32_t)mxs_values_number(values, "recursor");
    if (!is_meant(values, "resolver") && !is_meant(values, "resolvers"))
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT, "--recursor asks only an Unbound of its own: leave out %s, or --recursor",
                       is_meant(values, "resolver") ? "-r" : "--resolvers");
}

enum mxs_err mxs_settings_parse_checks(struct mxs_settings *settings, const char *text, struct mxs_detail *detail)
{
    settings->checks = MXS_CHECK_MX;
    for (const char *at = text; *(at += strspn(at, ", ")) != '\0';) {
        struct mxs_text word = {at, (uint32_t)strcspn(at, ", ")};
        unsigned bits = mxs_checks_parse_word(word);
        if (bits == 0)
            return mxs_err_set(detail, MXS_ERR_INPUT, "--checks: there is no check `%.*s`: use %s or all",
                               (int)(word.size_bytes < 40 ? word.size_bytes : 40), at, mxs_checks_words());
        settings->checks |= bits;
        at += word.size_bytes;
    }
    bool fits = mxs_checks_text(settings->checks, settings->checks_text, sizeof settings->checks_text);
    MXS_ASSERT(fits);
    return MXS_OK;
}

static void set_input(struct mxs_settings *settings, const mxs_values *values)
{
    const char *format = mxs_values_text(values, "input-format");
    settings->input = (struct mxs_list_options){.column = mxs_values_text(values, "column"),
                                                .keep = mxs_values_text(values, "keep"),
                                                .keep_www = mxs_values_flag(values, "keep-www")};
    bool known = format == NULL || mxs_list_format_parse(format, &settings->input.format);
    MXS_ASSERT(known); /* the choice of the table of options has the same words */
}

static void set_pace(struct mxs_settings *settings, const mxs_values *values)
{
    settings->scheduler = (struct mxs_scheduler_options){
        .concurrency = (uint32_t)mxs_values_number(values, "concurrency"),
        .tries = (uint32_t)mxs_values_number(values, "tries"),
        .deadline_ms = (uint32_t)mxs_values_number(values, "deadline"),
        .servfail_spacing_ms = (uint32_t)mxs_values_number(values, "servfail-wait"),
        .rate_qps = (uint32_t)mxs_values_number(values, "rate"),
        .resolver_rate_qps = mxs_values_given(values, "resolver-rate")
                                 ? (uint32_t)mxs_values_number(values, "resolver-rate")
                                 : RESOLVER_RATE_QPS,
        .resolver_rate_set = mxs_values_given(values, "resolver-rate"),
        .polite = (uint32_t)mxs_values_number(values, "polite"),
        .timeout_ms = (uint32_t)mxs_values_number(values, "timeout"),
        .outage_wait_ms = (uint32_t)mxs_values_number(values, "outage-wait") * 1000,
    };
    settings->pool = (struct mxs_pool_options){
        .resolver = {.timeout_ms = (uint32_t)mxs_values_number(values, "timeout"), .channels_max = CHANNELS_MAX,
                     .tcp_max = TCP_MAX, .edns_payload = EDNS_PAYLOAD, .edns_probe_ms = EDNS_PROBE_MS},
        .health = strcmp(mxs_values_text(values, "health"), "on") == 0,
    };
}

/* With a port, because the usual one of a resolver is not the usual one of a web server. */
static enum mxs_err parse_connect(struct mxs_settings *settings, const char *text, struct mxs_detail *detail)
{
    struct mxs_server server;
    const char *port = text[0] == '[' ? strstr(text, "]:") : strchr(text, ':');
    if (port == NULL || mxs_server_parse(text, &server, NULL) != MXS_OK)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--sts-connect: `%.60s` is not an address with a port: write 192.0.2.1:443 or"
                           " [2001:db8::1]:443",
                           text);
    snprintf(settings->sts_connect, sizeof settings->sts_connect, "%s", server.text_plain);
    return MXS_OK;
}

/* A rate is what the survey may send, not what a shard may. */
static enum mxs_err divide_rate(const char *option, uint32_t *rate_qps, uint32_t shards, struct mxs_detail *detail)
{
    if (*rate_qps != 0 && *rate_qps < shards)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--%s %u cannot be divided among %u shards: each would send less than one question per"
                           " second",
                           option, *rate_qps, shards);
    *rate_qps /= shards;
    return MXS_OK;
}

static enum mxs_err set_shard(struct mxs_settings *settings, const mxs_values *values, struct mxs_detail *detail)
{
    struct mxs_scheduler_options *pace = &settings->scheduler;
    enum mxs_err err = mxs_shard_parse(mxs_values_text(values, "shard"), &settings->shard, detail);
    if (err == MXS_OK)
        err = divide_rate("rate", &pace->rate_qps, settings->shard.count, detail);
    if (err == MXS_OK && pace->resolver_rate_set)
        err = divide_rate("resolver-rate", &pace->resolver_rate_qps, settings->shard.count, detail);
    return err;
}

static enum mxs_err set_fetch(struct mxs_settings *settings, const mxs_values *values, struct mxs_detail *detail)
{
    const char *connect = mxs_values_text(values, "sts-connect");
    settings->fetch_sts = mxs_values_flag(values, "fetch-sts");
    settings->ca_file = mxs_values_text(values, "ca-file");
    struct mxs_detail missing;
    if (settings->fetch_sts && mxs_fetch_load(&missing) != MXS_OK)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--fetch-sts: %s", missing.text);
    if (settings->fetch_sts && !(settings->checks & MXS_CHECK_TRANSPORT))
        return mxs_err_set(detail, MXS_ERR_INPUT, "--fetch-sts needs the check transport: add it to --checks");
    if (settings->fetch_sts && settings->ca_file == NULL && mxs_fetch_find_authorities(&missing) != MXS_OK)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--fetch-sts: %s", missing.text);
    if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--ca-file: %s: cannot be read (%s)", settings->ca_file,
                           strerror(errno));
    return connect == NULL ? MXS_OK : parse_connect(settings, connect, detail);
}

/* Canonical, because an excluded name must be known again. */
static enum mxs_err set_controls(struct mxs_settings *settings, const mxs_values *values, struct mxs_detail *detail)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    size_t given = mxs_values_count(values, "control"), count = given != 0 ? given : BUILT_IN_CONTROLS;
    if (count > MXS_HEALTH_CONTROLS)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--control: %zu names are more than %d: name fewer", count,
                           MXS_HEALTH_CONTROLS);
    settings->controls_built_in = given == 0;
    for (; settings->control_count < count; settings->control_count++) {
        uint32_t i = settings->control_count;
        const char *typed = given == 0 ? built_in_controls[i] : mxs_values_at(values, "control", i);
        if (!mxs_list_typed_name(typed, name, sizeof name))
            return mxs_err_set(detail, MXS_ERR_INPUT,
                               "--control: `%.80s` is not a domain name: name one that receives mail", typed);
        settings->controls[i] = strdup(name);
        if (settings->controls[i] == NULL)
            return mxs_err_memory(detail, "reading the options");
    }
    return MXS_OK;
}

struct mxs_pool_options mxs_settings_pool(const struct mxs_settings *settings, const mxs_exclude *exclude,
                                          const char **controls)
{
    struct mxs_pool_options options = settings->pool;
    for (uint32_t i = 0; i < settings->control_count; i++)
        if (!mxs_exclude_holds(exclude, mxs_text_of(settings->controls[i])))
            controls[options.control_count++] = settings->controls[i];
    options.controls = controls;
    options.controls_built_in = settings->controls_built_in;
    options.spare_invalid = mxs_exclude_holds(exclude, MXS_TEXT("invalid"));
    options.spare_dns64 = mxs_exclude_holds(exclude, MXS_TEXT("ipv4only.arpa"));
    return options;
}

static enum mxs_err set_smtp(struct mxs_settings *settings, const mxs_values *values, struct mxs_detail *detail)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    const char *helo = mxs_values_text(values, "smtp-helo");
    settings->smtp = (struct mxs_smtp_settings){.rate = (uint32_t)mxs_values_number(values, "smtp-rate"),
                                                .concurrency = (uint32_t)mxs_values_number(values, "smtp-concurrency"),
                                                .timeout_s = (uint32_t)mxs_values_number(values, "smtp-timeout"),
                                                .retry_s = (uint32_t)mxs_values_number(values, "smtp-retry")};
    if (!(settings->checks & MXS_CHECK_SMTP))
        return MXS_OK;
    if (helo == NULL)
        return mxs_err_set(
            detail, MXS_ERR_INPUT,
            "the check smtp greets mail servers: say who you are with --smtp-helo NAME, a name of yours "
            "that resolves to the address you ask from (see mxsurvey(1), CONTACTING MAIL SERVERS POLITELY)");
    if (!mxs_list_typed_name(helo, name, sizeof name) || strchr(name, '.') == NULL || strlen(name) > HELO_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--smtp-helo: `%.80s` is not a host name", helo);
    settings->smtp.helo = strdup(name);
    if (settings->smtp.helo == NULL)
        return mxs_err_memory(detail, "reading the options");
    if (!(settings->checks & MXS_CHECK_HOST))
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "the check smtp needs the addresses of MX hosts: add the check host to --checks");
    return MXS_OK;
}

static void set_store(struct mxs_settings *settings, const mxs_values *values)
{
    settings->db = mxs_values_text(values, "db");
    settings->list = mxs_values_text(values, "list");
    settings->status_file = mxs_values_text(values, "status-file");
    settings->on_finish = mxs_values_text(values, "on-finish");
    settings->on_change = mxs_values_text(values, "on-change");
    settings->sandbox = mxs_values_text(values, "sandbox");
    settings->finish_to = mxs_values_text(values, "finish-to");
    settings->fresh = mxs_values_flag(values, "new");
    settings->time_limit_s = (uint32_t)mxs_values_number(values, "time-limit");
}

enum mxs_err mxs_settings_init(struct mxs_settings *settings, const mxs_values *values, enum mxs_settings_use use,
                               struct mxs_detail *detail)
{
    bool stored = use != MXS_USE_LOOKUP;
    *settings = (struct mxs_settings){
        .db = ":memory:",
        .list = "default",
        .shard = {1, 1},
        .sandbox = "auto", /* lookup: no folder to write in at all */
        .exclude = mxs_values_text(values, "exclude"),
        .rules = mxs_values_text(values, "rules"),
        .psl = mxs_values_text(values, "psl"),
        .asn_db = mxs_values_text(values, "asn-db"),
        .quiet = mxs_values_flag(values, "quiet"),
        .verbose = mxs_values_flag(values, "verbose"),
        .seed_given = mxs_values_given(values, "seed"),
    };
    if (stored)
        set_store(settings, values);
    if (settings->seed_given)
        settings->seed = (uint64_t)mxs_values_number(values, "seed");
    set_pace(settings, values);
    enum mxs_err err = mxs_settings_parse_checks(settings, mxs_values_text(values, "checks"), detail);
    if (stored)
        set_input(settings, values);
    if (err == MXS_OK && stored)
        err = set_shard(settings, values, detail);
    settings->pool.hurried = use == MXS_USE_LOOKUP;
    settings->pool.resolver.dnssec_ok = (settings->checks & MXS_CHECK_TRANSPORT) != 0; /* else no resolver says AD */
    if (err == MXS_OK)
        err = set_fetch(settings, values, detail);
    if (err == MXS_OK)
        err = set_smtp(settings, values, detail);
    if (err == MXS_OK)
        err = set_controls(settings, values, detail);
    if (err == MXS_OK)
        err = set_recursor(settings, values, use == MXS_USE_DOCTOR, detail);
    if (err != MXS_OK)
        mxs_settings_finish(settings);
    return err;
}

/* The word of each option of checks once, then all of them. */
const char *mxs_settings_word(const char *of, size_t index)
{
    size_t seen = 0;
    const char *last = "";
    for (uint32_t i = 0; strcmp(of, "checks") == 0 && i < mxs_checks_count(); i++) {
        const char *word = mxs_checks_at(i)->option;
        if (strcmp(word, last) != 0 && seen++ == index)
            return word;
        last = word;
    }
    return strcmp(of, "checks") == 0 && seen == index ? "all" : NULL;
}

void mxs_settings_finish(struct mxs_settings *settings)
{
    for (size_t i = 0; i < settings->resolver_count; i++)
        free(settings->resolvers[i]);
    free(settings->resolvers);
    for (uint32_t i = 0; i < settings->control_count; i++)
        free(settings->controls[i]);
    free(settings->smtp.helo);
    *settings = (struct mxs_settings){0};
}
