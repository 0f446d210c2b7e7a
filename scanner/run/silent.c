#include "scanner/run/internal/silent.h"

#include <stdlib.h>

#include "base/vector.h"

static uint32_t id_of(enum mxs_silent_about about, const struct mxs_question *question)
{
    return about == MXS_SILENT_HOSTS ? question->subject * 2 + (question->type == MXS_TYPE_AAAA) : question->subject;
}

void mxs_silent_init(struct mxs_silent *silent, const struct mxs_survey *survey)
{
    *silent = (struct mxs_silent){.survey = survey};
}

void mxs_silent_put(struct mxs_silent *silent, enum mxs_silent_about about,
                    const struct mxs_question *question, const struct mxs_measurement *measurement)
{
    struct mxs_silent_names *kept = &silent->about[about].kept;
    if (mxs_vector_reserve(&kept->names, &kept->capacity, kept->count, sizeof *kept->names)) /* see "Errors" */
        kept->names[kept->count++] = (struct mxs_silent_name){
            id_of(about, question), silent->survey->resolver_ids[measurement->resolver]};
}

static int by_id(const void *a, const void *b)
{
    uint32_t left = ((const struct mxs_silent_name *)a)->id, right = ((const struct mxs_silent_name *)b)->id;
    return (left > right) - (left < right);
}

static void finish_names(struct mxs_silent_names *names)
{
    free(names->names);
    *names = (struct mxs_silent_names){0};
}

/* Each stands there once: a name is put when its first attempts are over. */
static void give_names(struct mxs_silent_names *given, struct mxs_silent_names *kept)
{
    finish_names(given);
    *given = *kept;
    *kept = (struct mxs_silent_names){0};
    if (given->count != 0)
        qsort(given->names, given->count, sizeof *given->names, by_id);
}

static bool is_any_kept(const struct mxs_silent *silent)
{
    return silent->about[MXS_SILENT_DOMAINS].kept.count != 0 || silent->about[MXS_SILENT_HOSTS].kept.count != 0;
}

/* What has been put meanwhile is given from now on. */
static enum mxs_err give_kept(struct mxs_silent *silent, struct mxs_detail *detail)
{
    const struct mxs_survey *survey = silent->survey;
    if (silent->domains != NULL)
        mxs_pending_destroy(&silent->domains);
    mxs_bits_finish(&silent->domain_bits);
    silent->next_host = 0;
    for (int about = 0; about < MXS_SILENT_KINDS; about++)
        give_names(&silent->about[about].given, &silent->about[about].kept);
    const struct mxs_silent_names *domains = &silent->about[MXS_SILENT_DOMAINS].given;
    for (size_t i = 0; i < domains->count; i++)
        if (!mxs_bits_put(&silent->domain_bits, domains->names[i].id))
            return mxs_err_memory(detail, NULL);
    return domains->count == 0 ? MXS_OK
                               : mxs_pending_create(&silent->domains, survey->reader, survey->run.id,
                                                    survey->run.seed + MXS_PASS_SETTLE, &silent->domain_bits, true,
                                                    detail);
}

static enum mxs_err next_domain(struct mxs_silent *silent, struct mxs_question *out, struct mxs_detail *detail)
{
    if (silent->domains == NULL)
        return MXS_ERR_END;
    out->type = MXS_TYPE_MX;
    return mxs_pending_next(silent->domains, &out->subject, &out->name, detail);
}

static bool next_host(struct mxs_silent *silent, struct mxs_question *out)
{
    const struct mxs_silent_names *hosts = &silent->about[MXS_SILENT_HOSTS].given;
    if (silent->next_host == hosts->count)
        return false;
    uint32_t id = hosts->names[silent->next_host++].id;
    out->subject = id / 2;
    out->type = id % 2 == 0 ? MXS_TYPE_A : MXS_TYPE_AAAA;
    out->name = mxs_dictionary_host_name(&silent->survey->dictionary, out->subject);
    return true;
}

static uint16_t resolver_of(const struct mxs_silent_names *given, uint32_t id)
{
    const struct mxs_silent_name wanted = {.id = id};
    const struct mxs_silent_name *found = bsearch(&wanted, given->names, given->count, sizeof wanted, by_id);
    return found == NULL ? 0 : found->resolver;
}

enum mxs_err mxs_silent_next(struct mxs_silent *silent, struct mxs_question *out,
                             enum mxs_silent_about *about, struct mxs_detail *detail)
{
    enum mxs_err err;
    do {
        *out = (struct mxs_question){.tries = MXS_TRIES_ONE};
        *about = MXS_SILENT_DOMAINS;
        err = next_domain(silent, out, detail);
        if (err == MXS_ERR_END && next_host(silent, out)) {
            *about = MXS_SILENT_HOSTS;
            err = MXS_OK;
        }
    } while (err == MXS_ERR_END && is_any_kept(silent) && (err = give_kept(silent, detail)) == MXS_OK);
    if (err == MXS_OK)
        out->avoid[0] =
            mxs_tried_place(silent->survey, resolver_of(&silent->about[*about].given, id_of(*about, out)));
    return err;
}

void mxs_silent_finish(struct mxs_silent *silent)
{
    for (int about = 0; about < MXS_SILENT_KINDS; about++) {
        finish_names(&silent->about[about].kept);
        finish_names(&silent->about[about].given);
    }
    mxs_bits_finish(&silent->domain_bits);
    if (silent->domains != NULL)
        mxs_pending_destroy(&silent->domains);
}
