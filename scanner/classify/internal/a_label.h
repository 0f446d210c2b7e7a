/* Labels that begin with "xn--": whether such a label is what an internationalised name is written as. Hardly a
 * registry takes another one; some sell pictographs, against the rules.
 *
 * Spec       @rfc{5890,2.3.2.1} @rfc{5891,5.4}
 * In         A canonical name
 * Out        Whether a label is refused
 * Threads    Any. Pure
 * Bugs       Takes memory for each such label (libidn2 does); without memory a label counts as good
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_A_LABEL_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_A_LABEL_H

#include "base/bytes.h"

/* Whether a label of the name begins with "xn--" and is refused: it decodes to nothing, or to what may not be written
 * so. */
bool mxs_a_label_is_broken(struct mxs_text name);
/* Whether the first label and the last are internationalised and of one script: Cyrillic, Greek, Chinese or Korean,
 * beside digits and hyphens. False without memory. */
bool mxs_a_label_is_of_its_top(struct mxs_text name);

#endif
