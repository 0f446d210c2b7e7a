/* scanner/smtp by itself, for tests and the benchmark: meets the servers that standard input names, and prints a JSON
 * line for each.
 *
 *   mxs_smtp --helo NAME [--ca FILE] [--rate N] [--concurrency N] [--timeout MS] [--retry S] < targets
 *
 * A target is a line "ADDRESS HOST [PROVIDER [TLSA...]]", TLSA as hexadecimal rdata. The last line of the output holds
 * the counts, what the process took, and a word about the network where there is one. */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/clock.h"
#include "base/out.h"
#include "model/address.h"
#include "scanner/smtp/smtp.h"
#include "tests/support/peak.h"

#define TLSA_MAX 4

struct line {
    struct mxs_address address;
    char *host;
    uint32_t provider;
    struct mxs_bytes tlsa[TLSA_MAX];
    uint32_t tlsa_count;
};

static struct line *lines;
static uint32_t line_count;
static mxs_out out;
static mxs_smtp *smtp;
static bool quiet;

static void put_text(const char *key, struct mxs_text text)
{
    mxs_out_format(&out, ",\"%s\":", key);
    if (text.data == NULL)
        mxs_out_text(&out, "null");
    else
        mxs_out_json(&out, text.data, text.size_bytes);
}

static void put_certificate(const struct mxs_smtp_certificate *certificate)
{
    if (certificate == NULL) {
        mxs_out_text(&out, ",\"certificate\":null");
        return;
    }
    mxs_out_text(&out, ",\"certificate\":{\"names\":[");
    for (uint32_t i = 0; i < certificate->name_count; i++) {
        mxs_out_text(&out, i == 0 ? "" : ",");
        mxs_out_json(&out, certificate->names[i].data, certificate->names[i].size_bytes);
    }
    mxs_out_text(&out, "]");
    put_text("subject", certificate->subject);
    put_text("issuer", certificate->issuer);
    put_text("key", certificate->key);
    put_text("signature", certificate->signature);
    mxs_out_format(
        &out,
        ",\"bits\":%u,\"chain\":%u,\"total\":%u,\"not_before\":%lld,\"not_after\":%lld,\"matches\":%s,\"expired\":%s",
        certificate->key_bits, certificate->chain_length, certificate->name_total, (long long)certificate->not_before,
        (long long)certificate->not_after, certificate->name_matches ? "true" : "false",
        certificate->expired ? "true" : "false");
    mxs_out_format(&out, ",\"pkix\":\"%s\",\"dane\":\"%s\",\"fingerprint\":\"", mxs_smtp_pkix_text(certificate->pkix),
                   mxs_smtp_dane_text(certificate->dane));
    for (size_t i = 0; i < sizeof certificate->fingerprint; i++)
        mxs_out_format(&out, "%02x", certificate->fingerprint[i]);
    mxs_out_text(&out, "\"}");
}

static bool on_begin(void *arg, uint32_t subject, struct mxs_smtp_target *target)
{
    (void)arg;
    const struct line *line = &lines[subject];
    *target = (struct mxs_smtp_target){
        .host = line->host, .tlsa = {.records = line->tlsa, .record_count = line->tlsa_count, .names = {line->host}}};
    return true;
}

static void on_done(void *arg, uint32_t subject, const struct mxs_smtp_answer *answer, const mxs_smtp_chain *chain)
{
    (void)arg, (void)chain;
    if (quiet)
        return;
    char text[MXS_ADDRESS_TEXT_SIZE];
    mxs_address_text(&lines[subject].address, text);
    mxs_out_format(
        &out, "{\"address\":\"%s\",\"host\":\"%s\",\"outcome\":\"%s\",\"code\":%u,\"attempts\":%u,\"starttls\":\"%s\"",
        text, lines[subject].host, mxs_smtp_outcome_text(answer->outcome), answer->code, answer->attempts,
        mxs_smtp_starttls_text(answer->starttls));
    mxs_out_format(&out, ",\"masked\":%s,\"injected\":%s,\"tls_settled\":%s,\"connect_ms\":%d,\"banner_ms\":%d",
                   answer->masked ? "true" : "false", answer->injected ? "true" : "false",
                   answer->tls_settled ? "true" : "false", answer->connect_ms, answer->banner_ms);
    put_text("banner", answer->banner);
    put_text("name", answer->name);
    put_text("reply", answer->reply);
    put_text("tls", answer->tls);
    put_text("cipher", answer->cipher);
    put_text("tls_failure", answer->tls_failure);
    put_certificate(answer->certificate);
    mxs_out_text(&out, "}\n");
}

static void on_network(void *arg, uint8_t family, enum mxs_smtp_network_word word, uint32_t networks)
{
    (void)arg;
    mxs_out_format(&out, "{\"network\":\"%s\",\"family\":%u,\"networks\":%u}\n",
                   word == MXS_SMTP_NETWORK_BLOCKED ? "blocked" : "middlebox", family, networks);
}

