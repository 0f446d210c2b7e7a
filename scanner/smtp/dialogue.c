/* The order of things is RFC 5321's: nothing is said before the whole banner was heard, each command waits for the
 * whole reply to the one before, and QUIT ends every conversation that can still be spoken. A server that refuses EHLO
 * is greeted with HELO, because a sender would: that it knows no extensions is not that it takes no mail, nor that it
 * has no STARTTLS. */
#include "scanner/smtp/internal/dialogue.h"

#include <stdio.h>
#include <strings.h>

#include "scanner/smtp/internal/about.h"

#define CONNECT_TIMEOUT_MS 30000u
#define QUIT_TIMEOUT_MS 5000u
#define MASK_MIN 4u /* so many X or * in a row are no word */
#define SHUTTING_DOWN 521u /* and closes @rfc{7504,3} */

void mxs_smtp_dialogue_init(struct mxs_smtp_dialogue *dialogue, const char *helo, uint32_t reply_timeout_ms,
                            const struct mxs_address *server)
{
    memset(dialogue, 0, offsetof(struct mxs_smtp_dialogue, reply));
    dialogue->helo = helo;
    dialogue->server = *server;
    dialogue->reply_timeout_ms = reply_timeout_ms;
    dialogue->timeout_ms = reply_timeout_ms < CONNECT_TIMEOUT_MS ? reply_timeout_ms : CONNECT_TIMEOUT_MS;
    dialogue->outcome = MXS_SMTP_NOT_ASKED;
    dialogue->starttls = MXS_SMTP_STARTTLS_UNKNOWN;
    dialogue->first[0] = 0;
    dialogue->about_us = false;
    mxs_smtp_reply_reset(&dialogue->reply);
}

void mxs_smtp_dialogue_text(struct mxs_text text, char *out, size_t size)
{
    size_t used = 0;
    for (uint32_t i = 0; i < text.size_bytes; i++) {
        unsigned char at = (unsigned char)text.data[i];
        bool plain = at >= 0x20 && at < 0x7f;
        size_t wanted = plain ? 1 : 4;
        if (used + wanted >= size)
            break;
        if (plain)
            out[used] = (char)at;
        else
            snprintf(out + used, size - used, "\\x%02x", at);
        used += wanted;
    }
    out[used] = 0;
}

void mxs_smtp_dialogue_banner_name(const char *banner, char out[MXS_SMTP_NAME_SIZE])
{
    size_t size = strcspn(banner, " ");
    bool dot = false, letter = false;
    out[0] = 0;
    while (size > 0 && banner[size - 1] == '.')
        size--;
    if (size == 0 || size >= MXS_SMTP_NAME_SIZE)
        return;
    for (size_t i = 0; i < size; i++) {
        char at = banner[i];
        bool upper = at >= 'A' && at <= 'Z', lower = at >= 'a' && at <= 'z';
        bool inner = at == '.' && i > 0 && banner[i - 1] != '.';
        if (!upper && !lower && !inner && at != '-' && at != '_' && !(at >= '0' && at <= '9')) {
            out[0] = 0;
            return;
        }
        dot = dot || inner;
        letter = letter || upper || lower;
        out[i] = upper ? (char)(at + 'a' - 'A') : at;
    }
    out[dot && letter ? size : 0] = 0;
}

/* --- what is said --- */

static enum mxs_smtp_step say(struct mxs_smtp_dialogue *dialogue, enum mxs_smtp_state state, const char *command,
                              const char *word)
{
    dialogue->state = state;
    dialogue->timeout_ms = state == MXS_SMTP_STATE_QUIT ? QUIT_TIMEOUT_MS : dialogue->reply_timeout_ms;
    dialogue->send_bytes = (uint32_t)snprintf(dialogue->send, sizeof dialogue->send, "%s%s\r\n", command, word);
    MXS_ASSERT(dialogue->send_bytes < sizeof dialogue->send);
    dialogue->offers = dialogue->about_us = false;
    mxs_smtp_reply_reset(&dialogue->reply);
    return MXS_SMTP_SEND;
}

