#include "scanner/smtp/internal/kept.h"

#include <stdlib.h>

struct mxs_smtp_kept *mxs_smtp_kept_create(const struct mxs_smtp_answer *answer, mxs_smtp_chain **chain)
{
    size_t size = answer->banner.size_bytes + answer->name.size_bytes + answer->reply.size_bytes +
                  answer->tls.size_bytes + answer->cipher.size_bytes + answer->tls_failure.size_bytes +
                  answer->banner_name.size_bytes;
    struct mxs_smtp_kept *kept = malloc(sizeof *kept + size);
    if (kept == NULL)
        return NULL;
    kept->answer = *answer;
    kept->chain = *chain;
    *chain = NULL;
    char *to = (char *)(kept + 1);
    struct mxs_text *texts[] = {&kept->answer.banner,     &kept->answer.name,   &kept->answer.reply,
                                &kept->answer.tls,        &kept->answer.cipher, &kept->answer.tls_failure,
                                &kept->answer.banner_name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->size_bytes == 0)
            continue;
        memcpy(to, texts[i]->data, texts[i]->size_bytes);
        texts[i]->data = to;
        to += texts[i]->size_bytes;
    }
    return kept;
}

void mxs_smtp_kept_destroy(struct mxs_smtp_kept **owner)
{
    struct mxs_smtp_kept *kept = *owner;
    *owner = NULL;
    if (kept == NULL)
        return;
    mxs_smtp_chain_destroy(&kept->chain);
    free(kept);
}
