#include "scanner/run/shard.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOKED_FOR "SLURM_ARRAY_TASK_ID (Slurm), JOB_COMPLETION_INDEX (Kubernetes), PARALLEL_SEQ (GNU parallel)"

/* Digits alone, at most nine of them. */
static bool parse_number(const char *text, size_t size_bytes, uint32_t *out)
{
    uint32_t value = 0;
    if (size_bytes == 0 || size_bytes > 9)
        return false;
    for (size_t i = 0; i < size_bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

/* *out stays where the variable is not set. */
static enum mxs_err read_variable(const char *name, uint32_t *out, bool *set, struct mxs_detail *detail)
{
    const char *text = getenv(name);
    *set = text != NULL && text[0] != '\0';
    if (!*set || parse_number(text, strlen(text), out))
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT, "--shard auto: %s is `%.40s`, which is not a number: name the shard as"
                       " K/N",
                       name, text);
}

static enum mxs_err check(const struct mxs_shard *shard, struct mxs_detail *detail)
{
    if (shard->count == 0 || shard->count > MXS_SHARD_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--shard: %u shards are not from 1 to %u", shard->count,
                           MXS_SHARD_MAX);
    if (shard->number == 0 || shard->number > shard->count)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--shard: there is no shard %u of %u: they are numbered from 1 to %u",
                           shard->number, shard->count, shard->count);
    return MXS_OK;
}

/* A job array that is run whole: its numbers tell how many shards there are. One that runs a part of another again
 * tells less, and what it tells looks like a smaller array: so that begins where a whole one does, and its size is
 * asked of Slurm twice. */
static enum mxs_err read_array(struct mxs_shard *out, uint32_t id, struct mxs_detail *detail)
{
    uint32_t min = 0, max = 0, step = 1, tasks = 0;
    bool has_min, has_max, has_step, has_tasks;
    enum mxs_err err = read_variable("SLURM_ARRAY_TASK_MIN", &min, &has_min, detail);
    if (err == MXS_OK)
        err = read_variable("SLURM_ARRAY_TASK_MAX", &max, &has_max, detail);
    if (err == MXS_OK)
        err = read_variable("SLURM_ARRAY_TASK_STEP", &step, &has_step, detail);
    if (err == MXS_OK)
        err = read_variable("SLURM_ARRAY_TASK_COUNT", &tasks, &has_tasks, detail);
    if (err != MXS_OK)
        return err;
    if (!has_min || !has_max)
        return mxs_err_set(
            detail, MXS_ERR_INPUT,
            "--shard auto: SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_%s is not: say how many shards "
            "there are with auto/N",
            has_min ? "MAX" : "MIN");
    step = step == 0 ? 1 : step;
    uint32_t count = max < min ? 0 : (max - min) / step + 1;
    if (min > 1 || id < min || id > max || (id - min) % step != 0 || (has_tasks && tasks != count))
        return mxs_err_set(
            detail, MXS_ERR_INPUT,
            "--shard auto: task %u of an array from %u to %u in steps of %u, which has %u tasks, may belong to "
            "a partial rerun: say how many shards there are with auto/N (tasks numbered from 1), or name the "
            "shard as K/N",
            id, min, max, step, has_tasks ? tasks : count);
    *out = (struct mxs_shard){(id - min) / step + 1, count};
    return MXS_OK;
}

/* count 0: the engine says how many. */
static enum mxs_err read_engine(struct mxs_shard *out, uint32_t count, struct mxs_detail *detail)
{
    uint32_t task = 0, index = 0, sequence = 0;
    bool slurm, kubernetes, parallel;
    enum mxs_err err = read_variable("SLURM_ARRAY_TASK_ID", &task, &slurm, detail);
    if (err == MXS_OK)
        err = read_variable("JOB_COMPLETION_INDEX", &index, &kubernetes, detail);
    if (err == MXS_OK)
        err = read_variable("PARALLEL_SEQ", &sequence, &parallel, detail);
    if (err != MXS_OK)
        return err;
    if (slurm + kubernetes + parallel == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--shard auto: no engine says which shard this is; looked for " LOOKED_FOR
                           ": name the shard as K/N");
    if (slurm + kubernetes + parallel > 1)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--shard auto: more than one of " LOOKED_FOR
                           " is set, so it is not clear which shard this is: "
                           "name it as K/N");
    if (count == 0 && slurm)
        return read_array(out, task, detail);
    if (count == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--shard auto: %s does not say how many shards there are: give auto/N",
                           kubernetes ? "Kubernetes" : "GNU parallel");
    *out = (struct mxs_shard){slurm ? task : kubernetes ? index + 1 : sequence, count};
    return check(out, detail);
}

enum mxs_err mxs_shard_parse(const char *text, struct mxs_shard *out, struct mxs_detail *detail)
{
    struct mxs_shard shard = {1, 1};
    if (text == NULL) {
        *out = shard;
        return MXS_OK;
    }
    const char *slash = strchr(text, '/');
    size_t before = slash == NULL ? strlen(text) : (size_t)(slash - text);
    bool automatic = before == 4 && memcmp(text, "auto", 4) == 0;
    enum mxs_err err;
    if (automatic && slash == NULL) {
        err = read_engine(&shard, 0, detail);
    } else if (slash == NULL || !parse_number(slash + 1, strlen(slash + 1), &shard.count) ||
               (!automatic && !parse_number(text, before, &shard.number))) {
        err = mxs_err_set(detail, MXS_ERR_INPUT,
                          "--shard: `%.40s` is not K/N, auto or auto/N: 3/8 is the third shard of eight", text);
    } else {
        const struct mxs_shard any = {1, shard.count};
        err = check(automatic ? &any : &shard, detail);
        if (err == MXS_OK && automatic)
            err = read_engine(&shard, shard.count, detail);
    }
    if (err == MXS_OK)
        *out = shard;
    return err;
}

void mxs_shard_text(const struct mxs_shard *shard, char out[MXS_SHARD_TEXT_SIZE])
{
    snprintf(out, MXS_SHARD_TEXT_SIZE, "%u/%u", shard->number, shard->count);
}

uint32_t mxs_shard_of(const mxs_suffixes *suffixes, struct mxs_text name, uint32_t count)
{
    struct mxs_text registrable = mxs_domain_registrable(suffixes, name);
    uint64_t hash = 0xcbf29ce484222325u;
    for (uint32_t i = 0; i < registrable.size_bytes; i++)
        hash = (hash ^ (uint8_t)registrable.data[i]) * 0x100000001b3u;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((hash ^ hash >> 31) % count) + 1;
}