static enum mxs_smtp_step quit(struct mxs_smtp_dialogue *dialogue)
{
    return say(dialogue, MXS_SMTP_STATE_QUIT, "QUIT", "");
}

static enum mxs_smtp_step finish(struct mxs_smtp_dialogue *dialogue)
{
    dialogue->state = MXS_SMTP_STATE_END;
    return MXS_SMTP_CLOSE;
}

static void fail_tls(struct mxs_smtp_dialogue *dialogue, const char *why)
{
    snprintf(dialogue->tls_failure, sizeof dialogue->tls_failure, "%s", why);
}

/* --- what a reply means --- */

static enum mxs_smtp_step refused(struct mxs_smtp_dialogue *dialogue)
{
    uint16_t code = dialogue->reply.code;
    /* 501 and 504 find fault with the name we gave. */
    bool ours = dialogue->about_us || code == 501 || code == 504;
    dialogue->code = code;
    dialogue->outcome = code / 100 == 4   ? MXS_SMTP_BUSY
                        : code / 100 != 5 ? MXS_SMTP_PROTOCOL
                        : ours            ? MXS_SMTP_BUSY
                                          : MXS_SMTP_REJECTING;
    memcpy(dialogue->said, dialogue->first, sizeof dialogue->said);
    return quit(dialogue);
}

static enum mxs_smtp_step banner_came(struct mxs_smtp_dialogue *dialogue)
{
    memcpy(dialogue->banner, dialogue->first, sizeof dialogue->banner);
    if (dialogue->reply.code != 220)
        return refused(dialogue);
    dialogue->code = 220;
    return say(dialogue, MXS_SMTP_STATE_EHLO, "EHLO ", dialogue->helo);
}

static void accept(struct mxs_smtp_dialogue *dialogue)
{
    dialogue->outcome = MXS_SMTP_READY;
    dialogue->code = 250;
    size_t size = strcspn(dialogue->first, " ");
    snprintf(dialogue->name, sizeof dialogue->name, "%.*s", (int)size, dialogue->first);
}

static enum mxs_smtp_step greeting_came(struct mxs_smtp_dialogue *dialogue)
{
    uint16_t code = dialogue->reply.code;
    if (dialogue->state == MXS_SMTP_STATE_EHLO && code / 100 == 5 && code != SHUTTING_DOWN && !dialogue->about_us)
        return say(dialogue, MXS_SMTP_STATE_HELO, "HELO ", dialogue->helo);
    if (code != 250)
        return refused(dialogue);
    accept(dialogue);
    if (dialogue->state == MXS_SMTP_STATE_HELO)
        return quit(dialogue);
    if (!dialogue->offers) {
        bool proven = !dialogue->masked && !dialogue->unclear;
        dialogue->starttls = proven ? MXS_SMTP_STARTTLS_ABSENT : MXS_SMTP_STARTTLS_UNKNOWN;
        return quit(dialogue);
    }
    dialogue->starttls = MXS_SMTP_STARTTLS_OFFERED;
    return say(dialogue, MXS_SMTP_STATE_STARTTLS, "STARTTLS", "");
}

static enum mxs_smtp_step starttls_came(struct mxs_smtp_dialogue *dialogue, struct mxs_bytes rest)
{
    uint16_t code = dialogue->reply.code;
    if (code == 220) {
        dialogue->injected = rest.size_bytes > 0;
        dialogue->state = MXS_SMTP_STATE_TLS;
        dialogue->timeout_ms = dialogue->reply_timeout_ms;
        return MXS_SMTP_HANDSHAKE;
    }
    snprintf(dialogue->tls_failure, sizeof dialogue->tls_failure, "%u %.110s", code, dialogue->first);
    dialogue->tls_settled = code / 100 == 5 && !dialogue->about_us;
    if (dialogue->tls_settled)
        dialogue->starttls = MXS_SMTP_STARTTLS_FAILED;
    return quit(dialogue);
}

