/* Signs are gathered from all kinds, then each provider named is weighed:
 *
 *   server    certificate, words (banner and EHLO together)   5 each; of a provider that may hand mail on, 3 for both
 * together decides   dkim (an alias), autodiscover        4 each agrees    spf, txt, key (a provider's own selector,
 * without alias)   2 each
 *
 * A server's names come after what a rule says of the MX host, and before SPF: they are looked at only where no rule
 * names the MX host, and then the server is where mail goes, whoever else signs for the domain. Of one that may hand
 * mail on (an isp), an alias knows better. A gateway holds no mail: it is named as the front, and the rest is weighed
 * without it. (After Liu et al., IMC 2021, who trust a certificate first, then banner and EHLO, and take no default
 * name of a rented machine.)
 *
 * A kind counts once per provider, however many selectors say it. The provider with the highest weight is the answer if
 * something decided for it, or if SPF names it alone among the mailbox providers and another signal agrees. Two
 * providers of equal weight contradict each other, and then nothing is claimed: a move that was half cleaned up looks
 * like that.
 *
 * An answer that could not be settled may hold a signal of its kind for anybody: where that might come to another
 * provider, or to one where there is none, nothing is known.
 *
 * A token alone decides nothing, and whether a tenant of the domain's name exists is not asked: docs/measurements.md
 * has the figures.
 */
#include "scanner/classify/evidence.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/intern.h"
#include "model/name.h"

extern const char mxs_evidence_tsv[];
extern const char mxs_selectors_tsv[];

#define COLUMNS_MAX 5
#define CANDIDATES_MAX 16
#define WEIGHT_SERVER 5
#define WEIGHT_SERVER_ISP 3
#define WEIGHT_DECIDES 4
#define WEIGHT_AGREES 2
#define ISP_CONFIDENCE 65

struct line {
    enum mxs_signal_kind kind;
    struct mxs_text pattern, provider;
};

struct mxs_evidence {
    struct line *lines;
    uint32_t line_count;
    struct mxs_selector *selectors;
    uint32_t selector_count;
    char digest[17];
};

const char *mxs_signal_text(enum mxs_signal_kind kind)
{
    static const char *const texts[MXS_SIGNAL_COUNT] = {"dkim", "autodiscover", "spf", "txt", "dkim", "server"};
    MXS_ASSERT((unsigned)kind < MXS_SIGNAL_COUNT);
    return texts[kind];
}

/* --- the tables --- */

static bool take_kind(struct mxs_text word, enum mxs_signal_kind *out)
{
    for (int kind = 0; kind < MXS_SIGNAL_COUNT; kind++) {
        if (kind != MXS_SIGNAL_KEY && mxs_text_equal(word, mxs_text_of(mxs_signal_text((enum mxs_signal_kind)kind)))) {
            *out = (enum mxs_signal_kind)kind;
            return true;
        }
    }
    return false;
}

