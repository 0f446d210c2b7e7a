/* The built-in rules against real domains, where the set is there (../shared/realworld beside this project). */
#include <criterion/criterion.h>
#include <unistd.h>

#include "tests/unit/classify/world.h"

#define LINE_MAX_BYTES 65536
#define MX_HOSTS_MAX 64

/* The set's own form, one object a line: {"domain": "...", "mx": [[10, "host"], ...], ..., "label": "..."}. */
struct truth {
    char domain[256], label[32];
    char hosts[MX_HOSTS_MAX][256];
    unsigned preferences[MX_HOSTS_MAX], count;
};

static bool read_truth(const char *line, struct truth *t)
{
    const char *label = strstr(line, "\"label\": \""), *mx = strstr(line, "\"mx\": [");
    int used;
    t->count = 0;
    t->label[0] = 0;
    if (sscanf(line, "{\"domain\": \"%255[^\"]\"", t->domain) != 1 || mx == NULL)
        return false;
    if (label != NULL)
        sscanf(label, "\"label\": \"%31[^\"]\"", t->label);
    for (mx += strlen("\"mx\": ["); t->count < MX_HOSTS_MAX; t->count++, mx += used) {
        mx += strspn(mx, ", ");
        used = 0;
        if (sscanf(mx, "[%u, \"%255[^\"]\"]%n", &t->preferences[t->count], t->hosts[t->count], &used) != 2 || used == 0)
            break;
    }
    return t->count > 0;
}

static void judge(struct world *w, const struct truth *t)
{
    static struct mxs_host_facts hosts[MX_HOSTS_MAX];
    static struct mxs_mx_host mx_hosts[MX_HOSTS_MAX];
    for (unsigned i = 0; i < t->count; i++) {
        hosts[i] = (struct mxs_host_facts){
            .id = i, .name = mxs_text_of(t->hosts[i]), .a = MXS_NOT_ASKED, .aaaa = MXS_NOT_ASKED};
        mx_hosts[i] = (struct mxs_mx_host){(uint16_t)t->preferences[i], &hosts[i]};
    }
    struct mxs_domain_facts facts = {.name = mxs_text_of(t->domain), .mx = MXS_ANSWERED, .mx_hosts = mx_hosts,
                                     .mx_host_count = t->count};
    mxs_arena_reset(&w->arena);
    mxs_judge_domain(&w->judge, &facts, &w->arena, &w->verdict);
}

/* Does the first choice itself show the mailbox the set names? */
static bool shows(const struct truth *t)
{
    static const struct {
        const char *label, *ending;
    } rows[] = {{"microsoft", ".outlook.com"},
                {"microsoft", ".mx.microsoft"},
                {"google", ".google.com"},
                {"google", ".googlemail.com"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (unsigned i = 0; i < t->count; i++)
            if (strcmp(t->label, rows[r].label) == 0 &&
                mxs_text_ends(mxs_text_of(t->hosts[i]), mxs_text_of(rows[r].ending)))
                return true;
    return false;
}

Test(classify_realworld, a_mailbox_that_the_mx_shows_is_found)
{
    static char line[LINE_MAX_BYTES];
    static struct truth truth;
    static struct world w;
    char path[512], command[640];
    unsigned domains = 0, named = 0, shown = 0, found = 0;
    struct mxs_detail detail;
    const char *source = getenv("MXS_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/realworld/truth.jsonl.gz", source == NULL ? "." : source);
    if (access(path, R_OK) != 0)
        cr_skip("skipped: no ../shared/realworld");
    world_open(&w);
    mxs_rules_destroy(&w.rules);
    cr_assert_eq(mxs_rules_create_built_in(&w.rules, &detail), MXS_OK);
    w.judge.rules = w.rules;
    snprintf(command, sizeof command, "gzip -dc '%s'", path);
    FILE *file = popen(command, "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (!read_truth(line, &truth))
            continue;
        judge(&w, &truth);
        domains++;
        for (uint32_t i = 0; i < w.verdict.label_count; i++) {
            const struct mxs_label *label = &w.verdict.labels[i];
            named +=
                i == 0 && label->share > 0 && memchr(label->provider.data, ':', label->provider.size_bytes) == NULL;
            found += shows(&truth) && label->role == MXS_ROLE_MAILBOX && label->share == 10000 &&
                     mxs_text_equal(label->provider, mxs_text_of(truth.label));
        }
        shown += shows(&truth);
    }
    pclose(file);
    world_close(&w);
    cr_log_info("%u domains, %u with a provider or self, %u of %u mailboxes found", domains, named, found, shown);
    cr_expect_gt(domains, 4000);
    cr_expect_geq(found * 100, shown * 97, "%u of %u", found, shown);
    cr_expect_geq(named * 100, domains * 90, "%u of %u", named, domains);
}
