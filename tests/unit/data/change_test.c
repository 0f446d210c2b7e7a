#include "reports/data/change.h"

#include <criterion/criterion.h>
#include <string.h>

#include "model/vocabulary.h"

#define BIT(kind) (1u << (kind))

/* Two runs of one world: the same hosts, addresses and sets, as facts keep them. ROOT is the name of a null MX. */
enum { ROOT, A, B, C, HOSTS };
enum { A1, A2, V6_1, V6_2 };

static struct mxs_facts_address addresses[] = {
    {.text = "20.0.0.1"}, {.text = "20.0.0.2"}, {.text = "2a00::1"}, {.text = "2a00::2"}};
static uint32_t entries[] = {A1, A2, V6_1, V6_2};
static struct mxs_facts_host old_hosts[HOSTS], new_hosts[HOSTS];
static struct mxs_facts old_facts, new_facts;
static struct mxs_facts_mx_host old_mx[8], new_mx[8];
static struct mxs_change_verdict old_verdict, new_verdict;
static struct mxs_change_side from, to;

/* Both runs saw every host with an address of either family, and the domain with MX hosts A and B. */
static void make_world(void)
{
    static const char *const names[HOSTS] = {"", "a.example", "b.example", "c.example"};
    for (size_t i = 0; i < HOSTS; i++)
        old_hosts[i] = (struct mxs_facts_host){.name = names[i],
                                               .name_size = (uint32_t)strlen(names[i]),
                                               .a = MXS_ANSWERED,
                                               .aaaa = MXS_ANSWERED,
                                               .existed = MXS_ANSWERED,
                                               .usable = 1,
                                               .deliverable = i != ROOT,
                                               .a_first = A1,
                                               .a_count = 1,
                                               .aaaa_first = V6_1,
                                               .aaaa_count = 1};
    memcpy(new_hosts, old_hosts, sizeof new_hosts);
    old_facts = (struct mxs_facts){.hosts = old_hosts, .addresses = addresses, .entries = entries, .hosts_asked = true};
    new_facts = old_facts;
    new_facts.hosts = new_hosts;
    old_verdict = new_verdict =
        (struct mxs_change_verdict){.state = MXS_STATE_MX, .backup = MXS_BACKUP_NONE, .provider = "acme"};
    old_mx[0] = new_mx[0] = (struct mxs_facts_mx_host){10, A};
    old_mx[1] = new_mx[1] = (struct mxs_facts_mx_host){20, B};
    from = (struct mxs_change_side){
        .facts = &old_facts, .mx_hosts = old_mx, .count = 2, .set = 1, .verdict = &old_verdict};
    to = (struct mxs_change_side){
        .facts = &new_facts, .mx_hosts = new_mx, .count = 2, .set = 1, .verdict = &new_verdict};
}

TestSuite(data_change, .init = make_world);

/* The MX hosts of the second run: another set. */
static void set_new(size_t count, const struct mxs_facts_mx_host *mx_hosts)
{
    memcpy(new_mx, mx_hosts, count * sizeof *mx_hosts);
    to.count = count;
    to.set = 2;
}

static void expect_values(enum mxs_change kind, const char *old_text, const char *new_text)
{
    mxs_out out[2];
    mxs_out_attach(&out[0], NULL);
    mxs_out_attach(&out[1], NULL);
    mxs_change_put_values(kind, &from, &to, &out[0], &out[1]);
    cr_expect_eq(out[0].used, strlen(old_text));
    cr_expect_arr_eq(out[0].buffer, old_text, strlen(old_text));
    cr_expect_eq(out[1].used, strlen(new_text));
    cr_expect_arr_eq(out[1].buffer, new_text, strlen(new_text));
    mxs_out_abandon(&out[0]);
    mxs_out_abandon(&out[1]);
}

Test(data_change, the_same_is_no_change) { cr_expect_eq(mxs_change_find(&from, &to), 0); }

Test(data_change, a_host_said_again_further_down_is_no_swap)
{
    set_new(3, (struct mxs_facts_mx_host[]){{10, A}, {20, B}, {30, A}});
    cr_expect_eq(mxs_change_find(&from, &to), 0);
}

Test(data_change, one_level_that_becomes_two_is_no_swap)
{
    old_mx[1].preference = 10;
    set_new(2, (struct mxs_facts_mx_host[]){{10, A}, {20, B}});
    cr_expect_eq(mxs_change_find(&from, &to), 0);
}