static uint32_t count_lines(const char *text)
{
    uint32_t count = 1;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* The words of the line at *at, which moves behind it. 0 for a comment or an empty line. */
static uint32_t take_line(const char **at, struct mxs_text words[COLUMNS_MAX])
{
    const char *begin = *at, *end = strchr(begin, '\n');
    end = end == NULL ? begin + strlen(begin) : end;
    *at = *end == '\n' ? end + 1 : end;
    if (begin == end || *begin == '#')
        return 0;
    uint32_t count = 0;
    while (count < COLUMNS_MAX) {
        const char *tab = memchr(begin, '\t', (size_t)(end - begin));
        const char *hop = tab == NULL ? end : tab;
        words[count++] = (struct mxs_text){begin, (uint32_t)(hop - begin)};
        if (tab == NULL)
            break;
        begin = tab + 1;
    }
    return count;
}

static bool read_lines(mxs_evidence *evidence)
{
    struct mxs_text words[COLUMNS_MAX];
    for (const char *at = mxs_evidence_tsv; *at != '\0';) {
        uint32_t count = take_line(&at, words);
        struct line *line = &evidence->lines[evidence->line_count];
        if (count == 0)
            continue;
        if (count != COLUMNS_MAX || !take_kind(words[0], &line->kind))
            return false;
        line->pattern = words[1];
        line->provider = mxs_text_equal(words[2], MXS_TEXT("-")) ? MXS_TEXT("") : words[2];
        evidence->line_count++;
    }
    return true;
}

static bool read_selectors(mxs_evidence *evidence)
{
    struct mxs_text words[COLUMNS_MAX];
    for (const char *at = mxs_selectors_tsv; *at != '\0';) {
        uint32_t count = take_line(&at, words);
        if (count == 0)
            continue;
        if (count != 4)
            return false;
        evidence->selectors[evidence->selector_count++] =
            (struct mxs_selector){words[0], mxs_text_equal(words[1], MXS_TEXT("-")) ? MXS_TEXT("") : words[1],
                                  mxs_text_equal(words[2], MXS_TEXT("first"))};
    }
    return true;
}

enum mxs_err mxs_evidence_create(mxs_evidence **out, struct mxs_detail *detail)
{
    static const uint64_t key[2] = {0x6576696465, 0x6e6365};
    mxs_evidence *evidence = calloc(1, sizeof *evidence);
    if (evidence != NULL) {
        evidence->lines = calloc(count_lines(mxs_evidence_tsv), sizeof *evidence->lines);
        evidence->selectors = calloc(count_lines(mxs_selectors_tsv), sizeof *evidence->selectors);
    }
    enum mxs_err err = MXS_OK;
    if (evidence == NULL || evidence->lines == NULL || evidence->selectors == NULL)
        err = mxs_err_memory(detail, NULL);
    else if (!read_lines(evidence) || !read_selectors(evidence))
        err = mxs_err_set(detail, MXS_ERR_INPUT, "the built-in tables of evidence cannot be read: this is a bug");
    if (err != MXS_OK) {
        mxs_evidence_destroy(&evidence);
        return err;
    }
    uint64_t digest = mxs_hash(key, mxs_evidence_tsv, strlen(mxs_evidence_tsv)) ^
                      mxs_hash(key, mxs_selectors_tsv, strlen(mxs_selectors_tsv));
    snprintf(evidence->digest, sizeof evidence->digest, "%016llx", (unsigned long long)digest);
    *out = evidence;
    return MXS_OK;
}

void mxs_evidence_destroy(mxs_evidence **evidence)
{
    mxs_evidence *ending = *evidence;
    *evidence = NULL;
    if (ending == NULL)
        return;
    free(ending->lines);
    free(ending->selectors);
    free(ending);
}

const char *mxs_evidence_digest(const mxs_evidence *evidence) { return evidence->digest; }
uint32_t mxs_evidence_selector_count(const mxs_evidence *evidence) { return evidence->selector_count; }
const struct mxs_selector *mxs_evidence_selector(const mxs_evidence *evidence, uint32_t index)
{
    return &evidence->selectors[index];
}

static bool fits(const struct line *line, enum mxs_signal_kind kind, struct mxs_text value)
{
    if (line->kind != kind)
        return false;
    if (kind != MXS_SIGNAL_TXT)
        return mxs_name_within(value, line->pattern);
    return value.size_bytes >= line->pattern.size_bytes &&
           memcmp(value.data, line->pattern.data, line->pattern.size_bytes) == 0;
}

/* The line with the longest pattern, or NULL. */
static const struct line *find_line(const mxs_evidence *evidence, enum mxs_signal_kind kind, struct mxs_text value)
{
    const struct line *best = NULL;
    for (uint32_t i = 0; i < evidence->line_count; i++) {
        const struct line *line = &evidence->lines[i];
        if (fits(line, kind, value) && (best == NULL || line->pattern.size_bytes > best->pattern.size_bytes))
            best = line;
    }
    return best;
}

struct mxs_text mxs_evidence_find_token(const mxs_evidence *evidence, struct mxs_text record)
{
    const struct line *line = find_line(evidence, MXS_SIGNAL_TXT, record);
    return line == NULL ? (struct mxs_text){NULL, 0} : line->pattern;
}

bool mxs_evidence_is_service(const mxs_evidence *evidence, struct mxs_text target)
{
    const struct line *line = find_line(evidence, MXS_SIGNAL_AUTODISCOVER, target);
    return line != NULL && mxs_text_equal(line->pattern, target);
}

/* --- gathering --- */

static void put_signal(struct mxs_evidence_verdict *out, enum mxs_signal_kind kind, struct mxs_text provider,
                       struct mxs_text rule, struct mxs_text value)
{
    if (out->signal_count < MXS_SIGNALS_MAX)
        out->signals[out->signal_count++] = (struct mxs_signal){kind, provider, rule, value};
}

/* A name somebody's CNAME or SRV leads to: our own lines first, then the provider rules. as: what it is worth. */
static void put_target(const mxs_evidence *evidence, const mxs_rules *rules, enum mxs_signal_kind kind,
                       enum mxs_signal_kind as, struct mxs_text target, struct mxs_evidence_verdict *out)
{
    if (target.data == NULL || target.size_bytes == 0)
        return;
    const struct line *line = find_line(evidence, kind, target);
    if (line != NULL) {
        if (line->provider.size_bytes > 0)
            put_signal(out, as, line->provider, line->pattern, target);
        return;
    }
    const struct mxs_rule *rule = mxs_rules_find(rules, target);
    if (rule != NULL && rule->kind == MXS_KIND_MAILBOX)
        put_signal(out, as, rule->provider, rule->pattern, target);
}

static void put_own_selector(const mxs_evidence *evidence, const struct mxs_policy_key *key,
                             struct mxs_evidence_verdict *out)
{
    for (uint32_t i = 0; i < evidence->selector_count; i++) {
        const struct mxs_selector *selector = &evidence->selectors[i];
        if (selector->provider.size_bytes > 0 && mxs_text_equal(selector->name, key->selector))
            put_signal(out, MXS_SIGNAL_KEY, selector->provider, selector->name, key->selector);
    }
}

static void gather(const mxs_evidence *evidence, const mxs_rules *rules, const struct mxs_policy_facts *facts,
                   struct mxs_evidence_verdict *out)
{
    for (uint32_t i = 0; i < facts->key_count; i++) {
        const struct mxs_policy_key *key = &facts->keys[i];
        if (key->revoked) /* nobody signs with it any more @rfc{6376,3.6.1} */
            continue;
        if (key->target.data != NULL) /* an alias to nothing may agree with another signal, and decides nothing */
            put_target(evidence, rules, MXS_SIGNAL_DKIM, key->dangling ? MXS_SIGNAL_KEY : MXS_SIGNAL_DKIM, key->target,
                       out);
        else if (key->there)
            put_own_selector(evidence, key, out);
    }
    put_target(evidence, rules, MXS_SIGNAL_AUTODISCOVER, MXS_SIGNAL_AUTODISCOVER, facts->autodiscover, out);
    for (uint32_t i = 0; i < facts->srv_count; i++)
        put_target(evidence, rules, MXS_SIGNAL_AUTODISCOVER, MXS_SIGNAL_AUTODISCOVER, facts->autodiscover_srv[i], out);
    for (uint32_t i = 0; i < facts->include_count; i++) {
        const struct line *line = find_line(evidence, MXS_SIGNAL_SPF, facts->includes[i]);
        if (line != NULL && line->provider.size_bytes > 0)
            put_signal(out, MXS_SIGNAL_SPF, line->provider, line->pattern, facts->includes[i]);
    }
    for (uint32_t i = 0; i < facts->token_count; i++) {
        const struct line *line = find_line(evidence, MXS_SIGNAL_TXT, facts->tokens[i]);
        if (line != NULL)
            put_signal(out, MXS_SIGNAL_TXT, line->provider, line->pattern, facts->tokens[i]);
    }
}

/* --- servers --- */

/* Four numbers up to 255 one after the other, with or without zeros in front: 20-1-2-3.pool, 003.002.001.020.line,
 * ip20x1x2x3. */
static bool holds_address(struct mxs_text name)
{
    unsigned run = 0;
    for (uint32_t i = 0; i < name.size_bytes;) {
        unsigned value = 0, digits = 0;
        for (; i < name.size_bytes && name.data[i] >= '0' && name.data[i] <= '9'; i++, digits++)
            value = value < 1000 ? value * 10 + (unsigned)(name.data[i] - '0') : value;
        run = digits > 0 && digits <= 3 && value <= 255 ? run + 1 : 0;
        if (run == 4)
            return true;
        if (digits > 0 && i < name.size_bytes)
            i++; /* one character parts them */
        else if (digits == 0) {
            run = 0;
            i++;
        }
    }
    return false;
}

/* What the rules say that a provider is, by its first rule. */
static enum mxs_kind kind_of(const mxs_rules *rules, struct mxs_text provider)
{
    for (uint32_t i = 0; i < mxs_rules_count(rules); i++)
        if (mxs_text_equal(mxs_rules_at(rules, i)->provider, provider))
            return mxs_rules_at(rules, i)->kind;
    return MXS_KIND_ISP;
}

bool mxs_evidence_server(const mxs_evidence *evidence, const mxs_rules *rules, struct mxs_text name,
                         struct mxs_server_signal *out)
{
    if (name.size_bytes > 2 && name.data[0] == '*' && name.data[1] == '.')
        name = (struct mxs_text){name.data + 2, name.size_bytes - 2};
    if (!mxs_name_is_hostname(name) || holds_address(name))
        return false;
    const struct line *line = find_line(evidence, MXS_SIGNAL_SERVER, name);
    const struct mxs_rule *rule = mxs_rules_find(rules, name);
    if (line != NULL && line->provider.size_bytes == 0)
        return false;
    if (line == NULL && rule == NULL)
        return false;
    out->provider = line != NULL ? line->provider : rule->provider;
    out->rule = line != NULL ? line->pattern : rule->pattern;
    out->kind = line != NULL ? kind_of(rules, line->provider) : rule->kind;
    return true;
}

/* --- weighing --- */

struct candidate {
    struct mxs_text provider;
    unsigned kinds; /* a bit per enum mxs_signal_kind */
    const struct mxs_server_signal *server; /* NULL: the servers do not name it */
};

static bool decides(const struct candidate *candidate)
{
    return candidate->server != NULL ||
           (candidate->kinds & (1u << MXS_SIGNAL_DKIM | 1u << MXS_SIGNAL_AUTODISCOVER)) != 0;
}

/* Kinds of providers that hold what comes to their servers, as far as anybody can see. */
static bool holds_mail(enum mxs_kind kind) { return kind == MXS_KIND_MAILBOX || kind == MXS_KIND_REGISTRAR; }
static bool is_front(enum mxs_kind kind) { return kind == MXS_KIND_GATEWAY || kind == MXS_KIND_FORWARDER; }

static int weight_of_server(const struct mxs_server_signal *server)
{
    if (!holds_mail(server->kind))
        return WEIGHT_SERVER_ISP;
    return (server->certificate ? WEIGHT_SERVER : 0) + (server->words ? WEIGHT_SERVER : 0);
}

/* A certificate of an authority is harder to come by than a word. */
static uint8_t confidence_of_server(const struct mxs_server_signal *server)
{
    return server->certificate && server->words ? 80 : server->certificate ? 75 : 65;
}

static int weight_of(const struct candidate *candidate)
{
    int weight = candidate->server != NULL ? weight_of_server(candidate->server) : 0;
    for (int kind = 0; kind < MXS_SIGNAL_COUNT; kind++) {
        if (candidate->kinds >> kind & 1)
            weight += kind == MXS_SIGNAL_DKIM || kind == MXS_SIGNAL_AUTODISCOVER ? WEIGHT_DECIDES : WEIGHT_AGREES;
    }
    return weight;
}

static uint32_t list_candidates(const struct mxs_evidence_verdict *behind, struct candidate candidates[CANDIDATES_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < behind->signal_count; i++) {
        const struct mxs_signal *signal = &behind->signals[i];
        uint32_t at = 0;
        while (at < count && !mxs_text_equal(candidates[at].provider, signal->provider))
            at++;
        if (at == CANDIDATES_MAX)
            continue;
        if (at == count)
            candidates[count++] = (struct candidate){.provider = signal->provider};
        candidates[at].kinds |= 1u << signal->kind;
    }
    return count;
}

static uint32_t put_server(const struct mxs_server_signal *server, struct candidate candidates[CANDIDATES_MAX],
                           uint32_t count)
{
    uint32_t at = 0;
    while (at < count && !mxs_text_equal(candidates[at].provider, server->provider))
        at++;
    if (at == CANDIDATES_MAX)
        return count;
    if (at == count)
        candidates[count++] = (struct candidate){.provider = server->provider};
    candidates[at].server = server;
    return count;
}

/* SPF names this provider and no other, and something agrees. */
static bool is_agreed(const struct candidate *candidates, uint32_t count, const struct candidate *candidate)
{
    unsigned spf = 1u << MXS_SIGNAL_SPF;
    if (!(candidate->kinds & spf) || candidate->kinds == spf)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (&candidates[i] != candidate && (candidates[i].kinds & spf))
            return false;
    return true;
}

static uint8_t confidence_of(const struct candidate *best, int weight, int second)
{
    int confidence = !decides(best) ? 60 : weight >= 8 ? 85 : weight >= 6 ? 80 : 70;
    if (best->server != NULL && best->kinds == 0) {
        confidence = confidence_of_server(best->server);
        if (!holds_mail(best->server->kind) && confidence > ISP_CONFIDENCE)
            confidence = ISP_CONFIDENCE; /* below that of an MX host that a rule names so */
    }
    return (uint8_t)(second == 0 ? confidence : best->server != NULL ? confidence - 20 : confidence - 15);
}

/* The provider that the candidates come to; NULL: none. weight, second: of the two heaviest. */
static const struct candidate *choose(const struct candidate *candidates, uint32_t count, int *weight, int *second)
{
    const struct candidate *best = NULL;
    *weight = *second = 0;
    for (uint32_t i = 0; i < count; i++) {
        int now = weight_of(&candidates[i]);
        if (now > *weight) {
            *second = *weight;
            *weight = now;
            best = &candidates[i];
        } else if (now > *second) {
            *second = now;
        }
    }
    bool chosen = best != NULL && *second != *weight && (decides(best) || is_agreed(candidates, count, best));
    return chosen ? best : NULL;
}

/* The kinds of signals of which there may be more. */
static unsigned open_kinds(const struct mxs_policy_facts *facts)
{
    return (facts->keys_open ? 1u << MXS_SIGNAL_DKIM | 1u << MXS_SIGNAL_KEY : 0) |
           (facts->autodiscover_open ? 1u << MXS_SIGNAL_AUTODISCOVER : 0) |
           (facts->spf_open ? 1u << MXS_SIGNAL_SPF : 0) | (facts->tokens_open ? 1u << MXS_SIGNAL_TXT : 0);
}

/* Whether answers that are missing might come to another provider: all of them for one, whichever that is, also one
 * that nothing names so far. */
static bool may_change(const struct candidate *candidates, uint32_t count, unsigned kinds,
                       const struct candidate *chosen)
{
    struct candidate then[CANDIDATES_MAX + 1];
    uint32_t number = chosen == NULL ? count + 1 : (uint32_t)(chosen - candidates);
    for (uint32_t i = 0; kinds != 0 && i <= count; i++) {
        int weight, second;
        memcpy(then, candidates, count * sizeof *then);
        then[count] = (struct candidate){.kinds = 0};
        then[i].kinds |= kinds;
        const struct candidate *other = choose(then, i == count ? count + 1 : count, &weight, &second);
        if ((other == NULL ? count + 1 : (uint32_t)(other - then)) != number)
            return true;
    }
    return false;
}

void mxs_evidence_judge(const mxs_evidence *evidence, const mxs_rules *rules, const struct mxs_policy_facts *facts,
                        const struct mxs_server_signal *server, struct mxs_evidence_verdict *out)
{
    struct candidate candidates[CANDIDATES_MAX];
    bool named = server != NULL && server->provider.data != NULL, front = named && is_front(server->kind);
    out->provider = (struct mxs_text){NULL, 0};
    out->confidence = 0;
    out->weak = false;
    out->front = front ? server->provider : (struct mxs_text){NULL, 0};
    out->front_confidence = front ? confidence_of_server(server) : 0;
    out->signal_count = 0;
    gather(evidence, rules, facts, out);
    uint32_t count = list_candidates(out, candidates);
    if (named && !front)
        count = put_server(server, candidates, count);
    int weight, second;
    const struct candidate *best = choose(candidates, count, &weight, &second);
    out->open = may_change(candidates, count, open_kinds(facts), best);
    if (best == NULL || out->open)
        return;
    out->provider = best->provider;
    out->confidence = confidence_of(best, weight, second);
    out->weak = best->server == NULL && !(best->kinds >> MXS_SIGNAL_DKIM & 1);
}
