#include "scanner/resolve/pool.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "scanner/resolve/datagram.h"

#define CONTROL_TAG 0x80000000u /* tags of our own questions; the scheduler's stay below */
#define SOCKETS_SHARE 2         /* at most 1/2 of the descriptors become resolver sockets */
#define TYPE_NS 2

struct member {
    mxs_pool *pool;
    uint32_t index;
    mxs_resolver *resolver;
    bool probing;
    const char *excluded;
};

struct mxs_pool {
    uv_loop_t *loop;
    struct mxs_pool_options options;
    mxs_ring *ring;
    struct member *members[MXS_POOL_MAX];
    uint32_t count;
    mxs_pool_done done;
    void *done_arg;
    uv_timer_t timer; /* tells ready, never from inside probe */
    mxs_pool_ready ready;
    void *ready_arg;
    uint32_t probing, answering;
};

static void on_ready(uv_timer_t *timer)
{
    mxs_pool *pool = timer->data;
    mxs_pool_ready ready = pool->ready;
    pool->ready = NULL;
    if (ready != NULL)
        ready(pool->ready_arg, pool->answering);
}

static void probe_ended(struct member *member, bool heard)
{
    mxs_pool *pool = member->pool;
    if (!member->probing)
        return;
    member->probing = false;
    pool->answering += heard;
    if (--pool->probing == 0)
        MXS_ASSERT(uv_timer_start(&pool->timer, on_ready, 0, 0) == 0);
}

static void on_done(void *arg, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us, bool tcp)
{
    struct member *member = arg;
    mxs_pool *pool = member->pool;
    if ((tag & CONTROL_TAG) != 0)
        probe_ended(member, answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE);
    else if (pool->done != NULL)
        pool->done(pool->done_arg, tag, member->index, answer, rtt_us, tcp);
}

static void on_unreachable(void *arg) { (void)arg; }

enum mxs_err mxs_pool_create(mxs_pool **out, uv_loop_t *loop, const struct mxs_pool_options *options,
                             struct mxs_detail *detail)
{
    mxs_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL || mxs_ring_create(&pool->ring) != MXS_OK) {
        free(pool);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the resolvers");
    }
    pool->loop = loop;
    pool->options = *options;
    pool->options.resolver.ring = pool->ring;
    MXS_ASSERT(uv_timer_init(loop, &pool->timer) == 0);
    pool->timer.data = pool;
    *out = pool;
    return MXS_OK;
}

/* Shares the descriptors this process may have between the resolvers. */
static void share_sockets(mxs_pool *pool)
{
    struct rlimit limit;
    uint64_t sockets = 1024;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        sockets = limit.rlim_cur;
    uint64_t each = sockets / SOCKETS_SHARE / pool->count;
    if (each < 1)
        each = 1;
    if (each > pool->options.resolver.channels_max)
        each = pool->options.resolver.channels_max;
    for (uint32_t i = 0; i < pool->count; i++)
        mxs_resolver_limit(pool->members[i]->resolver, (uint32_t)each);
}

enum mxs_err mxs_pool_put(mxs_pool *pool, const char *address, struct mxs_detail *detail)
{
    if (pool->count == MXS_POOL_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "more than %d resolvers", MXS_POOL_MAX);
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for resolver %s", address);
    member->pool = pool;
    member->index = pool->count;
    enum mxs_err err = mxs_resolver_create(&member->resolver, pool->loop, address, &pool->options.resolver, on_done,
                                           on_unreachable, member, detail);
    if (err != MXS_OK) {
        free(member);
        return err;
    }
    pool->members[pool->count++] = member;
    share_sockets(pool);
    return MXS_OK;
}

static void on_closed(uv_handle_t *handle)
{
    mxs_pool *pool = handle->data;
    for (uint32_t i = 0; i < pool->count; i++)
        free(pool->members[i]);
    mxs_ring_destroy(&pool->ring);
    free(pool);
}

void mxs_pool_destroy(mxs_pool **owner)
{
    mxs_pool *pool = *owner;
    if (pool == NULL)
        return;
    *owner = NULL;
    for (uint32_t i = 0; i < pool->count; i++)
        mxs_resolver_destroy(&pool->members[i]->resolver);
    uv_close((uv_handle_t *)&pool->timer, on_closed);
}

void mxs_pool_probe(mxs_pool *pool, mxs_pool_ready ready, void *arg)
{
    MXS_ASSERT(pool->ready == NULL && pool->count != 0);
    const struct mxs_question root = {.name = MXS_TEXT(""), .type = TYPE_NS};
    pool->ready = ready;
    pool->ready_arg = arg;
    pool->answering = 0;
    pool->probing = pool->count;
    for (uint32_t i = 0; i < pool->count; i++)
        pool->members[i]->probing = true;
    for (uint32_t i = 0; i < pool->count; i++)
        if (mxs_resolver_ask(pool->members[i]->resolver, &root, CONTROL_TAG) != MXS_OK)
            probe_ended(pool->members[i], false);
}

void mxs_pool_listen(mxs_pool *pool, mxs_pool_done done, void *arg)
{
    pool->done = done;
    pool->done_arg = arg;
}

uint32_t mxs_pool_count(const mxs_pool *pool) { return pool->count; }

bool mxs_pool_fit(const mxs_pool *pool, uint32_t resolver)
{
    MXS_ASSERT(resolver < pool->count);
    return pool->members[resolver]->excluded == NULL;
}

enum mxs_err mxs_pool_ask(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question, uint32_t tag)
{
    MXS_ASSERT(resolver < pool->count && (tag & CONTROL_TAG) == 0);
    return mxs_resolver_ask(pool->members[resolver]->resolver, question, tag);
}

const mxs_resolver *mxs_pool_resolver(const mxs_pool *pool, uint32_t resolver)
{
    MXS_ASSERT(resolver < pool->count);
    return pool->members[resolver]->resolver;
}

const char *mxs_pool_excluded(const mxs_pool *pool, uint32_t resolver)
{
    MXS_ASSERT(resolver < pool->count);
    return pool->members[resolver]->excluded;
}
