/* doctor: looks at everything a scan stands on before it is needed. Each line is one thing: fine, or a problem with its
 * remedy. Nothing is written; the resolvers get control questions only, and with --recursor some root servers one. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/out.h"
#include "base/system.h"
#include "db/query.h"
#include "scanner/classify/asn.h"
#include "model/domain.h"
#include "scanner/command/command.h"
#include "scanner/command/internal/doctor.h"
#include "scanner/run/failure.h"
#include "scanner/run/keeping.h"
#include "scanner/run/sandbox.h"
#include "scanner/run/settings.h"
#include "scanner/run/waiting.h"

#define BUFFER_WANTED (1 << 20)
#define DISK_WANTED_BYTES 1000000000u
#define AGE_LIMIT_DAYS 365
#define SLOW_US 200000
#define TIMEOUT_MS 2000 /* of one question, at most: nobody waits longer for a doctor */
#define CHECKS_NS (6 * MXS_NS_PER_S)

/* --- resolvers --- */

static void on_ready(void *arg, uint32_t answering)
{
    (void)answering;
    *(bool *)arg = true;
}

/* The address is host, with or without a port. */
static bool is_host(const char *address, const char *host)
{
    size_t size = strlen(host);
    if (address[0] == '[')
        return strncmp(address + 1, host, size) == 0 && (address[1 + size] == ']' || address[1 + size] == '%');
    return strncmp(address, host, size) == 0 && (address[size] == 0 || address[size] == ':');
}

static void note_address(struct mxs_doctor *doctor, const char *address)
{
    static const char *const public_resolvers[] = {
        "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222", "208.67.220.220",
        "2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001", "2620:fe::fe",
        "2620:fe::9"};
    char what[256];
    if (is_host(address, "127.0.0.53")) {
        snprintf(what, sizeof what,
                 "resolver %s is systemd's stub: it is made for one desktop, and drops and caps what a survey asks",
                 address);
        mxs_doctor_put_problem(doctor, what,
                               "install unbound and scan with `-r 127.0.0.1`, or name your network's resolvers");
    }
    for (size_t i = 0; i < sizeof public_resolvers / sizeof public_resolvers[0]; i++)
        if (is_host(address, public_resolvers[i])) {
            snprintf(
                what, sizeof what,
                "resolver %s is a public one: it limits what one client may ask, and refuses the rest without a word",
                address);
            mxs_doctor_put_problem(
                doctor, what,
                "keep `--resolver-rate` at its default or below, or run a resolver of your own (unbound)");
        }
}

static const char *word_of(enum mxs_sight sight)
{
    return sight == MXS_SIGHT_YES ? "yes" : sight == MXS_SIGHT_NO ? "no" : "not known";
}

/* What a scan can live with, but whoever runs it should know. */
static void tell_lacks(struct mxs_doctor *doctor, const struct mxs_settings *settings, const char *address,
                       const struct mxs_pool_health *health)
{
    char what[320];
    if (health->plain) {
        snprintf(what, sizeof what, "resolver %s " MXS_POOL_PLAIN_TEXT, address);
        mxs_doctor_put_problem(doctor, what,
                               "let UDP with EDNS (RFC 6891) through the firewall, or name another with --resolver");
    }
    if (health->dns64_unknown && !health->dns64_awaited && health->dns64[0] == 0) {
        snprintf(what, sizeof what, "resolver %s " MXS_POOL_DNS64_UNKNOWN_TEXT, address);
        mxs_doctor_put_problem(doctor, what, "ask a resolver that answers for it");
    }
    if (health->recursion == MXS_SIGHT_NO) {
        snprintf(what, sizeof what, "resolver %s does not recurse (RA): is it an authoritative server?", address);
        mxs_doctor_put_problem(doctor, what,
                               "name a recursive resolver, unless this server holds every name of the list");
    }
    if (health->tcp == MXS_SIGHT_NO) {
        snprintf(what, sizeof what,
                 "resolver %s does not answer by TCP: large answers cannot be read, their names stay undetermined",
                 address);
        mxs_doctor_put_problem(doctor, what, "open TCP port 53 to it, or name another with --resolver");
    }
    if (health->invalid == MXS_NODATA) {
        snprintf(what, sizeof what,
                 "resolver %s says `no data` of names that do not exist: they will count as names without mail",
                 address);
        mxs_doctor_put_problem(doctor, what, "ask a resolver that tells them apart");
    }
    if ((settings->checks & MXS_CHECK_TRANSPORT) && health->validates == MXS_SIGHT_NO) {
        snprintf(what, sizeof what, "resolver %s does not validate (AD): no TLSA record will count", address);
        mxs_doctor_put_problem(doctor, what, "turn on DNSSEC validation in it, or leave out the check transport");
    }
    if (health->latency_us > SLOW_US) {
        snprintf(what, sizeof what, "resolver %s is far away: %.0f ms", address, health->latency_us / 1000.0);
        mxs_doctor_put_problem(doctor, what,
                               "a survey is as fast as its resolver is near: run one on this machine or network");
    }
}