Test(data_change, a_swap_is_seen_across_a_level_of_others)
{
    old_mx[2] = (struct mxs_facts_mx_host){30, C};
    from.count = 3;
    set_new(3, (struct mxs_facts_mx_host[]){{10, B}, {20, C}, {30, A}});
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_PREFERENCE_SWAP));
    expect_values(MXS_CHANGE_PREFERENCE_SWAP, "10 a.example, 20 b.example, 30 c.example",
                  "10 b.example, 20 c.example, 30 a.example");
}

Test(data_change, a_swap_is_seen_behind_a_host_that_is_new)
{
    set_new(3, (struct mxs_facts_mx_host[]){{5, C}, {10, B}, {20, A}});
    cr_expect(mxs_change_find(&from, &to) & BIT(MXS_CHANGE_PREFERENCE_SWAP));
}

Test(data_change, a_new_host_is_named_once_however_often_it_is_said)
{
    set_new(4, (struct mxs_facts_mx_host[]){{10, A}, {20, B}, {30, C}, {40, C}});
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_HOST_ADDED));
    expect_values(MXS_CHANGE_HOST_ADDED, "", "c.example");
}

Test(data_change, the_root_of_a_null_mx_is_no_host_that_came)
{
    set_new(1, (struct mxs_facts_mx_host[]){{0, ROOT}});
    new_verdict = (struct mxs_change_verdict){.state = MXS_STATE_NULL_MX, .backup = -1};
    cr_expect_eq(mxs_change_find(&from, &to),
                 BIT(MXS_CHANGE_RECEIVES_NO_MORE) | BIT(MXS_CHANGE_STATE_CHANGED) | BIT(MXS_CHANGE_HOST_REMOVED));
}

Test(data_change, the_domain_in_position_of_its_mx_hosts_is_no_host_that_came)
{
    set_new(1, (struct mxs_facts_mx_host[]){{0, C}});
    to.set = 0;
    to.own = true;
    new_verdict.state = MXS_STATE_IMPLICIT_MX;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_STATE_CHANGED) | BIT(MXS_CHANGE_HOST_REMOVED));
}

Test(data_change, a_host_that_is_gone_dangles_where_it_was_there)
{
    new_hosts[A].a = new_hosts[A].aaaa = MXS_NXDOMAIN;
    new_hosts[A].a_count = new_hosts[A].aaaa_count = 0;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_HOST_DANGLING));
    expect_values(MXS_CHANGE_HOST_DANGLING, "", "a.example");
    old_hosts[A].existed = MXS_NXDOMAIN;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_HOST_DANGLING), "it was there by its AAAA");
    old_hosts[A].aaaa = MXS_NXDOMAIN;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "it dangled");
    old_hosts[A].existed = old_hosts[A].aaaa = MXS_TIMEOUT;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "nobody knows");
}

Test(data_change, a_host_that_dangles_at_two_preferences_is_named_once)
{
    set_new(4, (struct mxs_facts_mx_host[]){{10, A}, {20, B}, {30, C}, {40, C}});
    new_hosts[C].a = new_hosts[C].aaaa = MXS_NXDOMAIN;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_HOST_ADDED) | BIT(MXS_CHANGE_HOST_DANGLING));
    expect_values(MXS_CHANGE_HOST_DANGLING, "", "c.example");
}

Test(data_change, a_new_host_that_does_not_exist_dangles_whatever_it_was)
{
    set_new(3, (struct mxs_facts_mx_host[]){{10, A}, {20, B}, {30, C}});
    old_hosts[C].a = new_hosts[C].a = old_hosts[C].aaaa = new_hosts[C].aaaa = MXS_NXDOMAIN;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_HOST_ADDED) | BIT(MXS_CHANGE_HOST_DANGLING));
    new_hosts[C].aaaa = MXS_TIMEOUT;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_HOST_ADDED), "AAAA may be there");
}

Test(data_change, a_domain_that_is_its_own_host_does_not_dangle)
{
    set_new(1, (struct mxs_facts_mx_host[]){{0, C}});
    to.set = 0;
    to.own = true;
    new_hosts[C].a = new_hosts[C].aaaa = MXS_NXDOMAIN;
    new_verdict.state = MXS_STATE_NXDOMAIN;
    cr_expect_eq(mxs_change_find(&from, &to),
                 BIT(MXS_CHANGE_RECEIVES_NO_MORE) | BIT(MXS_CHANGE_STATE_CHANGED) | BIT(MXS_CHANGE_HOST_REMOVED));
}