/* 250 is the answer to a greeting: what was taken for it before was none. */
static enum mxs_smtp_step farewell_came(struct mxs_smtp_dialogue *dialogue)
{
    if (dialogue->reply.code == 250 && dialogue->starttls == MXS_SMTP_STARTTLS_ABSENT)
        dialogue->starttls = MXS_SMTP_STARTTLS_UNKNOWN;
    return finish(dialogue);
}

/* Bytes behind a whole reply answer nothing that was asked: they are dropped. */
static enum mxs_smtp_step reply_came(struct mxs_smtp_dialogue *dialogue, struct mxs_bytes rest)
{
    dialogue->unclear = dialogue->unclear || rest.size_bytes > 0;
    switch (dialogue->state) {
    case MXS_SMTP_STATE_BANNER:
        return banner_came(dialogue);
    case MXS_SMTP_STATE_EHLO:
    case MXS_SMTP_STATE_HELO:
        return greeting_came(dialogue);
    case MXS_SMTP_STATE_STARTTLS:
        return starttls_came(dialogue, rest);
    case MXS_SMTP_STATE_EHLO_AGAIN:
        return quit(dialogue);
    default:
        return farewell_came(dialogue);
    }
}

/* --- lines --- */

static bool begins(struct mxs_text text, const char *word)
{
    size_t size = strlen(word);
    return text.size_bytes >= size && strncasecmp(text.data, word, size) == 0;
}

static bool is_masked(struct mxs_text text, char mask)
{
    uint32_t run = 0;
    for (uint32_t i = 0; i < text.size_bytes && run < MASK_MIN; i++)
        run = text.data[i] == mask ? run + 1 : 0;
    return run == MASK_MIN;
}