static void tell_resolver(struct mxs_doctor *doctor, const struct mxs_settings *settings, const mxs_pool *pool,
                          uint32_t index)
{
    const struct mxs_pool_health *health = mxs_pool_health(pool, index);
    const char *address = mxs_resolver_address(mxs_pool_resolver(pool, index)),
               *excluded = mxs_pool_excluded(pool, index);
    char what[256];
    if (excluded != NULL) {
        snprintf(what, sizeof what, "resolver %s: %s", address, excluded);
        mxs_doctor_put_problem(doctor, what, "do not use it: its answers cannot be trusted");
    } else if (!health->answers) {
        snprintf(what, sizeof what, "resolver %s does not answer", address);
        mxs_doctor_put_problem(doctor, what, "check the address and the firewall, or name another with --resolver");
    } else {
        mxs_doctor_put_fine(doctor, "resolver %s answers in %.1f ms: recursion %s, EDNS %s, TCP %s, validates %s%s",
                            address, health->latency_us / 1000.0, word_of(health->recursion), word_of(health->edns),
                            word_of(health->tcp), word_of(health->validates),
                            health->invalid == MXS_NXDOMAIN ? ", does not make up names" : "");
        if (health->dns64[0] != 0)
            mxs_doctor_put_fine(doctor, "resolver %s " MXS_POOL_DNS64_TEXT, address, health->dns64);
        tell_lacks(doctor, settings, address, health);
    }
    note_address(doctor, address);
    if (health->answers && !settings->own_recursor)
        mxs_doctor_read_unbound(doctor, address, settings->scheduler.concurrency);
}

/* A scan sees more of a resolver than its control questions show: whom the newest run in the database shut out. */
static void tell_last_run(struct mxs_doctor *doctor, const char *db, const mxs_pool *pool)
{
    mxs_store *store = NULL;
    struct mxs_query query;
    struct mxs_detail ignored;
    if (strcmp(db, ":memory:") == 0 || !mxs_store_exists(db) || mxs_store_open_read(&store, db, &ignored) != MXS_OK)
        return;
    mxs_query_open(&query, store,
                   "SELECT run_id, excluded FROM v_resolver WHERE resolver = ?1 AND excluded IS NOT NULL"
                   " AND run_id = (SELECT max(run_id) FROM v_run)");
    for (uint32_t i = 0; i < mxs_pool_count(pool); i++) {
        const char *address = mxs_resolver_address(mxs_pool_resolver(pool, i));
        char what[320];
        mxs_query_text(&query, 1, address, strlen(address));
        if (mxs_pool_excluded(pool, i) == NULL && mxs_query_next(&query)) {
            snprintf(what, sizeof what, "resolver %s was shut out of run %lld: %.160s", address,
                     (long long)mxs_query_column_int(&query, 0), mxs_query_column_text(&query, 1, NULL));
            mxs_doctor_put_problem(doctor, what, "do not use it, or try it again with a scan of a few names");
        }
        mxs_query_reset(&query);
    }
    if (mxs_query_finish(&query, &ignored) != MXS_OK) { /* a database that cannot be read is not what was asked about */
    }
    mxs_store_close(&store);
}

struct names {
    char text[MXS_HEALTH_CONTROLS * 256];
    size_t used;
};