Test(data_change, an_address_of_either_family_moves)
{
    new_hosts[A].a_first = A2;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_ADDRESS_MOVED));
    expect_values(MXS_CHANGE_ADDRESS_MOVED, "a.example 20.0.0.1 2a00::1", "a.example 20.0.0.2 2a00::1");
    new_hosts[A].a_first = A1;
    new_hosts[A].aaaa_first = V6_2;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_ADDRESS_MOVED));
}

Test(data_change, an_address_more_is_no_move)
{
    new_hosts[A].a_count = 2;
    cr_expect_eq(mxs_change_find(&from, &to), 0);
}

Test(data_change, what_is_not_settled_on_both_sides_did_not_move)
{
    new_hosts[A].aaaa_first = V6_2;
    old_hosts[A].a = MXS_SERVFAIL;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "the first A");
    old_hosts[A].a = MXS_ANSWERED;
    new_hosts[A].a = MXS_SERVFAIL;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "the second A");
    new_hosts[A].a = MXS_ANSWERED;
    old_hosts[A].aaaa = MXS_SERVFAIL;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "the first AAAA");
    old_hosts[A].aaaa = MXS_ANSWERED;
    new_hosts[A].aaaa = MXS_SERVFAIL;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "the second AAAA");
}

Test(data_change, a_host_that_has_no_address_any_more_did_not_move)
{
    new_hosts[A].a = new_hosts[A].aaaa = MXS_NODATA;
    new_hosts[A].a_count = new_hosts[A].aaaa_count = 0;
    cr_expect_eq(mxs_change_find(&from, &to), 0);
}

Test(data_change, who_received_nothing_did_not_migrate)
{
    old_verdict.state = MXS_STATE_BROKEN;
    new_verdict.provider = "other";
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_RECEIVES_AGAIN) | BIT(MXS_CHANGE_STATE_CHANGED));
    old_verdict.state = MXS_STATE_MX;
    new_verdict.state = MXS_STATE_BROKEN;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_RECEIVES_NO_MORE) | BIT(MXS_CHANGE_STATE_CHANGED));
}

/* Those that could say who carries the mail: up to the first level with a usable one. A backup that never answers hides
 * no migration. */
Test(data_change, a_migration_needs_the_mx_hosts_that_decide_settled_in_both_runs)
{
    new_verdict.provider = "other";
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_PROVIDER_MIGRATED));
    old_hosts[B].usable = new_hosts[B].usable = -1;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_PROVIDER_MIGRATED), "behind a usable one");
    old_hosts[A].usable = 0;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "then: the first is dead");
    old_hosts[A].usable = 1;
    old_mx[1].preference = 10;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "then: beside a usable one");
    old_mx[1].preference = 20;
    new_hosts[A].usable = -1;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "now");
    new_facts.hosts_asked = false;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_PROVIDER_MIGRATED), "nobody asked for them");
    new_verdict.provider = NULL;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "nobody is named");
}

Test(data_change, whom_a_server_names_when_first_heard_may_have_run_it_all_along)
{
    new_verdict.provider = "other";
    new_hosts[B].servers_heard = 1;
    cr_expect_eq(mxs_change_find(&from, &to), 0);
    new_hosts[B].a_first = A2;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_ADDRESS_MOVED), "at another address");
    old_hosts[B].servers_heard = 1;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_ADDRESS_MOVED) | BIT(MXS_CHANGE_PROVIDER_MIGRATED));
}

Test(data_change, a_server_more_at_the_same_addresses_may_have_run_it_all_along)
{
    new_verdict.provider = "other";
    old_hosts[B].servers_heard = 1;
    new_hosts[B].servers_heard = 2;
    cr_expect_eq(mxs_change_find(&from, &to), 0);
    new_hosts[B].a_first = A2;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_ADDRESS_MOVED) | BIT(MXS_CHANGE_PROVIDER_MIGRATED),
                 "they are others");
}

