#include "scanner/run/internal/silent.h"

static uint32_t id_of(enum mxs_silent_about about, const struct mxs_question *question)
{
    return about == MXS_SILENT_HOSTS ? question->subject * 2 + (question->type == MXS_TYPE_AAAA) : question->subject;
}

void mxs_silent_init(struct mxs_silent *silent, const struct mxs_survey *survey)
{
    *silent = (struct mxs_silent){.survey = survey};
    mxs_counter_init(&silent->resolvers);
}

void mxs_silent_put(struct mxs_silent *silent, enum mxs_silent_about about,
                    const struct mxs_question *question, const struct mxs_measurement *measurement)
{
    const struct mxs_survey *survey = silent->survey;
    uint32_t id = id_of(about, question);
    if (mxs_pool_count(survey->pool) > 1 && mxs_counter_find(&silent->resolvers, id, about) == 0)
        mxs_counter_put(&silent->resolvers, id, about, survey->resolver_ids[measurement->resolver]);
    (void)!mxs_bits_put(&silent->about[about].kept, id); /* without memory: see "Errors" */
}

static bool is_any_kept(const struct mxs_silent *silent)
{
    return silent->about[MXS_SILENT_DOMAINS].kept.size_bytes != 0 ||
           silent->about[MXS_SILENT_HOSTS].kept.size_bytes != 0;
}

/* What has been put meanwhile is given from now on. */
static enum mxs_err give_kept(struct mxs_silent *silent, struct mxs_detail *detail)
{
    const struct mxs_survey *survey = silent->survey;
    if (silent->domains != NULL)
        mxs_pending_destroy(&silent->domains);
    silent->next_host = 0;
    for (int about = 0; about < MXS_SILENT_KINDS; about++) {
        mxs_bits_finish(&silent->about[about].given);
        silent->about[about].given = silent->about[about].kept;
        silent->about[about].kept = (struct mxs_bits){0};
    }
    const struct mxs_bits *domains = &silent->about[MXS_SILENT_DOMAINS].given;
    return domains->size_bytes == 0 ? MXS_OK
                                    : mxs_pending_create(&silent->domains, survey->reader, survey->run.id,
                                                         survey->run.seed + MXS_PASS_SETTLE, domains, true, detail);
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
    const struct mxs_bits *hosts = &silent->about[MXS_SILENT_HOSTS].given;
    while (silent->next_host / 8 < hosts->size_bytes && !mxs_bits_has(hosts, silent->next_host))
        silent->next_host++;
    if (silent->next_host / 8 >= hosts->size_bytes)
        return false;
    out->subject = silent->next_host / 2;
    out->type = silent->next_host % 2 == 0 ? MXS_TYPE_A : MXS_TYPE_AAAA;
    out->name = mxs_dictionary_host_name(&silent->survey->dictionary, out->subject);
    silent->next_host++;
    return true;
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
        out->avoid[0] = mxs_tried_place(
            silent->survey, (uint16_t)mxs_counter_find(&silent->resolvers, id_of(*about, out), *about));
    return err;
}

void mxs_silent_finish(struct mxs_silent *silent)
{
    for (int about = 0; about < MXS_SILENT_KINDS; about++) {
        mxs_bits_finish(&silent->about[about].kept);
        mxs_bits_finish(&silent->about[about].given);
    }
    mxs_counter_finish(&silent->resolvers);
    if (silent->domains != NULL)
        mxs_pending_destroy(&silent->domains);
}