static void put_name(struct names *names, const char *name)
{
    int size = snprintf(names->text + names->used, sizeof names->text - names->used, "%s%s",
                        names->used == 0 ? "" : ", ", name);
    names->used += size > 0 && names->used + (size_t)size < sizeof names->text ? (size_t)size : 0;
}

/* As a whole, and not again of each name. */
static void tell_denials(struct mxs_doctor *doctor, const struct mxs_pool_options *options, const mxs_pool *pool)
{
    char what[MXS_POOL_DENIAL_SIZE];
    for (uint32_t i = 0; i < mxs_pool_count(pool); i++) {
        if (!mxs_pool_health(pool, i)->denies || mxs_pool_excluded(pool, i) != NULL)
            continue;
        mxs_pool_denial_text(pool, i, options->controls, options->control_count, what);
        mxs_doctor_put_problem(doctor, what, MXS_POOL_DENIES_REMEDY);
    }
}

/* What the control names say: a scan shuts out who stands against a majority; here everything that differs is told. */
static void tell_controls(struct mxs_doctor *doctor, const struct mxs_pool_options *options, const mxs_pool *pool)
{
    char what[512];
    struct names alike = {.used = 0}, alone = {.used = 0}, denied = {.used = 0};
    for (uint32_t at = 0; at < options->control_count; at++) {
        uint32_t answers = 0, agree = 0, judged = 0, denials = 0;
        for (uint32_t i = 0; i < mxs_pool_count(pool); i++) {
            const struct mxs_pool_control *control = mxs_pool_control(pool, i, at);
            if (mxs_pool_health(pool, i)->denies) /* told of it as a whole */
                continue;
            answers += mxs_outcome_settled(control->outcome);
            denials += mxs_outcome_settled(control->outcome) && control->outcome != MXS_ANSWERED;
            judged += control->agrees != MXS_SIGHT_NONE;
            agree += control->agrees == MXS_SIGHT_YES;
        }
        if (denials > 0 && denials == answers)
            put_name(&denied, options->controls[at]);
        else if (judged > 0 && agree == judged)
            put_name(&alike, options->controls[at]);
        else if (judged > 0)
            mxs_doctor_put_fine(doctor, "control name %s: %u of %u resolvers say the same", options->controls[at],
                                agree, judged);
        else if (answers > 0)
            put_name(&alone, options->controls[at]);
        for (uint32_t i = 0; i < mxs_pool_count(pool); i++) {
            const struct mxs_pool_control *control = mxs_pool_control(pool, i, at);
            if (control->agrees != MXS_SIGHT_NO || mxs_pool_excluded(pool, i) != NULL)
                continue;
            snprintf(what, sizeof what, "resolver %s says something else of %.120s: %s%s%s",
                     mxs_resolver_address(mxs_pool_resolver(pool, i)), options->controls[at],
                     mxs_outcome_text(control->outcome), control->text[0] == 0 ? "" : ", ", control->text);
            mxs_doctor_put_problem(doctor, what,
                                   "ask it by hand: a view of its own, an old answer, a filter, or a lie");
        }
    }
    if (denied.used > 0) { /* each alone, or all alike: nobody here can know who is right */
        snprintf(what, sizeof what, "no resolver knows an MX of these control names: %.300s",
                 denied.text);
        mxs_doctor_put_problem(doctor, what, MXS_POOL_DENIES_REMEDY);
    }
    if (alike.used > 0)
        mxs_doctor_put_fine(doctor, "all resolvers say the same of control names: %s", alike.text);
    if (alone.used > 0)
        mxs_doctor_put_fine(doctor, "control names are answered, by too few resolvers to compare: %s", alone.text);
}

/* Turns the loop until the checks are over, a second one of who was suspect too, or for so long. */
static void wait_for_checks(uv_loop_t *loop, mxs_pool *pool)
{
    bool ready = false;
    struct mxs_waiting waiting;
    uint64_t begun_ns = mxs_clock_ns();
    mxs_waiting_open(&waiting, loop, pool);
    mxs_pool_probe(pool, on_ready, &ready);
    while (!ready || (!mxs_pool_at_rest(pool) && mxs_clock_ns() - begun_ns < CHECKS_NS))
        uv_run(loop, UV_RUN_ONCE);
    mxs_waiting_close(&waiting);
    uv_run(loop, UV_RUN_NOWAIT); /* its memory is ours */
}

