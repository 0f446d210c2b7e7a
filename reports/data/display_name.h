/* Providers as people know them: "Microsoft 365" for microsoft, and so on. Data keeps the ids; pages and text say the
 * names.
 *
 * In         An id of a rule, self, org:NAME; or what a diff makes of several ("a + b", "a behind b")
 * Out        The same with names in place of the ids that have one (display_names.tsv: id, name, and in two words what
 *            they are where the kind of their rules does not say it)
 * Limits     A text that does not fit stays as it is
 */
#ifndef MXS_REPORTS_DATA_DISPLAY_NAME_H
#define MXS_REPORTS_DATA_DISPLAY_NAME_H

#include <stddef.h>

/* buffer, or text itself where there is nothing to say better. */
const char *mxs_display_name(const char *text, char *buffer, size_t buffer_size);
/* "email security, DE": what the operator is in two words, and the country of its seat. text: id, kind and country,
 * parted by blanks, as v_operator has them; "org:example.net - -" where no rule names it. buffer. */
const char *mxs_display_operator(const char *text, char *buffer, size_t buffer_size);

/* Of the words of data the few that people read in others: "ineffective (same address)" for decorative, "network (AS)"
 * for asn, "more than one word" for several_fields. */
const char *mxs_display_word(const char *word);

#endif