static void on_idle(void *arg)
{
    (void)arg;
    const struct mxs_smtp_counts *counts = mxs_smtp_counts_of(smtp);
    mxs_out_format(&out,
                   "{\"put\":%llu,\"done\":%llu,\"connections\":%llu,\"retries\":%llu,\"open_peak\":%u,\"cpu_ms\":%llu,"
                   "\"rss_kb\":%ld}\n",
                   (unsigned long long)counts->put, (unsigned long long)counts->done,
                   (unsigned long long)counts->connections, (unsigned long long)counts->retries, counts->open_peak,
                   (unsigned long long)(mxs_clock_cpu_ns() / MXS_NS_PER_MS), peak_kb());
    MXS_ASSERT(mxs_smtp_error(smtp) == MXS_OK);
    mxs_smtp_destroy(&smtp);
}

static void on_closed(void *arg) { *(bool *)arg = true; }

static uint32_t read_hex(const char *hex, uint8_t *bytes, uint32_t size)
{
    uint32_t count = 0;
    unsigned value;
    while (count < size && sscanf(hex + 2 * count, "%2x", &value) == 1)
        bytes[count++] = (uint8_t)value;
    return count;
}

static void read_line(char *text)
{
    struct line line = {.provider = line_count};
    char *rest = text, *word = strsep(&rest, " ");
    MXS_ASSERT(mxs_address_parse(mxs_text_of(word), &line.address) && rest != NULL);
    line.host = strdup(strsep(&rest, " "));
    if (rest != NULL)
        line.provider = (uint32_t)strtoul(strsep(&rest, " "), NULL, 10);
    while (rest != NULL && line.tlsa_count < TLSA_MAX) {
        word = strsep(&rest, " ");
        uint32_t size = (uint32_t)strlen(word) / 2;
        uint8_t *bytes = malloc(size + 1);
        MXS_ASSERT(bytes != NULL);
        line.tlsa[line.tlsa_count++] = (struct mxs_bytes){bytes, read_hex(word, bytes, size)};
    }
    lines = realloc(lines, (line_count + 1) * sizeof *lines);
    MXS_ASSERT(lines != NULL && line.host != NULL);
    lines[line_count++] = line;
}

static void read_options(int argc, char **argv, struct mxs_smtp_options *options)
{
    static const struct option names[] = {
        {"helo", 1, NULL, 'h'},    {"ca", 1, NULL, 'c'},    {"rate", 1, NULL, 'r'},  {"concurrency", 1, NULL, 'n'},
        {"timeout", 1, NULL, 't'}, {"retry", 1, NULL, 's'}, {"quiet", 0, NULL, 'q'}, {NULL, 0, NULL, 0}};
    for (int at; (at = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (at) {
        case 'h':
            options->helo = optarg;
            break;
        case 'c':
            options->ca_file = optarg;
            break;
        case 'r':
            options->rate = (uint32_t)atoi(optarg);
            break;
        case 'n':
            options->concurrency = (uint32_t)atoi(optarg);
            break;
        case 't':
            options->timeout_ms = (uint32_t)atoi(optarg);
            break;
        case 's':
            options->retry_s = (uint32_t)atoi(optarg);
            break;
        case 'q':
            quiet = true;
            break;
        default:
            exit(2);
        }
    }
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    struct mxs_smtp_options options = {.helo = "probe.example.net", .concurrency = 200, .timeout_ms = 60000, .seed = 1};
    read_options(argc, argv, &options);
    char *text = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&text, &capacity, stdin)) > 0;) {
        text[strcspn(text, "\n")] = 0;
        read_line(text);
    }
    free(text);
    mxs_out_attach(&out, stdout);
    bool closed = false;
    struct mxs_smtp_host host = {.loop = uv_default_loop(),
                                 .begin = on_begin,
                                 .done = on_done,
                                 .network = on_network,
                                 .idle = on_idle,
                                 .closed = on_closed,
                                 .arg = &closed};
    struct mxs_detail detail = {0};
    uv_tcp_t first; /* with it the loop opens a descriptor that it keeps */
    MXS_ASSERT(uv_tcp_init(host.loop, &first) == 0);
    uv_close((uv_handle_t *)&first, NULL);
    uv_run(host.loop, UV_RUN_DEFAULT);
    unsigned descriptors = count_descriptors();
    if (mxs_smtp_create(&smtp, &host, &options, &detail) != MXS_OK) {
        fprintf(stderr, "%s\n", detail.text);
        return 2;
    }
    for (uint32_t i = 0; i < line_count; i++)
        MXS_ASSERT(mxs_smtp_put(smtp, i, &lines[i].address, lines[i].provider) == MXS_OK);
    mxs_smtp_open(smtp);
    uv_run(host.loop, UV_RUN_DEFAULT);
    MXS_ASSERT(count_descriptors() == descriptors); /* nothing of any connection is left */
    MXS_ASSERT(closed && uv_loop_close(host.loop) == 0);
    for (uint32_t i = 0; i < line_count; i++) {
        free(lines[i].host);
        for (uint32_t j = 0; j < lines[i].tlsa_count; j++)
            free((void *)(uintptr_t)lines[i].tlsa[j].data);
    }
    free(lines);
    return mxs_out_finish(&out, &detail) == MXS_OK ? 0 : 1;
}
