/* Of recursors: whether one of our own could work here, and how a packaged one is set. */
#include "scanner/command/internal/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/recursor/inspect.h"
#include "scanner/resolve/address.h"

#define CACHE_WANTED (64ll << 20)
#define REMEDY \
    "write what `mxsurvey recursor` prints to /etc/unbound/unbound.conf.d/mxsurvey.conf and restart it, or scan with " \
    "--recursor"

void mxs_doctor_put_fine(const struct mxs_doctor *doctor, const char *format, ...)
{
    (void)doctor;
    va_list args;
    va_start(args, format);
    fputs("ok       ", stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* what: the problem; remedy: what to do. */
void mxs_doctor_put_problem(struct mxs_doctor *doctor, const char *what, const char *remedy)
{
    doctor->problems++;
    printf("PROBLEM  %s\n         -> %s\n", what, remedy);
}

/* ---- one of our own ---- */

static void tell_dropped(const struct mxs_doctor *doctor, const struct mxs_recursor_config *config)
{
    char keys[256] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < config->line_count && used < sizeof keys - 64; i++)
        if (config->lines[i].dropped)
            used +=
                (size_t)snprintf(keys + used, sizeof keys - used, "%s%s", used == 0 ? "" : ", ", config->lines[i].key);
    mxs_doctor_put_fine(
        doctor,
        "Unbound's checker accepts the configuration of --recursor: %u thread%s, %llu MB at most, about %u names/s%s%s",
        config->threads, config->threads == 1 ? "" : "s", (unsigned long long)(config->memory_bytes >> 20),
        config->names_per_s, used == 0 ? "" : "; this version does without ", keys);
}

enum mxs_err mxs_doctor_open_recursor(struct mxs_doctor *doctor, const struct mxs_settings *settings,
                                      mxs_recursor **own, struct mxs_detail *detail)
{
    static struct mxs_recursor_config config;
    struct mxs_recursor_machine machine;
    struct mxs_detail why = {0};
    enum mxs_recursor_reach reach;
    mxs_recursor_machine_read(&machine);
    enum mxs_err err = mxs_recursor_config_init(&config, &machine, &settings->recursor, detail);
    if (err == MXS_OK)
        err = mxs_recursor_reach_find(&config, &reach, detail);
    if (err != MXS_OK)
        return err;
    const char *closed = mxs_recursor_reach_text(&config, reach);
    if (closed == NULL)
        mxs_doctor_put_fine(doctor, "the root servers answer: port 53 to the outside is open");
    else
        mxs_doctor_put_problem(doctor, closed, "without that --recursor cannot work");
    if (mxs_recursor_check(&config, &why) != MXS_OK) {
        mxs_doctor_put_problem(doctor, why.text, "without that --recursor cannot work");
        return MXS_OK;
    }
    tell_dropped(doctor, &config);
    uint64_t begun_ns = mxs_clock_ns();
    if (closed == NULL && mxs_recursor_open(own, &config, NULL, &why) != MXS_OK)
        mxs_doctor_put_problem(doctor, why.text, "without that --recursor cannot work");
    else if (closed == NULL)
        mxs_doctor_put_fine(doctor, "an Unbound of our own answers after %llu ms",
                            (unsigned long long)((mxs_clock_ns() - begun_ns) / MXS_NS_PER_MS));
    return MXS_OK;
}

/* ---- somebody else's ---- */

struct complaint {
    char text[640];
    size_t used;
};

static void MXS_PRINTF(2, 3) failure(struct complaint *complaint, const char *format, ...)
{
    va_list args;
    if (complaint->used >= sizeof complaint->text - 1)
        return;
    if (complaint->used > 0)
        complaint->used +=
            (size_t)snprintf(complaint->text + complaint->used, sizeof complaint->text - complaint->used, "; ");
    va_start(args, format);
    int size = vsnprintf(complaint->text + complaint->used, sizeof complaint->text - complaint->used, format, args);
    va_end(args);
    complaint->used += size > 0 ? (size_t)size : 0;
}

static void judge(struct complaint *complaint, const struct mxs_recursor_seen *seen, uint32_t in_flight)
{
    struct mxs_recursor_machine machine;
    mxs_recursor_machine_read(&machine);
    if (seen->discard_timeout_ms > 0)
        failure(complaint, "an answer that takes longer than %lld ms is never sent (discard-timeout)",
                (long long)seen->discard_timeout_ms);
    if (seen->wait_limit > 0 && seen->wait_limit < in_flight)
        failure(complaint, "one client may wait for %lld answers, more questions are dropped (wait-limit)",
                (long long)seen->wait_limit);
    if (seen->queries > 0 && seen->threads > 0 && seen->queries * seen->threads < in_flight)
        failure(complaint, "it works on %lld questions at a time and throws out the slow ones (num-queries-per-thread)",
                 (long long)(seen->queries * seen->threads));
    if (seen->threads == 1 && machine.cores > 2)
        failure(complaint, "one thread on %u cores (num-threads)", machine.cores);
    if (seen->cache_bytes >= 0 && seen->cache_bytes < CACHE_WANTED)
        failure(complaint, "its caches hold %lld MB (msg-cache-size, rrset-cache-size)",
                (long long)(seen->cache_bytes >> 20));
    if (seen->serve_expired == 1)
        failure(complaint, "it serves expired answers as if they were current (serve-expired)");
}

void mxs_doctor_read_unbound(struct mxs_doctor *doctor, const char *address, uint32_t in_flight)
{
    struct mxs_recursor_seen seen;
    struct mxs_server server;
    struct mxs_detail detail;
    struct complaint complaint = {.used = 0};
    char what[1200];
    if (mxs_server_parse(address, &server, &detail) != MXS_OK ||
        mxs_recursor_seen_find(&server.address.any, server.size_bytes, server.loopback, &seen, &detail) != MXS_OK ||
        seen.version[0] == 0)
        return;
    if (seen.file[0] == 0) {
        mxs_doctor_put_fine(doctor,
                            "resolver %s is %s, whose settings cannot be read here: as packaged it sends no answer "
                            "that takes longer than 1.9 s, lets one client wait for 1,000, and works on 1,024 "
                            "questions at a time, with one thread and 8 MB of caches; `mxsurvey recursor` prints "
                            "better ones",
                            address, seen.version);
        return;
    }
    judge(&complaint, &seen, in_flight);
    if (complaint.used == 0) {
        mxs_doctor_put_fine(doctor, "resolver %s is %s, set as a survey needs it (%s)", address, seen.version,
                            seen.file);
        return;
    }
    snprintf(what, sizeof what, "resolver %s is %s, set for a household (%.200s): %s", address, seen.version, seen.file,
             complaint.text);
    mxs_doctor_put_problem(doctor, what, REMEDY);
}
