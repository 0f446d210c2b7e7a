/* Commands that are shown to be given again: what stands in them may hold blanks and quotes.
 *
 * Spec       POSIX.1-2017 XCU 2.2, quoting
 */
#ifndef MXS_BASE_SHELL_H
#define MXS_BASE_SHELL_H

#define MXS_SHELL_WORD_SIZE 16400 /* a path of PATH_MAX, each byte of it a quote */

/* Text as a shell takes it for one word: bare where it can be, else in single quotes. A text that does not fit ends in
 * "...". Returns out. */
const char *mxs_shell_word(char out[MXS_SHELL_WORD_SIZE], const char *text);
/* The same in a buffer that lives as long as the block it stands in. */
#define MXS_SHELL_WORD(text) mxs_shell_word((char[MXS_SHELL_WORD_SIZE]){0}, text)

#endif