/* The first run that could not settle what changed, of all hosts that make the change, and of the verdict. */
Test(data_change, since_is_the_earliest_of_the_hosts_that_make_the_change)
{
    new_hosts[A].a_first = new_hosts[B].a_first = A2;
    cr_expect_eq(mxs_change_since(MXS_CHANGE_ADDRESS_MOVED, &from, &to), 0);
    old_hosts[A].since = 7;
    old_hosts[B].since = 5;
    cr_expect_eq(mxs_change_since(MXS_CHANGE_ADDRESS_MOVED, &from, &to), 5);
    cr_expect_eq(mxs_change_since(MXS_CHANGE_HOST_DANGLING, &from, &to), 0, "another change");
    from.since = 4;
    cr_expect_eq(mxs_change_since(MXS_CHANGE_ADDRESS_MOVED, &from, &to), 4);
    from.since = 6;
    cr_expect_eq(mxs_change_since(MXS_CHANGE_ADDRESS_MOVED, &from, &to), 5);
    from.policies_since = 3;
    cr_expect_eq(mxs_change_since(MXS_CHANGE_POLICY_CHANGED, &from, &to), 3);
    from.policies_since = 8;
    cr_expect_eq(mxs_change_since(MXS_CHANGE_POLICY_CHANGED, &from, &to), 6);
}

/* What the check smtp saw, of hosts that were there in both runs, each once. */
Test(data_change, servers_that_went_silent_lost_tls_or_have_a_certificate_that_ends)
{
    old_hosts[A].known_ends = new_hosts[A].certificate_ends = 1796083200;
    new_hosts[A].ends_soon = true;
    new_hosts[B].silent_again = new_hosts[C].silent_again = true;
    old_hosts[B].secured = old_hosts[C].secured = 1;
    cr_expect_eq(mxs_change_find(&from, &to),
                 BIT(MXS_CHANGE_CERTIFICATE_ENDS) | BIT(MXS_CHANGE_SERVER_SILENT) | BIT(MXS_CHANGE_TLS_LOST));
    expect_values(MXS_CHANGE_CERTIFICATE_ENDS, "a.example certificate until 2026-12-01",
                  "a.example certificate until 2026-12-01");
    set_new(4, (struct mxs_facts_mx_host[]){{10, A}, {20, B}, {30, C}, {40, B}});
    expect_values(MXS_CHANGE_SERVER_SILENT, "b.example answers", "b.example silent");
    expect_values(MXS_CHANGE_TLS_LOST, "b.example TLS", "b.example no TLS");
    from.count = 1;
    cr_expect_eq(mxs_change_find(&from, &to) & (BIT(MXS_CHANGE_SERVER_SILENT) | BIT(MXS_CHANGE_TLS_LOST)), 0,
                 "a new host was never heard");
}

Test(data_change, a_backup_is_lost_or_gained_with_a_fact)
{
    old_verdict.backup = MXS_BACKUP_EFFECTIVE;
    cr_expect_eq(mxs_change_find(&from, &to), 0, "the same was found out");
    new_hosts[B].aaaa = MXS_NODATA;
    new_hosts[B].aaaa_count = 0;
    unsigned moved = BIT(MXS_CHANGE_ADDRESS_MOVED);
    cr_expect_eq(mxs_change_find(&from, &to), moved | BIT(MXS_CHANGE_BACKUP_LOST));
    new_verdict.state = MXS_STATE_NULL_MX;
    cr_expect_eq(mxs_change_find(&from, &to),
                 moved | BIT(MXS_CHANGE_RECEIVES_NO_MORE) | BIT(MXS_CHANGE_STATE_CHANGED),
                 "the mail is the larger loss");
    new_verdict.state = MXS_STATE_MX;
    new_verdict.backup = -1;
    cr_expect_eq(mxs_change_find(&from, &to), moved, "not known now");
    old_verdict.backup = MXS_BACKUP_DEAD;
    new_verdict.backup = MXS_BACKUP_EFFECTIVE;
    cr_expect_eq(mxs_change_find(&from, &to), moved | BIT(MXS_CHANGE_BACKUP_GAINED));
    old_verdict.backup = -1;
    cr_expect_eq(mxs_change_find(&from, &to), moved, "not known then");
    old_verdict.backup = MXS_BACKUP_NONE;
    cr_expect_eq(mxs_change_find(&from, &to), moved | BIT(MXS_CHANGE_BACKUP_GAINED), "there was none");
}

Test(data_change, what_is_not_determined_changes_nothing_else)
{
    new_verdict.provider = "other";
    new_verdict.state = MXS_STATE_UNDETERMINED;
    cr_expect_eq(mxs_change_find(&from, &to), BIT(MXS_CHANGE_BECAME_UNDETERMINED));
    old_verdict.state = MXS_STATE_UNDETERMINED;
    cr_expect_eq(mxs_change_find(&from, &to), 0);
    new_verdict.state = MXS_STATE_MX;
    cr_expect_eq(mxs_change_find(&from, &to), 0);
}