/* own: a recursor that was started for this, or NULL. */
static enum mxs_err check_resolvers(struct mxs_doctor *doctor, const struct mxs_settings *settings,
                                    const mxs_exclude *exclude, const mxs_recursor *own, struct mxs_detail *detail)
{
    uv_loop_t loop;
    mxs_pool *pool = NULL;
    const char *controls[MXS_HEALTH_CONTROLS];
    struct mxs_pool_options options = mxs_settings_pool(settings, exclude, controls);
    uint64_t begun_ns = mxs_clock_ns();
    options.resolver.dnssec_ok = false;
    if (options.resolver.timeout_ms > TIMEOUT_MS)
        options.resolver.timeout_ms = TIMEOUT_MS;
    if (uv_loop_init(&loop) != 0)
        return mxs_err_set(detail, MXS_ERR_IO, "the event loop cannot be created: raise `ulimit -n`");
    enum mxs_err err = mxs_pool_create(&pool, &loop, &options, detail);
    for (size_t i = 0; err == MXS_OK && i < settings->resolver_count; i++)
        err = mxs_pool_put(pool, settings->resolvers[i], detail);
    if (err == MXS_OK && own != NULL)
        err = mxs_pool_put(pool, mxs_recursor_address(own), detail);
    if (err == MXS_OK && mxs_pool_count(pool) > 0) {
        wait_for_checks(&loop, pool);
        for (uint32_t i = 0; i < mxs_pool_count(pool); i++)
            tell_resolver(doctor, settings, pool, i);
        tell_denials(doctor, &options, pool);
        tell_controls(doctor, &options, pool);
        tell_last_run(doctor, settings->db, pool);
        mxs_doctor_put_fine(doctor, "the checks of the resolvers took %.1f s",
                            (double)(mxs_clock_ns() - begun_ns) / 1e9);
    }
    if (pool != NULL)
        mxs_pool_destroy(&pool);
    while (uv_loop_close(&loop) == UV_EBUSY)
        uv_run(&loop, UV_RUN_ONCE);
    return err;
}

/* --- this machine --- */

