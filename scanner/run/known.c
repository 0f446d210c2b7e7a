#include "scanner/run/internal/known.h"

#include <stdlib.h>

#include "model/name.h"
#include "base/bits.h"

/* From here on a look from the root of the index is cheaper than more steps. */
#define STEPS_MAX 32u
/* A walk is one read transaction, and while it lasts the writer's log cannot be emptied: it is begun anew after so many
 * names. */
#define WALK_MAX 65536u

struct mxs_known {
    struct mxs_query walk;   /* over names from some point on */
    uint32_t highest;        /* id */
    uint32_t walked;         /* names of this walk */
    bool empty;              /* the database had no names */
    bool walking, over;      /* over: no name is left behind the last looked at */
    uint32_t id;             /* of the name the walk stands on */
    struct mxs_text name;
    struct mxs_bits in_run;
    char from[MXS_NAME_TEXT_MAX]; /* where the walk began */
};

static void step(mxs_known *known)
{
    size_t size;
    known->walking = mxs_query_next(&known->walk);
    known->over = !known->walking;
    known->walked++;
    if (!known->walking)
        return;
    known->name.data = mxs_query_column_text(&known->walk, 0, &size);
    known->name.size_bytes = (uint32_t)size;
    known->id = (uint32_t)mxs_query_column_int(&known->walk, 1);
}

static void walk_from(mxs_known *known, struct mxs_text name)
{
    MXS_ASSERT(name.size_bytes <= sizeof known->from);
    memcpy(known->from, name.data, name.size_bytes);
    mxs_query_reset(&known->walk);
    mxs_query_text(&known->walk, 1, known->from, name.size_bytes);
    known->walked = 0;
    step(known);
}

/* True when the database has the name; the walk then stands on it. */
static bool walk_to(mxs_known *known, struct mxs_text name)
{
    if (known->empty || known->over)
        return false;
    if (!known->walking || known->walked > WALK_MAX)
        walk_from(known, name);
    for (uint32_t steps = 0; known->walking; steps++) {
        int order = mxs_text_compare(known->name, name);
        if (order >= 0)
            return order == 0;
        if (steps < STEPS_MAX)
            step(known);
        else
            walk_from(known, name);
    }
    return false;
}

enum mxs_err mxs_known_find(mxs_known *known, struct mxs_text name, uint32_t *id, bool *fresh,
                            struct mxs_detail *detail)
{
    bool found = walk_to(known, name);
    if (mxs_query_error(&known->walk) != MXS_OK) {
        if (detail != NULL)
            *detail = known->walk.detail;
        return mxs_query_error(&known->walk);
    }
    uint32_t given = found ? known->id : known->highest + 1;
    if (!mxs_bits_put(&known->in_run, given))
        return mxs_err_memory(detail, "reading the list");
    known->highest = found ? known->highest : given;
    *id = given;
    *fresh = !found;
    return MXS_OK;
}

enum mxs_err mxs_known_range(const mxs_known *known, uint32_t *cursor, uint32_t *first, uint32_t *last)
{
    uint32_t at = *cursor + 1;
    while (at <= known->highest && !mxs_bits_has(&known->in_run, at))
        at++;
    if (at > known->highest)
        return MXS_ERR_END;
    *first = at;
    while (at <= known->highest && mxs_bits_has(&known->in_run, at))
        at++;
    *last = at - 1;
    *cursor = at;
    return MXS_OK;
}

enum mxs_err mxs_known_read_highest(mxs_store *store, int64_t *out, struct mxs_detail *detail)
{
    int64_t highest = 0;
    enum mxs_err err = mxs_query_one_int(store, "SELECT max(id) FROM domain", 0, &highest, detail);
    if (err == MXS_OK && (highest < 0 || highest > MXS_KNOWN_MAX))
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "the database is damaged (ids of domains): restore it from a copy, or scan into a new file");
    if (err == MXS_OK)
        *out = highest;
    return err;
}

enum mxs_err mxs_known_create(mxs_known **out, mxs_store *store, struct mxs_detail *detail)
{
    int64_t highest = 0;
    enum mxs_err err = mxs_known_read_highest(store, &highest, detail);
    if (err != MXS_OK)
        return err;
    mxs_known *known = calloc(1, sizeof *known);
    if (known == NULL)
        return mxs_err_memory(detail, "reading the list");
    known->highest = (uint32_t)highest;
    known->empty = highest == 0;
    mxs_query_open(&known->walk, store, "SELECT name, id FROM domain WHERE name >= ?1 ORDER BY name");
    *out = known;
    return MXS_OK;
}

void mxs_known_destroy(mxs_known **known)
{
    mxs_known *ending = *known;
    *known = NULL;
    if (ending == NULL)
        return;
    enum mxs_err err = mxs_query_finish(&ending->walk, NULL);
    (void)err; /* was returned by the find that met it */
    mxs_bits_finish(&ending->in_run);
    free(ending);
}
