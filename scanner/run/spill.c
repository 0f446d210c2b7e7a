/* A value is written with its length in front, so that the order of bytes keeps equal values together whatever they
 * hold, and so that the database can give its own in the same order. */
#include "scanner/run/internal/spill.h"

#include <stdlib.h>

#include "scanner/run/internal/facet_text.h"

#define NEW_MEMORY (2u << 20)
#define NUMBER_DIGITS 5 /* of seven bits */
#define SIZE_DIGITS 3   /* of seven bits: the length of a value */
#define HEAD_BYTES (1 + SIZE_DIGITS) /* facet, and the length of the value */
#define TEXT_BYTES 65535u

struct mxs_spill {
    mxs_store *store;
    mxs_sorter *by_value, *new_ones;
    struct mxs_query stored; /* values of the present facet that memory does not have, in our order */
    bool asking, has_stored;
    uint32_t facet, number;  /* of the value before */
    bool any;
    struct mxs_text value;   /* the one before, in last */
    char last[TEXT_BYTES], text[TEXT_BYTES];
};

enum mxs_err mxs_spill_create(mxs_spill **out, mxs_store *store, const char *folder, struct mxs_detail *detail)
{
    mxs_spill *spill = calloc(1, sizeof *spill);
    if (spill == NULL)
        return mxs_err_memory(detail, "keeping columns");
    spill->store = store;
    enum mxs_err err = mxs_sorter_create(&spill->by_value, folder, MXS_SPILL_MEMORY, detail);
    if (err == MXS_OK)
        err = mxs_sorter_create(&spill->new_ones, folder, NEW_MEMORY, detail);
    if (err != MXS_OK) {
        mxs_spill_destroy(&spill);
        return err;
    }
    *out = spill;
    return MXS_OK;
}

void mxs_spill_destroy(mxs_spill **spill)
{
    if (*spill == NULL)
        return;
    struct mxs_detail ignored;
    enum mxs_err err = (*spill)->asking ? mxs_query_finish(&(*spill)->stored, &ignored) : MXS_OK;
    (void)err; /* who reads to the end has heard it */
    mxs_sorter_destroy(&(*spill)->by_value);
    mxs_sorter_destroy(&(*spill)->new_ones);
    free(*spill);
    *spill = NULL;
}

enum mxs_err mxs_spill_put(mxs_spill *spill, uint32_t facet, struct mxs_text value, struct mxs_text name,
                           struct mxs_detail *detail)
{
    char *at = mxs_facet_put_number(spill->text, facet, 1);
    MXS_ASSERT(HEAD_BYTES + value.size_bytes + name.size_bytes <= TEXT_BYTES);
    at = mxs_facet_put_number(at, value.size_bytes, SIZE_DIGITS);
    memcpy(at, value.data, value.size_bytes);
    at += value.size_bytes;
    memcpy(at, name.data, name.size_bytes);
    at += name.size_bytes;
    return mxs_sorter_put(spill->by_value, (struct mxs_text){spill->text, (uint32_t)(at - spill->text)}, detail);
}

/* --- the numbers --- */

static enum mxs_err end_stored(mxs_spill *spill, struct mxs_detail *detail)
{
    bool asking = spill->asking;
    spill->asking = spill->has_stored = false;
    return asking ? mxs_query_finish(&spill->stored, detail) : MXS_OK;
}

static void next_stored(mxs_spill *spill) { spill->has_stored = mxs_query_next(&spill->stored); }

static enum mxs_err begin_facet(mxs_spill *spill, const struct mxs_spill_facet *facet, struct mxs_detail *detail)
{
    enum mxs_err err = end_stored(spill, detail);
    if (err != MXS_OK || facet->id == 0 || facet->last == facet->in_memory)
        return err;
    mxs_query_open(&spill->stored, spill->store,
                   "SELECT id, value FROM facet_value WHERE facet_id = ?1 AND id > ?2"
                   " ORDER BY length(CAST(value AS BLOB)), CAST(value AS BLOB)");
    mxs_query_int(&spill->stored, 1, facet->id);
    mxs_query_int(&spill->stored, 2, facet->in_memory);
    spill->asking = true;
    next_stored(spill);
    return MXS_OK;
}

