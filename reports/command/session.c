#include "reports/command/internal/session.h"

#include <stdlib.h>
#include <string.h>

void mxs_session_write_error(const char *text)
{
    char *shown = mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, text, strlen(text));
    fprintf(stderr, "mxsurvey: %s\n", shown != NULL ? shown : "out of memory");
    free(shown);
}

static enum mxs_format format_of(const char *name)
{
    for (int i = 0; i < MXS_FORMAT_COUNT; i++)
        if (name != NULL && strcmp(mxs_format_names[i], name) == 0)
            return (enum mxs_format)i;
    return MXS_FORMAT_TEXT;
}

enum mxs_err mxs_session_open(struct mxs_session *session, const mxs_values *values, const char *path)
{
    *session = (struct mxs_session){.values = values};
    enum mxs_err err = mxs_store_open_read(&session->store, path, &session->detail);
    if (err != MXS_OK)
        return err;
    err = mxs_out_open(&session->sink, mxs_values_text(values, "output"), &session->detail);
    if (err != MXS_OK)
        return err;
    session->out = &session->sink;
    return MXS_OK;
}

void mxs_session_read_style(struct mxs_session *session)
{
    session->format = format_of(mxs_values_text(session->values, "format"));
    mxs_style_find(&session->style, session->out, mxs_values_text(session->values, "color"));
}

enum mxs_err mxs_session_run(struct mxs_session *session, struct mxs_run *run)
{
    int64_t id = mxs_values_given(session->values, "run") ? mxs_values_number(session->values, "run") : 0;
    return mxs_run_find(session->store, id, mxs_values_text(session->values, "list"), run, &session->detail);
}

int mxs_session_close(struct mxs_session *session, enum mxs_err err)
{
    if (session->out != NULL && err == MXS_OK)
        err = mxs_out_finish(session->out, &session->detail);
    else if (session->out != NULL)
        mxs_out_abandon(session->out);
    session->out = NULL;
    mxs_store_close(&session->store);
    if (err == MXS_OK || err == MXS_ERR_STOPPED) /* the reader of a pipe had enough */
        return MXS_EXIT_DONE;
    mxs_session_write_error(session->detail.text);
    return MXS_EXIT_FAILED;
}
