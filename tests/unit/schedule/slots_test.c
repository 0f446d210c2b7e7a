#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/schedule/internal/slots.h"

#define DEADLINE_NS (1000 * MXS_NS_PER_MS)

static struct mxs_slots slots;

static struct mxs_slot *take(const char *name, uint64_t now_ms)
{
    const struct mxs_question question = {.name = {name, strlen(name)}, .type = 15};
    struct mxs_slot *slot = mxs_slots_take(&slots, &question, now_ms * MXS_NS_PER_MS);
    cr_assert_not_null(slot);
    return slot;
}

static void ask(struct mxs_slot *slot, uint64_t now_ms)
{
    mxs_slots_begin(&slots, slot, now_ms * MXS_NS_PER_MS);
    slot->attempts++;
}

static struct mxs_slot *overdue(uint64_t now_ms)
{
    return mxs_slots_overdue(&slots, DEADLINE_NS, now_ms * MXS_NS_PER_MS);
}

static void init(void) { cr_assert_eq(mxs_slots_init(&slots, 4, 1), MXS_OK); }
static void finish(void) { mxs_slots_finish(&slots); }
TestSuite(slots, .init = init, .fini = finish);

Test(slots, held_back_until_just_before_the_deadline_it_has_all_of_it_from_the_first_attempt_on)
{
    struct mxs_slot *held = take("held.test", 0), *other = take("other.test", 10);
    ask(other, 10);
    ask(held, 990);
    cr_expect_null(overdue(1009));
    cr_expect_eq(overdue(1010), other, "the older deadline, though its name was taken later");
    mxs_slots_end(&slots, other);
    cr_expect_null(overdue(1989));
    cr_expect_eq(overdue(1990), held);
}

Test(slots, never_asked_is_never_overdue)
{
    struct mxs_slot *slot = take("held.test", 0);
    for (uint64_t now_ms = 0; now_ms < 10000; now_ms += 130)
        cr_expect_null(overdue(now_ms));
    ask(slot, 10000);
    cr_expect_null(overdue(10999));
    cr_expect_eq(overdue(11000), slot);
}

Test(slots, another_attempt_brings_no_new_deadline)
{
    struct mxs_slot *slot = take("again.test", 0);
    ask(slot, 100);
    ask(slot, 900);
    cr_expect_null(overdue(1099));
    cr_expect_eq(overdue(1100), slot);
}