static void check_descriptors(struct mxs_doctor *doctor, const struct mxs_settings *settings)
{
    struct rlimit limit;
    char what[160];
    uint64_t wanted =
        settings->resolver_count * (settings->pool.resolver.channels_max + settings->pool.resolver.tcp_max) + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        mxs_doctor_put_fine(doctor, "open files: %llu allowed, %llu wanted at the most",
                            (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
        return;
    }
    snprintf(what, sizeof what, "open files: %llu allowed, %llu wanted at the most", (unsigned long long)limit.rlim_cur,
             (unsigned long long)wanted);
    mxs_doctor_put_problem(doctor, what, "raise it with `ulimit -n 4096`; a scan works with fewer, slower");
}

static void check_buffer(struct mxs_doctor *doctor, const char *name)
{
    char what[160], remedy[160];
    long long value = mxs_system_socket_limit_read(name);
    if (value < 0 || value >= BUFFER_WANTED) {
        char count[32];
        mxs_doctor_put_fine(doctor, "socket buffers: net.core.%s %s", name,
                            value < 0 ? "cannot be read here" : mxs_count_text(value, count, sizeof count));
        return;
    }
    snprintf(what, sizeof what, "socket buffers: net.core.%s is %lld bytes: bursts of answers are lost", name, value);
    snprintf(remedy, sizeof remedy, "sysctl -w net.core.%s=4194304 (the pace adapts without it, to a slower scan)",
             name);
    mxs_doctor_put_problem(doctor, what, remedy);
}

static void check_clock(struct mxs_doctor *doctor)
{
    enum mxs_clock_care care = mxs_system_clock_read();
    if (mxs_clock_unix_s() < 1760000000)
        mxs_doctor_put_problem(doctor, "the clock is years behind", "set it: runs are compared by their times");
    else if (care == MXS_CLOCK_NOT_KEPT)
        mxs_doctor_put_problem(doctor, "the clock is not kept in step with the world",
                               "enable systemd-timesyncd or chrony");
    else if (care == MXS_CLOCK_NOT_TOLD)
        mxs_doctor_put_fine(doctor, "clock: the system does not tell whether it is kept in step");
    else
        mxs_doctor_put_fine(doctor, "clock in step");
}

/* What a scan can give up here before it reads what strangers wrote. */
static void check_sandbox(struct mxs_doctor *doctor, const struct mxs_settings *settings)
{
    struct mxs_sandbox_state state;
    mxs_sandbox_find(&state);
    if (!state.files && strcmp(settings->sandbox, "require") == 0)
        mxs_doctor_put_problem(doctor, "sandbox: this kernel has no landlock",
                               "scan with --sandbox=auto, or enable landlock (lsm=landlock,...)");
    else if (!state.calls && strcmp(settings->sandbox, "require") == 0)
        mxs_doctor_put_problem(doctor, "sandbox: this kernel has no seccomp", "scan with --sandbox=auto");
    else if (!state.files)
        mxs_doctor_put_fine(doctor,
                            "sandbox: this kernel has no landlock: calls and network can be restricted, files not");
    else if (!state.calls)
        mxs_doctor_put_fine(doctor,
                            "sandbox: this kernel has no seccomp: files can be restricted, calls and network not");
    else
        mxs_doctor_put_fine(doctor, "sandbox: files, calls and network can be restricted (landlock %d)",
                            state.landlock);
}

static void check_folder(struct mxs_doctor *doctor, const char *db)
{
    char copy[4096], what[256];
    struct statvfs space;
    snprintf(copy, sizeof copy, "%s", db);
    const char *folder = dirname(copy);
    if (statvfs(folder, &space) != 0) {
        snprintf(what, sizeof what, "the database's folder %.150s cannot be looked at", folder);
        mxs_doctor_put_problem(doctor, what, "make it, or name another with --db");
        return;
    }
    if (access(folder, W_OK) != 0) {
        snprintf(what, sizeof what, "the database's folder %.150s may not be written", folder);
        mxs_doctor_put_problem(doctor, what, "allow it, or name another with --db");
    }
    const char *network = mxs_keeping_network(db);
    if (network != NULL) {
        snprintf(what, sizeof what,
                 "the database lies on a network file system (%s), where locks and syncs are not to be trusted",
                 network);
        mxs_doctor_put_problem(doctor, what, "scan on a local disk, and keep it there with --finish-to PATH");
    }
    char count[32];
    uint64_t free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
    snprintf(what, sizeof what, "free space in %.150s: %s", folder,
             mxs_megabytes_text(free_bytes, count, sizeof count));
    if (free_bytes < DISK_WANTED_BYTES)
        mxs_doctor_put_problem(doctor, what, "make room: a million names need about 250 MB while they are scanned");
    else
        mxs_doctor_put_fine(doctor, "%s", what);
}

/* --- data files --- */

/* The text ends in a date, as "..., 2026-11-02"; -1 when it has none. */
static long age_days(const char *text)
{
    struct tm date = {0};
    const char *comma = strrchr(text, ',');
    const char *end = comma != NULL ? strptime(comma + 1, " %Y-%m-%d", &date) : NULL;
    return end == NULL ? -1 : (long)((mxs_clock_unix_s() - (int64_t)timegm(&date)) / 86400);
}

/* Which a stable distribution keeps as it was: an upgrade brings none that is newer. */
#define NEWER_SUFFIXES "take https://publicsuffix.org/list/public_suffix_list.dat and name it with --psl FILE (a " \
    "stable Debian's own package" \
                       " stays as it is)"

static void tell_age(struct mxs_doctor *doctor, const char *kind, const char *text, const char *remedy)
{
    char what[512];
    long days = age_days(text);
    snprintf(what, sizeof what, "%s: %.300s", kind, text);
    if (days > AGE_LIMIT_DAYS) {
        snprintf(what, sizeof what, "%s: %.300s: %ld days old", kind, text, days);
        mxs_doctor_put_problem(doctor, what, remedy);
    } else {
        mxs_doctor_put_fine(doctor, "%s", what);
    }
}

static enum mxs_err check_data(struct mxs_doctor *doctor, const struct mxs_settings *settings,
                               struct mxs_detail *detail)
{
    mxs_suffixes *suffixes = NULL;
    mxs_asn *asn = NULL;
    enum mxs_err err = mxs_suffixes_create(&suffixes, settings->psl, detail);
    if (err != MXS_OK)
        return err;
    tell_age(doctor, "public suffix list", mxs_suffixes_text(suffixes),
             settings->psl == NULL ? NEWER_SUFFIXES
                                   : "take a newer one from https://publicsuffix.org/list/public_suffix_list.dat");
    mxs_suffixes_destroy(&suffixes);
    if (settings->asn_db == NULL) {
        mxs_doctor_put_fine(doctor, "networks (ASN): none named; with --asn-db FILE shared networks are found too");
        return MXS_OK;
    }
    err = mxs_asn_open(&asn, settings->asn_db, detail);
    if (err != MXS_OK)
        return err;
    tell_age(doctor, "networks (ASN)", mxs_asn_text(asn), "fetch a newer file from its publisher");
    mxs_asn_close(&asn);
    return MXS_OK;
}

static int run_doctor(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_detail detail = {0};
    struct mxs_doctor doctor = {0};
    (void)argc, (void)argv;
    mxs_failure_init(values);
    enum mxs_err err = mxs_settings_init(&settings, values, MXS_USE_DOCTOR, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, true, &detail);
    mxs_exclude *exclude = NULL;
    if (settings.no_resolver.err != MXS_OK)
        mxs_doctor_put_problem(
            &doctor, settings.no_resolver.text,
            "write `nameserver ADDR` into it, give --resolver ADDR, or scan with --recursor, which needs none");
    if (settings.exclude != NULL)
        err = mxs_exclude_create_file(&exclude, settings.exclude, &detail);
    mxs_recursor *own = NULL;
    if (err == MXS_OK && settings.own_recursor)
        err = mxs_doctor_open_recursor(&doctor, &settings, &own, &detail);
    if (err == MXS_OK)
        err = check_resolvers(&doctor, &settings, exclude, own, &detail);
    mxs_recursor_close(&own);
    if (err == MXS_OK) {
        check_descriptors(&doctor, &settings);
        check_buffer(&doctor, "rmem_max");
        check_buffer(&doctor, "wmem_max");
        check_clock(&doctor);
        check_sandbox(&doctor, &settings);
        check_folder(&doctor, settings.db);
        err = check_data(&doctor, &settings, &detail);
    }
    if (exclude != NULL)
        mxs_exclude_destroy(&exclude);
    mxs_settings_finish(&settings);
    if (err != MXS_OK)
        return mxs_failure_put(err, err == MXS_ERR_INPUT, &detail);
    printf(doctor.problems > 0 ? "%d problem%s\n" : "no problem\n", doctor.problems, doctor.problems == 1 ? "" : "s");
    return doctor.problems > 0 ? MXS_EXIT_FAILED : MXS_EXIT_DONE;
}

const struct mxs_command mxs_doctor_command = {
    .name = "doctor",
    .arguments = "[options]",
    .summary = "look at resolvers, limits, clock and data files: each problem with its remedy",
    .examples = "mxsurvey doctor    (exit 0: no problem; 1: there is one)\n"
                "mxsurvey doctor -r 192.0.2.53 --asn-db asn.mmdb\n"
                "mxsurvey doctor --recursor    (would it work here?)\n",
    .borrowed = (const char *const[]){"seed", "new", "list", "finish-to", "time-limit", "input-format", "column",
                                      "keep", "keep-www", "shard", "status-file", "on-finish", "on-change", "quiet",
                                      NULL},
    .lender = "scan",
    .options = mxs_scan_options,
    .option_count = MXS_SCAN_OPTION_COUNT,
    .arguments_min = 0,
    .arguments_max = 0,
    .shared = mxs_whom_to_ask,
    .sharer = "scan",
    .words = mxs_settings_word,
    .run = run_doctor,
};
