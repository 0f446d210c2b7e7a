#include "model/vocabulary.h"

#include "base/err.h"

#define OUTCOME_ROW(constant, word, settled, rank) {word, {settled, false}},
#define OUTCOME_RANK(constant, word, settled, rank) rank,
#define STATE_ROW(constant, word, receives) {word, {receives, constant != MXS_STATE_UNDETERMINED}},
#define FETCH_ROW(constant, word, settled) {word, {settled, false}},
#define ROW(constant, word) {word, {false, false}},

static const struct mxs_word outcomes[] = {MXS_OUTCOMES(OUTCOME_ROW)};
static const struct mxs_word states[] = {MXS_STATES(STATE_ROW)};
static const struct mxs_word backups[] = {MXS_BACKUPS(ROW)};
static const struct mxs_word single_points[] = {MXS_SINGLE_POINTS(ROW)};
static const struct mxs_word roles[] = {MXS_ROLES(ROW)};
static const struct mxs_word severities[] = {MXS_SEVERITIES(ROW)};
static const struct mxs_word kinds[] = {MXS_KINDS(ROW)};
static const struct mxs_word check_kinds[] = {MXS_CHECK_KINDS(ROW)};
static const struct mxs_word smtp_outcomes[] = {MXS_SMTP_OUTCOMES(OUTCOME_ROW)};
static const struct mxs_word smtp_starttlses[] = {MXS_SMTP_STARTTLSES(ROW)};
static const struct mxs_word smtp_pkixes[] = {MXS_SMTP_PKIXES(ROW)};
static const struct mxs_word smtp_danes[] = {MXS_SMTP_DANES(ROW)};
static const struct mxs_word fetch_results[] = {MXS_FETCH_RESULTS(FETCH_ROW)};
static const struct mxs_word sts_reasons[] = {MXS_MTA_STS_REASONS(ROW)};
static const struct mxs_word sts_modes[] = {MXS_MTA_STS_MODES(ROW)};
static const unsigned char smtp_ranks[] = {MXS_SMTP_OUTCOMES(OUTCOME_RANK)};
static const unsigned char ranks[] = {MXS_OUTCOMES(OUTCOME_RANK)};

#define COUNT(list) (sizeof list / sizeof *list)

/* Rule kinds and checks stand in the database as words already. */
const struct mxs_words mxs_vocabulary[] = {
    {"outcome", "INSERT OR REPLACE INTO outcome (id, name, settled) VALUES (?1, ?2, ?3)", outcomes, COUNT(outcomes), 1},
    {"state", "INSERT OR REPLACE INTO state (id, name, receives, settled) VALUES (?1, ?2, ?3, ?4)", states,
     COUNT(states), 2},
    {"backup", "INSERT OR REPLACE INTO backup (id, name) VALUES (?1, ?2)", backups, COUNT(backups), 0},
    {"single_point", "INSERT OR REPLACE INTO single_point (id, name) VALUES (?1, ?2)", single_points,
     COUNT(single_points), 0},
    {"role", "INSERT OR REPLACE INTO role (id, name) VALUES (?1, ?2)", roles, COUNT(roles), 0},
    {"severity", "INSERT OR REPLACE INTO severity (id, name) VALUES (?1, ?2)", severities, COUNT(severities), 0},
    {"smtp_outcome", "INSERT OR REPLACE INTO smtp_outcome (id, name, settled) VALUES (?1, ?2, ?3)", smtp_outcomes,
     COUNT(smtp_outcomes), 1},
    {"smtp_starttls", "INSERT OR REPLACE INTO smtp_starttls (id, name) VALUES (?1, ?2)", smtp_starttlses,
     COUNT(smtp_starttlses), 0},
    {"smtp_pkix", "INSERT OR REPLACE INTO smtp_pkix (id, name) VALUES (?1, ?2)", smtp_pkixes, COUNT(smtp_pkixes), 0},
    {"smtp_dane", "INSERT OR REPLACE INTO smtp_dane (id, name) VALUES (?1, ?2)", smtp_danes, COUNT(smtp_danes), 0},
    {"sts_result", "INSERT OR REPLACE INTO sts_result (id, name, settled) VALUES (?1, ?2, ?3)", fetch_results,
     COUNT(fetch_results), 1},
    {"sts_reason", "INSERT OR REPLACE INTO sts_reason (id, name) VALUES (?1, ?2)", sts_reasons, COUNT(sts_reasons), 0},
    {"sts_mode", "INSERT OR REPLACE INTO sts_mode (id, name) VALUES (?1, ?2)", sts_modes, COUNT(sts_modes), 0},
};
const size_t mxs_vocabulary_count = COUNT(mxs_vocabulary);

