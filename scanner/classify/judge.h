/* State first, then redundancy, providers and findings; each part in a module of its own.
 *
 * Spec       @rfc{5321,5.1} @rfc{7505,3} @rfc{2181,10.3}; words: docs/manual.md, "What the words mean"
 * In         Facts of one domain, rules, public suffixes
 * Out        Its verdict
 * Units      See model/verdict.h
 * Limits     None beyond those of the model
 * Ownership  The verdict's views point into rules, facts and the arena
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CLASSIFY_JUDGE_H
#define MXS_SCANNER_CLASSIFY_JUDGE_H

#include "base/arena.h"
#include "scanner/classify/rules.h"
#include "model/domain.h"
#include "model/facts.h"
#include "model/verdict.h"

struct mxs_judge {
    const mxs_rules *rules;
    const mxs_suffixes *suffixes;
};

/* arena holds the "org:" names of the verdict and scratch; reset it when the verdict is stored. If it has no memory
 * (mxs_arena_full), the verdict says undetermined and nothing else. Only the first label_count labels are written. */
void mxs_judge_domain(const struct mxs_judge *judge, const struct mxs_domain_facts *facts, struct mxs_arena *arena,
                      struct mxs_verdict *out);

/* Who runs this MX host, seen from nowhere: a rule's provider (then *rule is set) or "org:<registrable>". */
struct mxs_text mxs_judge_host(const struct mxs_judge *judge, struct mxs_text host, struct mxs_arena *arena,
                               const struct mxs_rule **rule);

/* True when `host`, as an MX host of the domain `name`, is "self": no rule names it, and it lies under the registrable
 * domain of `name`. This is the only way in which a verdict depends on the domain's own name: where it is false for
 * every MX host, the verdict of the domain is the verdict of its MX set, judged under any name that has no MX host of
 * the set below it (the empty name will do). An implicit MX host carries the domain's name, so such domains are judged
 * one by one. */
bool mxs_judge_is_self(const struct mxs_judge *judge, struct mxs_text name, struct mxs_text host);

#endif