static int compare(const char *stored, size_t size, struct mxs_text value)
{
    if (size != value.size_bytes)
        return size < value.size_bytes ? -1 : 1;
    return memcmp(stored, value.data, size);
}

/* The stored number of a value; 0: it is new. Both come in the same order. */
static uint32_t stored_number(mxs_spill *spill, struct mxs_text value)
{
    while (spill->has_stored) {
        size_t size;
        const char *stored = mxs_query_column_text(&spill->stored, 1, &size);
        int order = compare(stored, size, value);
        if (order == 0)
            return (uint32_t)mxs_query_column_int(&spill->stored, 0);
        if (order > 0)
            break;
        next_stored(spill);
    }
    return 0;
}

static enum mxs_err put_new(mxs_spill *spill, struct mxs_text value, struct mxs_detail *detail)
{
    char *at = mxs_facet_put_number(mxs_facet_put_number(spill->text, spill->facet, 1), spill->number, NUMBER_DIGITS);
    memcpy(at, value.data, value.size_bytes);
    at += value.size_bytes;
    return mxs_sorter_put(spill->new_ones, (struct mxs_text){spill->text, (uint32_t)(at - spill->text)}, detail);
}

static enum mxs_err begin_value(mxs_spill *spill, struct mxs_spill_facet *facet, struct mxs_text value,
                                struct mxs_detail *detail)
{
    memcpy(spill->last, value.data, value.size_bytes);
    spill->value = (struct mxs_text){spill->last, value.size_bytes};
    spill->any = true;
    if ((spill->number = stored_number(spill, value)) != 0)
        return MXS_OK;
    spill->number = ++facet->last;
    return put_new(spill, value, detail);
}

enum mxs_err mxs_spill_next(mxs_spill *spill, struct mxs_spill_facet *facets, uint32_t *facet, uint32_t *number,
                            struct mxs_text *name, struct mxs_detail *detail)
{
    struct mxs_text text;
    enum mxs_err err = mxs_sorter_next(spill->by_value, &text, detail);
    if (err != MXS_OK) {
        enum mxs_err end = err == MXS_ERR_END ? end_stored(spill, detail) : MXS_OK;
        return end == MXS_OK ? err : end;
    }
    uint32_t found = mxs_facet_take_number(text.data, 1), size = mxs_facet_take_number(text.data + 1, SIZE_DIGITS);
    struct mxs_text value = {text.data + HEAD_BYTES, size};
    if (!spill->any || found != spill->facet) {
        spill->any = false;
        spill->facet = found;
        err = begin_facet(spill, &facets[found], detail);
    }
    if (err == MXS_OK && (!spill->any || !mxs_text_equal(value, spill->value)))
        err = begin_value(spill, &facets[found], value, detail);
    *facet = found;
    *number = spill->number;
    *name = (struct mxs_text){value.data + size, text.size_bytes - HEAD_BYTES - size};
    return err;
}

enum mxs_err mxs_spill_next_new(mxs_spill *spill, uint32_t *facet, uint32_t *number, struct mxs_text *value,
                                struct mxs_detail *detail)
{
    struct mxs_text text;
    enum mxs_err err = mxs_sorter_next(spill->new_ones, &text, detail);
    if (err != MXS_OK)
        return err;
    *facet = mxs_facet_take_number(text.data, 1);
    *number = mxs_facet_take_number(text.data + 1, NUMBER_DIGITS);
    *value = (struct mxs_text){text.data + 1 + NUMBER_DIGITS, text.size_bytes - 1 - NUMBER_DIGITS};
    return MXS_OK;
}