bool mxs_outcome_settled(enum mxs_outcome outcome)
{
    return (size_t)outcome < COUNT(outcomes) && outcomes[outcome].flags[0];
}

enum mxs_outcome mxs_outcome_better(enum mxs_outcome a, enum mxs_outcome b)
{
    if (a == MXS_NOT_ASKED || b == MXS_NOT_ASKED)
        return a == MXS_NOT_ASKED ? b : a;
    MXS_ASSERT((size_t)a < COUNT(ranks) && (size_t)b < COUNT(ranks));
    return ranks[b] < ranks[a] ? b : a;
}

bool mxs_smtp_outcome_settled(enum mxs_smtp_outcome outcome)
{
    return (size_t)outcome < COUNT(smtp_outcomes) && smtp_outcomes[outcome].flags[0];
}

bool mxs_smtp_outcome_better(enum mxs_smtp_outcome than, enum mxs_smtp_outcome outcome)
{
    if (than == MXS_SMTP_NOT_ASKED || outcome == MXS_SMTP_NOT_ASKED)
        return outcome != MXS_SMTP_NOT_ASKED;
    MXS_ASSERT((size_t)than < COUNT(smtp_ranks) && (size_t)outcome < COUNT(smtp_ranks));
    return smtp_ranks[outcome] < smtp_ranks[than];
}

bool mxs_fetch_settled(enum mxs_fetch_result result)
{
    return (size_t)result < COUNT(fetch_results) && fetch_results[result].flags[0];
}

bool mxs_state_receives(enum mxs_state state)
{
    MXS_ASSERT((size_t)state < COUNT(states));
    return states[state].flags[0];
}

static const char *text_of(const struct mxs_word *words, size_t count, size_t at)
{
    MXS_ASSERT(at < count);
    return words[at].name;
}

const char *mxs_outcome_text(enum mxs_outcome outcome)
{
    return outcome == MXS_NOT_ASKED ? "not_asked" : text_of(outcomes, COUNT(outcomes), outcome);
}

const char *mxs_backup_text(enum mxs_backup backup)
{
    return backup == MXS_BACKUP_UNKNOWN ? NULL : text_of(backups, COUNT(backups), backup);
}

const char *mxs_single_point_text(enum mxs_single_point point)
{
    return point == MXS_SINGLE_UNKNOWN ? NULL : text_of(single_points, COUNT(single_points), point);
}

const char *mxs_state_text(enum mxs_state state) { return text_of(states, COUNT(states), state); }
const char *mxs_role_text(enum mxs_role role) { return text_of(roles, COUNT(roles), role); }
const char *mxs_severity_text(enum mxs_severity severity) { return text_of(severities, COUNT(severities), severity); }
const char *mxs_kind_text(enum mxs_kind kind) { return text_of(kinds, COUNT(kinds), kind); }
const char *mxs_check_kind_text(enum mxs_check_kind kind) { return text_of(check_kinds, COUNT(check_kinds), kind); }

const char *mxs_mta_sts_mode_text(enum mxs_mta_sts_mode mode) { return text_of(sts_modes, COUNT(sts_modes), mode); }

const char *mxs_fetch_result_text(enum mxs_fetch_result result)
{
    return text_of(fetch_results, COUNT(fetch_results), result);
}

const char *mxs_mta_sts_reason_text(enum mxs_mta_sts_reason reason)
{
    return text_of(sts_reasons, COUNT(sts_reasons), reason);
}

const char *mxs_smtp_outcome_text(enum mxs_smtp_outcome outcome)
{
    return outcome == MXS_SMTP_NOT_ASKED ? "not_asked" : text_of(smtp_outcomes, COUNT(smtp_outcomes), outcome);
}

const char *mxs_smtp_starttls_text(enum mxs_smtp_starttls starttls)
{
    return starttls == MXS_SMTP_STARTTLS_UNKNOWN ? "unknown"
                                                 : text_of(smtp_starttlses, COUNT(smtp_starttlses), starttls);
}

const char *mxs_smtp_pkix_text(enum mxs_smtp_pkix pkix)
{
    return pkix == MXS_SMTP_PKIX_UNKNOWN ? "unknown" : text_of(smtp_pkixes, COUNT(smtp_pkixes), pkix);
}

const char *mxs_smtp_dane_text(enum mxs_smtp_dane dane)
{
    return dane == MXS_SMTP_DANE_UNKNOWN ? "unknown" : text_of(smtp_danes, COUNT(smtp_danes), dane);
}
