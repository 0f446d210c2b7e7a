/* What a mail server says, in pieces, through the whole dialogue: the first octet of the input says how long the pieces
 * are.
 *
 * Rooms scanner/smtp */
#include <stdio.h>

#include "scanner/smtp/internal/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    MXS_ASSERT(length < size);
    for (size_t i = 0; i < length; i++)
        MXS_ASSERT(text[i] >= 0x20 && text[i] < 0x7f);
}

static void check(const struct mxs_smtp_dialogue *dialogue)
{
    check_text(dialogue->banner, sizeof dialogue->banner);
    check_text(dialogue->name, sizeof dialogue->name);
    check_text(dialogue->said, sizeof dialogue->said);
    check_text(dialogue->tls_failure, sizeof dialogue->tls_failure);
    MXS_ASSERT(dialogue->reply.lines <= MXS_SMTP_LINES_MAX);
    MXS_ASSERT(dialogue->starttls == MXS_SMTP_STARTTLS_UNKNOWN || dialogue->outcome == MXS_SMTP_READY);
    MXS_ASSERT(dialogue->starttls != MXS_SMTP_STARTTLS_ABSENT || !dialogue->masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mxs_address server = {.family = 4, .bytes = {20, 1, 1, 1}};
    struct mxs_smtp_dialogue dialogue;
    if (size == 0)
        return 0;
    size_t piece = data[0] == 0 ? size : data[0];
    mxs_smtp_dialogue_init(&dialogue, "probe.example.net", 60000, &server);
    enum mxs_smtp_step step = mxs_smtp_dialogue_put_event(&dialogue, MXS_SMTP_CONNECTED);
    for (size_t at = 1; at < size && step != MXS_SMTP_CLOSE && step != MXS_SMTP_FAREWELL; at += piece) {
        size_t count = size - at < piece ? size - at : piece;
        step = mxs_smtp_dialogue_put(&dialogue, (struct mxs_bytes){data + at, (uint32_t)count});
        MXS_ASSERT(step != MXS_SMTP_SEND ||
                   (dialogue.send_bytes > 2 && memcmp(dialogue.send + dialogue.send_bytes - 2, "\r\n", 2) == 0));
        if (step == MXS_SMTP_HANDSHAKE)
            step = mxs_smtp_dialogue_put_event(&dialogue, MXS_SMTP_SECURED);
        check(&dialogue);
    }
    if (step != MXS_SMTP_CLOSE && step != MXS_SMTP_FAREWELL)
        step = mxs_smtp_dialogue_put_event(&dialogue, MXS_SMTP_CLOSED);
    MXS_ASSERT(step == MXS_SMTP_CLOSE || step == MXS_SMTP_FAREWELL);
    MXS_ASSERT(dialogue.outcome != MXS_SMTP_NOT_ASKED);
    check(&dialogue);
    return 0;
}