static bool is_keyword_character(char at)
{
    return (at >= '0' && at <= '9') || (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') || at == '-';
}

/* A line of the answer to EHLO, behind the first. Who means STARTTLS and spells it badly is asked for it. */
static void keyword_came(struct mxs_smtp_dialogue *dialogue, struct mxs_text text)
{
    while (text.size_bytes > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct mxs_text){text.data + 1, text.size_bytes - 1};
    if (begins(text, "XXXX"))
        dialogue->masked = true;
    if (begins(text, "STARTTLS") && (text.size_bytes == 8 || !is_keyword_character(text.data[8])))
        dialogue->offers = true;
    for (uint32_t i = 0; i < text.size_bytes; i++)
        dialogue->unclear = dialogue->unclear || ((text.data[i] < ' ' || text.data[i] > '~') && text.data[i] != '\t');
}

static void line_came(struct mxs_smtp_dialogue *dialogue)
{
    struct mxs_text text = dialogue->reply.text;
    bool first = dialogue->reply.lines == 1;
    if (first)
        mxs_smtp_dialogue_text(text, dialogue->first, sizeof dialogue->first);
    if (dialogue->reply.code / 100 == 5 && mxs_smtp_about_us(text, dialogue->helo, &dialogue->server))
        dialogue->about_us = true;
    if (dialogue->state == MXS_SMTP_STATE_BANNER && is_masked(text, '*'))
        dialogue->masked = true;
    if (dialogue->state == MXS_SMTP_STATE_EHLO && !first && dialogue->reply.code == 250)
        keyword_came(dialogue, text);
}

/* After the greeting was accepted nothing takes the word back; it only ends. */
static enum mxs_smtp_step broke(struct mxs_smtp_dialogue *dialogue, enum mxs_smtp_outcome outcome,
                                const char *tls_failure)
{
    if (dialogue->state == MXS_SMTP_STATE_STARTTLS)
        fail_tls(dialogue, tls_failure);
    else if (dialogue->state < MXS_SMTP_STATE_STARTTLS)
        dialogue->outcome = outcome;
    return quit(dialogue);
}

enum mxs_smtp_step mxs_smtp_dialogue_put(struct mxs_smtp_dialogue *dialogue, struct mxs_bytes bytes)
{
    MXS_ASSERT(dialogue->state != MXS_SMTP_STATE_CONNECT && dialogue->state != MXS_SMTP_STATE_TLS);
    if (dialogue->state == MXS_SMTP_STATE_END)
        return MXS_SMTP_CLOSE;
    dialogue->heard = dialogue->heard || bytes.size_bytes > 0;
    for (;;) {
        switch (mxs_smtp_reply_next(&dialogue->reply, &bytes)) {
        case MXS_SMTP_LINE_MORE:
            return MXS_SMTP_WAIT;
        case MXS_SMTP_LINE_INNER:
            line_came(dialogue);
            break;
        case MXS_SMTP_LINE_LAST:
            line_came(dialogue);
            return reply_came(dialogue, bytes);
        case MXS_SMTP_LINE_BAD:
            return dialogue->state == MXS_SMTP_STATE_QUIT ? finish(dialogue)
                                                          : broke(dialogue, MXS_SMTP_PROTOCOL, "not SMTP");
        case MXS_SMTP_LINE_LIMIT:
            return dialogue->state == MXS_SMTP_STATE_QUIT ? finish(dialogue) : broke(dialogue, MXS_SMTP_LIMIT, "limit");
        }
    }
}

/* --- events --- */

static enum mxs_smtp_step connect_failed(struct mxs_smtp_dialogue *dialogue, enum mxs_smtp_outcome outcome)
{
    dialogue->outcome = outcome;
    return finish(dialogue);
}

static enum mxs_smtp_step time_over(struct mxs_smtp_dialogue *dialogue)
{
    enum mxs_smtp_state state = dialogue->state;
    if (state == MXS_SMTP_STATE_CONNECT)
        return connect_failed(dialogue, MXS_SMTP_TIMEOUT);
    if (state == MXS_SMTP_STATE_QUIT || state == MXS_SMTP_STATE_END)
        return finish(dialogue);
    if (state == MXS_SMTP_STATE_TLS) { /* the channel is neither plain nor safe: QUIT cannot be said */
        fail_tls(dialogue, "timeout");
        return finish(dialogue);
    }
    (void)broke(dialogue, MXS_SMTP_TIMEOUT, "timeout");
    dialogue->state = MXS_SMTP_STATE_END;
    return MXS_SMTP_FAREWELL;
}

static enum mxs_smtp_step cut_off(struct mxs_smtp_dialogue *dialogue)
{
    if (dialogue->state < MXS_SMTP_STATE_STARTTLS)
        dialogue->outcome = MXS_SMTP_PROTOCOL;
    else if (dialogue->state == MXS_SMTP_STATE_STARTTLS || dialogue->state == MXS_SMTP_STATE_TLS)
        fail_tls(dialogue, "closed");
    return finish(dialogue);
}

enum mxs_smtp_step mxs_smtp_dialogue_put_event(struct mxs_smtp_dialogue *dialogue, enum mxs_smtp_event event)
{
    switch (event) {
    case MXS_SMTP_CONNECTED:
        dialogue->state = MXS_SMTP_STATE_BANNER;
        dialogue->timeout_ms = dialogue->reply_timeout_ms;
        return MXS_SMTP_WAIT;
    case MXS_SMTP_CONNECT_REFUSED:
        return connect_failed(dialogue, MXS_SMTP_REFUSED_CONNECTION);
    case MXS_SMTP_CONNECT_UNREACHABLE:
        return connect_failed(dialogue, MXS_SMTP_UNREACHABLE);
    case MXS_SMTP_SECURED:
        dialogue->tls_settled = true;
        return say(dialogue, MXS_SMTP_STATE_EHLO_AGAIN, "EHLO ", dialogue->helo);
    case MXS_SMTP_INSECURE:
        if (dialogue->tls_settled)
            dialogue->starttls = MXS_SMTP_STARTTLS_FAILED;
        return finish(dialogue);
    case MXS_SMTP_CLOSED:
        return cut_off(dialogue);
    case MXS_SMTP_LATE:
        return time_over(dialogue);
    }
    return finish(dialogue);
}
