/* Who greets with a name that is nowhere is taken for a spammer, and rightly: the name of --smtp-helo must have an
 * address. Whether it is the address we ask from, and whether that one points back, can be seen only where no
 * translator stands in between. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "model/address.h"
#include "scanner/outside/outside.h"
#include "scanner/run/internal/smtp.h"
#include "scanner/smtp/smtp.h"

struct greeting {
    struct mxs_survey *survey;
    uint32_t asked;
    uint32_t addresses, public;
    bool unsettled, ours; /* ours: one of them is the address we ask from */
    bool seen;            /* local is known */
    bool pointed, back;   /* its PTR is settled; it names us */
    char reverse[sizeof "255.255.255.255.in-addr.arpa"];
    bool over;
    enum mxs_err err;
    struct mxs_address local;
};

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    static const uint16_t types[] = {MXS_TYPE_A, MXS_TYPE_AAAA};
    struct greeting *greeting = arg;
    if (greeting->asked == 2 && greeting->seen) {
        greeting->asked++;
        *out = (struct mxs_question){.name = mxs_text_of(greeting->reverse), .type = MXS_TYPE_PTR};
        return MXS_OK;
    }
    if (greeting->asked >= 2)
        return MXS_ERR_END;
    *out = (struct mxs_question){.name = mxs_text_of(greeting->survey->settings->smtp.helo),
                                 .type = types[greeting->asked++]};
    return MXS_OK;
}

static void put_pointer(struct greeting *greeting, const struct mxs_answer *answer)
{
    greeting->pointed = mxs_outcome_settled(answer->outcome);
    for (uint32_t i = 0; i < answer->record_count; i++)
        greeting->back = greeting->back ||
                         mxs_text_equal(answer->records[i].host, mxs_text_of(greeting->survey->settings->smtp.helo));
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct greeting *greeting = arg;
    (void)measurement;
    if (question->type == MXS_TYPE_PTR) {
        put_pointer(greeting, answer);
        return MXS_OK;
    }
    greeting->unsettled = greeting->unsettled || !mxs_outcome_settled(answer->outcome);
    for (uint32_t i = 0; i < answer->record_count; i++) {
        struct mxs_bytes data = answer->records[i].data;
        struct mxs_address address = {.family = data.size_bytes == 4 ? 4 : 6};
        memcpy(address.bytes, data.data, data.size_bytes);
        greeting->addresses++;
        greeting->public += mxs_address_public(&address);
        if (greeting->local.family == address.family && memcmp(greeting->local.bytes, data.data, data.size_bytes) == 0)
            greeting->ours = true;
    }
    return MXS_OK;
}

/* The address of ours that leads to the public IPv4 internet; nothing is sent. False: none, or one that is translated
 * on the way. */
static bool find_local(struct mxs_address *out)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(25), .sin_addr.s_addr = htonl(0x08080808)};
    union mxs_outside_address near;
    *out = (struct mxs_address){.family = 4};
    if (mxs_outside_local((const struct sockaddr *)&far, &near) != 0)
        return false;
    memcpy(out->bytes, &near.v4.sin_addr, 4);
    return mxs_address_public(out);
}

static void on_idle(void *arg, enum mxs_err err)
{
    struct greeting *greeting = arg;
    greeting->over = true;
    greeting->err = err;
}

/* Before there is a run, so not by the way of its stages. */
static enum mxs_err ask(struct greeting *greeting, struct mxs_detail *detail)
{
    struct mxs_survey *survey = greeting->survey;
    mxs_scheduler_start(survey->scheduler, 0, next_question, put_answer, on_idle, greeting);
    while (!greeting->over)
        uv_run(&survey->loop, UV_RUN_ONCE);
    if (survey->stops > 0)
        return mxs_err_set(detail, MXS_ERR_STOPPED, "stopped");
    return greeting->err == MXS_OK
               ? MXS_OK
               : mxs_err_set(detail, greeting->err, "no resolver answers for the name of --smtp-helo");
}

static void warn(const struct greeting *greeting, const char *helo)
{
    char text[MXS_ADDRESS_TEXT_SIZE];
    mxs_address_text(&greeting->local, text);
    if (!greeting->ours)
        mxs_log(MXS_LOG_NOTE,
                "--smtp-helo: %s does not lead to %s, from where we ask: some servers will be busy for us; give it "
                "that address, "
                "and let the PTR of the address name it",
                helo, text);
    else if (greeting->pointed && !greeting->back)
        mxs_log(MXS_LOG_NOTE,
                "--smtp-helo: the address %s, from where we ask, does not point back to %s: some servers will be busy "
                "for us; "
                "have whoever gave you the address publish %s PTR %s",
                text, helo, greeting->reverse, helo);
}

enum mxs_err mxs_smtp_look_at_helo(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct greeting greeting = {.survey = survey};
    const char *helo = survey->settings->smtp.helo;
    if (!(survey->settings->checks & MXS_CHECK_SMTP))
        return MXS_OK;
    greeting.seen = find_local(&greeting.local);
    const uint8_t *bytes = greeting.local.bytes;
    snprintf(greeting.reverse, sizeof greeting.reverse, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1],
             bytes[0]);
    enum mxs_err err = ask(&greeting, detail);
    if (err != MXS_OK)
        return err;
    if (greeting.addresses == 0 && !greeting.unsettled) {
        survey->usage = true;
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--smtp-helo: %s has no address: mail servers turn away clients that greet with such"
                           " a name; publish an A record for it with the address you connect from",
                           helo);
    }
    if (greeting.addresses == 0)
        mxs_log(MXS_LOG_NOTE, "--smtp-helo: whether %s has an address could not be found out", helo);
    else if (greeting.public == 0)
        mxs_log(MXS_LOG_NOTE,
                "--smtp-helo: %s leads to no public address: mail servers will be busy for us; publish the address "
                "from which the internet sees this machine",
                helo);
    else if (greeting.seen)
        warn(&greeting, helo);
    return MXS_OK;
}
