#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/recursor/config.h"

static const struct mxs_recursor_machine two_cores = {
    .cores = 2, .memory_bytes = 8ull << 30, .descriptors = 20000, .socket_bytes = 212992, .ipv6 = false};
static struct mxs_recursor_config config;
static char text[MXS_RECURSOR_TEXT_SIZE], path[64];
static struct mxs_detail detail;

static const char *file_with(const char *content)
{
    snprintf(path, sizeof path, "/tmp/mxs-recursor-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
    return path;
}

static enum mxs_err hinted(const char *content)
{
    struct mxs_recursor_options options = {.in_flight = 4096, .hints = file_with(content)};
    detail = (struct mxs_detail){0};
    enum mxs_err err = mxs_recursor_config_init(&config, &two_cores, &options, &detail);
    unlink(path);
    return err;
}

static enum mxs_err anchored(const char *content)
{
    struct mxs_recursor_options options = {.in_flight = 4096, .validate = true, .anchor = file_with(content)};
    detail = (struct mxs_detail){0};
    enum mxs_err err = mxs_recursor_config_init(&config, &two_cores, &options, &detail);
    unlink(path);
    return err;
}

static void plain(const struct mxs_recursor_machine *machine, uint32_t threads, uint32_t in_flight)
{
    struct mxs_recursor_options options = {.threads = threads, .in_flight = in_flight};
    cr_assert_eq(mxs_recursor_config_init(&config, machine, &options, &detail), MXS_OK);
}

static bool says(const char *line) { return strstr(text, line) != NULL; }

Test(recursor_config, hints_without_an_address_are_refused)
{
    const char *const wrong[] = {"",
                                 "; nothing\n",
                                 "a.root. A\n",
                                 "a.root. A 999.1.1.1\n",
                                 "a.root. A 1.2.3.4\"\n",
                                 ". NS 1.2.3.4\n",
                                 "a.root. TXT 192.0.2.1\n",
                                 "# A 192.0.2.1\n",
                                 "a.root. A\n192.0.2.1\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_eq(hinted(wrong[i]), MXS_ERR_INPUT, "%s", wrong[i]);
        cr_assert_not_null(strstr(detail.text, "no address of a root server"));
    }
    struct mxs_recursor_options options = {.in_flight = 1, .hints = "/nonexistent"};
    cr_assert_eq(mxs_recursor_config_init(&config, &two_cores, &options, &detail), MXS_ERR_INPUT);
}

Test(recursor_config, anchors_that_could_be_more_than_one_value_are_refused)
{
    const char *const wrong[] = {"",
                                 ". IN NS a.root.\n",
                                 ". IN DS 1 8 2 00\"\n    module-config: \"iterator\n",
                                 ". IN DS 1 8 2 (\n00 )\n",
                                 ". IN DS 1 8 2 \x1b[31m\n",
                                 "; . IN DS 1 8 2 00\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_eq(anchored(wrong[i]), MXS_ERR_INPUT, "%s", wrong[i]);
}

Test(recursor_config, what_hints_say_is_written_again_and_not_copied)
{
    cr_assert_eq(
        hinted(".  3600000 IN NS a.root.\na.root. 3600000 IN A 192.0.2.1 ; the first\nb.root. AAAA 2001:DB8::1\n"),
        MXS_OK);
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(says("    stub-addr: 192.0.2.1\n    stub-addr: 2001:db8::1\n"));
    cr_assert(says("stub-prime: yes"));
    cr_assert(says("do-not-query-localhost: no"));
    cr_assert(says("module-config: \"iterator\""), "nothing is validated without an anchor");
}

Test(recursor_config, localhost_is_asked_in_a_closed_network_alone)
{
    plain(&two_cores, 0, 4096);
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(!says("do-not-query-localhost") && !says("stub-zone"));
}

Test(recursor_config, a_check_that_needs_ad_validates_with_the_roots_keys)
{
    struct mxs_recursor_options options = {.in_flight = 4096, .validate = true};
    cr_assert_eq(mxs_recursor_config_init(&config, &two_cores, &options, &detail), MXS_OK);
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(says("module-config: \"validator iterator\""));
    cr_assert(says("trust-anchor: \"."));
    cr_assert_eq(anchored(".\t172800\tIN\tDS\t1 8 2 0011 ; of a lab\n"), MXS_OK);
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(says("trust-anchor: \". 172800 IN DS 1 8 2 0011 \""));
    cr_assert_eq(config.anchor_count, 1);
}

Test(recursor_config, no_limit_is_left_that_is_silent_or_gives_out_old_answers)
{
    plain(&two_cores, 0, 4096);
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(says("discard-timeout: 0") && says("wait-limit: 0") && says("serve-expired: no") && !says("ratelimit"));
    cr_assert(says("username: \"\"") && says("logfile: \"\"") && says("control-enable: no"));
    mxs_recursor_config_text(&config, 0, text);
    cr_assert(!says("interface") && !says("username") && !says("remote-control"), "a service has its own");
}

Test(recursor_config, sizes_follow_the_machine_and_the_scan)
{
    const struct mxs_recursor_machine
        tiny = {.cores = 1, .memory_bytes = 32 << 20, .descriptors = 256, .socket_bytes = 0},
        large = {.cores = 16, .memory_bytes = 64ull << 30, .descriptors = 1048576, .socket_bytes = 16 << 20};
    plain(&tiny, 0, 4096);
    cr_assert(config.threads == 1 && config.queries <= config.outgoing && config.outgoing < 256 &&
              config.cache_bytes == 16 << 20);
    plain(&two_cores, 0, 4096);
    cr_assert(config.threads == 1 && config.queries == 8192 && config.outgoing == 16384 &&
              config.cache_bytes == 2ull << 30);
    plain(&large, 0, 16384);
    cr_assert(config.threads == 15 && config.cache_bytes == 4ull << 30);
    cr_assert_geq(config.queries * config.threads, 2 * 16384);
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(says("msg-cache-slabs: 16") && says("so-rcvbuf: 4194304"));
    plain(&large, 4, 200000);
    cr_assert(config.threads == 4 && config.queries == 16384);
}

Test(recursor_config, only_lines_one_can_do_without_are_left_out)
{
    plain(&two_cores, 0, 4096);
    mxs_recursor_config_text(&config, 5300, text);
    uint32_t number = 1;
    for (const char *at = text; strncmp(at, "    discard-timeout", 19) != 0; number++)
        at = strchr(at, '\n') + 1;
    cr_assert(!mxs_recursor_config_take(&config, 1), "server:");
    cr_assert(!mxs_recursor_config_take(&config, number - 1), "the reason above it");
    cr_assert(mxs_recursor_config_take(&config, number));
    cr_assert(!mxs_recursor_config_take(&config, number), "once");
    mxs_recursor_config_text(&config, 5300, text);
    cr_assert(!says("discard-timeout") && !says("however late") && says("wait-limit"));
}
