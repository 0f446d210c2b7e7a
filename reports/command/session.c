#include "reports/command/internal/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "reports/data/filter.h"

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
    *session = (struct mxs_session){.values = values, .chosen = -1};
    signal(SIGPIPE, SIG_IGN); /* `export DB | head` ends the work, not us: who is killed leaves -wal and -shm */
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
    enum mxs_err err =
        mxs_run_find(session->store, id, mxs_values_text(session->values, "list"), run, &session->detail);
    return err == MXS_OK ? mxs_session_filter(session, run, false) : err;
}

enum mxs_err mxs_session_filter(struct mxs_session *session, const struct mxs_run *run, bool all_runs)
{
    size_t count = mxs_values_count(session->values, "where");
    const char **terms = count == 0 ? NULL : malloc(count * sizeof *terms);
    if (count == 0)
        return MXS_OK;
    if (terms == NULL)
        return mxs_err_memory(&session->detail, NULL);
    for (size_t i = 0; i < count; i++)
        terms[i] = mxs_values_at(session->values, "where", i);
    enum mxs_err err = mxs_filter_put(session->store, run, terms, count, all_runs, &session->chosen, &session->detail);
    session->usage = err == MXS_ERR_INPUT;
    free(terms);
    return err;
}

struct mxs_by_ask mxs_session_by(const struct mxs_session *session)
{
    bool people = session->format != MXS_FORMAT_JSON && session->format != MXS_FORMAT_CSV;
    return (struct mxs_by_ask){mxs_values_text(session->values, "by"), people, people ? MXS_SESSION_GROUPS : 0};
}

bool mxs_session_has_by_format(const mxs_values *values)
{
    bool ok = !mxs_values_given(values, "by") || format_of(mxs_values_text(values, "format")) != MXS_FORMAT_HTML;
    if (!ok)
        mxs_session_write_error("--by makes a table: text, json, csv, markdown or latex, not html");
    return ok;
}

void mxs_session_put_choice(struct mxs_session *session, enum mxs_escape escape)
{
    char count[32];
    if (session->chosen < 0)
        return;
    mxs_out_format(session->out, "Only the %s domains with ", mxs_count_text(session->chosen, count, sizeof count));
    for (size_t i = 0; i < mxs_values_count(session->values, "where"); i++) {
        const char *term = mxs_values_at(session->values, "where", i);
        mxs_out_text(session->out, i == 0 ? "" : ", ");
        mxs_out_escaped(session->out, escape, term, strlen(term));
    }
    mxs_out_text(session->out, "\n\n");
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
    return session->usage ? MXS_EXIT_USAGE : MXS_EXIT_FAILED;
}
