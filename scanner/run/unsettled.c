#include "scanner/run/internal/unsettled.h"

static uint32_t id_of(enum mxs_unsettled_about about, const struct mxs_question *question)
{
    return about == MXS_UNSETTLED_HOSTS ? question->subject * 2 + (question->type == MXS_TYPE_AAAA) : question->subject;
}

void mxs_unsettled_put(struct mxs_unsettled *unsettled, enum mxs_unsettled_about about,
                       const struct mxs_question *question, const struct mxs_measurement *measurement)
{
    const struct mxs_survey *survey = unsettled->survey;
    uint16_t resolver = (uint16_t)survey->resolver_ids[measurement->resolver];
    uint32_t id = id_of(about, question);
    if (mxs_tried_put(&unsettled->about[about].tried, survey, id, resolver))
        (void)!mxs_bits_put(&unsettled->about[about].kept, id); /* without memory: see "Errors" */
}

static bool is_any_kept(const struct mxs_unsettled *unsettled)
{
    return unsettled->about[MXS_UNSETTLED_DOMAINS].kept.size_bytes != 0 ||
           unsettled->about[MXS_UNSETTLED_HOSTS].kept.size_bytes != 0;
}

/* What has been put meanwhile is given from now on. */
static enum mxs_err give_kept(struct mxs_unsettled *unsettled, struct mxs_detail *detail)
{
    const struct mxs_survey *survey = unsettled->survey;
    if (unsettled->domains != NULL)
        mxs_pending_destroy(&unsettled->domains);
    unsettled->next_host = 0;
    for (int about = 0; about < MXS_UNSETTLED_KINDS; about++) {
        mxs_bits_finish(&unsettled->about[about].given);
        unsettled->about[about].given = unsettled->about[about].kept;
        unsettled->about[about].kept = (struct mxs_bits){0};
    }
    const struct mxs_bits *domains = &unsettled->about[MXS_UNSETTLED_DOMAINS].given;
    return domains->size_bytes == 0 ? MXS_OK
                                    : mxs_pending_create(&unsettled->domains, survey->reader, survey->run.id,
                                                         survey->run.seed + MXS_PASS_SETTLE, domains, true, detail);
}

static enum mxs_err next_domain(struct mxs_unsettled *unsettled, struct mxs_question *out, struct mxs_detail *detail)
{
    if (unsettled->domains == NULL)
        return MXS_ERR_END;
    out->type = MXS_TYPE_MX;
    return mxs_pending_next(unsettled->domains, &out->subject, &out->name, detail);
}

static bool next_host(struct mxs_unsettled *unsettled, struct mxs_question *out)
{
    const struct mxs_bits *hosts = &unsettled->about[MXS_UNSETTLED_HOSTS].given;
    while (unsettled->next_host / 8 < hosts->size_bytes && !mxs_bits_has(hosts, unsettled->next_host))
        unsettled->next_host++;
    if (unsettled->next_host / 8 >= hosts->size_bytes)
        return false;
    out->subject = unsettled->next_host / 2;
    out->type = unsettled->next_host % 2 == 0 ? MXS_TYPE_A : MXS_TYPE_AAAA;
    out->name = mxs_dictionary_host_name(&unsettled->survey->dictionary, out->subject);
    unsettled->next_host++;
    return true;
}

enum mxs_err mxs_unsettled_next(struct mxs_unsettled *unsettled, struct mxs_question *out,
                                enum mxs_unsettled_about *about, struct mxs_detail *detail)
{
    enum mxs_err err;
    do {
        *out = (struct mxs_question){.tries = MXS_TRIES_ONE};
        *about = MXS_UNSETTLED_DOMAINS;
        err = next_domain(unsettled, out, detail);
        if (err == MXS_ERR_END && next_host(unsettled, out)) {
            *about = MXS_UNSETTLED_HOSTS;
            err = MXS_OK;
        }
    } while (err == MXS_ERR_END && is_any_kept(unsettled) && (err = give_kept(unsettled, detail)) == MXS_OK);
    if (err == MXS_OK)
        mxs_tried_avoid(&unsettled->about[*about].tried, unsettled->survey, id_of(*about, out), out->avoid);
    return err;
}

void mxs_unsettled_finish(struct mxs_unsettled *unsettled)
{
    for (int about = 0; about < MXS_UNSETTLED_KINDS; about++) {
        mxs_bits_finish(&unsettled->about[about].kept);
        mxs_bits_finish(&unsettled->about[about].given);
        mxs_tried_finish(&unsettled->about[about].tried);
    }
    if (unsettled->domains != NULL)
        mxs_pending_destroy(&unsettled->domains);
}
