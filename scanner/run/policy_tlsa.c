/* TLSA at _25._tcp.<MX host>, once per MX host and run. Only where the MX host has an address: a sender looks there
 * last @rfc{7672,2.2}. Whether the addresses were validated is kept beside it, because an insecure address spoils a secure TLSA. */
#include <stdio.h>
#include <stdlib.h>

#include "model/name.h"
#include "scanner/parse/tlsa.h"
#include "scanner/run/internal/policy.h"
#include "scanner/run/internal/stages.h"

#define SECURE_TLSA 1u
#define SECURE_ADDRESS 2u
#define SLOW_SHARE 8u

struct tlsa {
    struct mxs_survey *survey;
    struct mxs_bits wanted;   /* has an address, and no settled answer */
    struct mxs_bits insecure; /* some answer about its addresses was not validated */
    uint8_t pass;
    uint32_t next;
    char name[MXS_NAME_TEXT_MAX + 16];
};

static enum mxs_err no_memory(struct mxs_detail *detail) { return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory"); }

static enum mxs_err read_hosts(struct tlsa *tlsa, struct mxs_detail *detail)
{
    struct mxs_survey *survey = tlsa->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true, hosts = (survey->settings->checks & MXS_CHECK_HOST) != 0;
    for (uint32_t host = 1; memory && !hosts && host <= survey->dictionary.hosts.keys.count; host++)
        if (mxs_writer_host_is_wanted(survey->writer, host)) /* without the check host nobody knows which have an address */
            memory = mxs_bits_put(&tlsa->wanted, host);
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_HOSTS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        if (row->type == 0)
            continue;
        if (row->outcome == MXS_ANSWERED && mxs_writer_host_is_wanted(survey->writer, row->subject))
            memory = mxs_bits_put(&tlsa->wanted, row->subject);
        if (memory && !row->authenticated)
            memory = mxs_bits_put(&tlsa->insecure, row->subject);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    if (err != MXS_OK)
        return err;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_TLSA);
    while ((row = mxs_journal_next(&journal)) != NULL)
        if (tlsa->pass == MXS_PASS_FIRST || row->pass != MXS_PASS_FIRST || mxs_outcome_settled((enum mxs_outcome)row->outcome))
            mxs_bits_take(&tlsa->wanted, row->subject);
    err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

/* Whether the host is asked; its question's name into tlsa->name. */
static bool put_name(struct tlsa *tlsa, uint32_t host, struct mxs_text *out)
{
    const struct mxs_survey *survey = tlsa->survey;
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t size;
    if (!mxs_bits_has(&tlsa->wanted, host))
        return false;
    struct mxs_text name = mxs_dictionary_host_name(&survey->dictionary, host);
    if (name.size_bytes == 0 || (survey->exclude != NULL && mxs_exclude_holds(survey->exclude, name)))
        return false;
    *out = (struct mxs_text){tlsa->name, (uint32_t)snprintf(tlsa->name, sizeof tlsa->name, "_25._tcp.%.*s", MXS_TEXT_ARG(name))};
    return mxs_name_to_wire(*out, wire, &size) == MXS_OK;
}

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct tlsa *tlsa = arg;
    for (; tlsa->next <= tlsa->survey->dictionary.hosts.keys.count; tlsa->next++) {
        struct mxs_text name;
        if (!put_name(tlsa, tlsa->next, &name))
            continue;
        *out = (struct mxs_question){.name = name, .type = MXS_TYPE_TLSA, .subject = tlsa->next++};
        return MXS_OK;
    }
    return MXS_ERR_END;
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct tlsa *tlsa = arg;
    struct mxs_tlsa_set set;
    mxs_tlsa_read(answer->records, answer->outcome == MXS_ANSWERED ? answer->record_count : 0, &set);
    struct mxs_policy_row row = {.policy = set.usable, .numbers = {set.count - set.usable,
        (answer->authenticated ? SECURE_TLSA : 0) | (mxs_bits_has(&tlsa->insecure, question->subject) ? 0 : SECURE_ADDRESS)}};
    mxs_writer_put_policy(tlsa->survey->writer, MXS_ROW_TLSA, question, answer, measurement, &row, tlsa->pass);
    return mxs_stage_stored(tlsa->survey, answer->outcome);
}

enum mxs_err mxs_stage_tlsa(struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    struct tlsa tlsa = {.survey = survey, .pass = again ? MXS_PASS_SETTLE : MXS_PASS_FIRST, .next = 1};
    if (!(survey->settings->checks & MXS_CHECK_TRANSPORT))
        return MXS_OK;
    enum mxs_err err = read_hosts(&tlsa, detail);
    uint64_t total = 0;
    struct mxs_text name;
    for (uint32_t host = 1; err == MXS_OK && host <= survey->dictionary.hosts.keys.count; host++)
        total += put_name(&tlsa, host, &name);
    if (err == MXS_OK && total > 0)
        err = mxs_stage_ask(survey, again ? "TLSA once more" : "TLSA", total,
                            again ? survey->settings->scheduler.concurrency / SLOW_SHARE + 1 : 0, next_question, put_answer, &tlsa, detail);
    mxs_bits_finish(&tlsa.wanted);
    mxs_bits_finish(&tlsa.insecure);
    return err;
}
