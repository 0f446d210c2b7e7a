/* SQLite tells nearly always that it had no memory. json_valid (3.40) does not: it then says 0 of a good text, and what
 * stands behind it would be left out of a report without a word. So a query that was refused memory on its way has
 * failed, whatever it says (db/query).
 *
 * In         What SQLite asks of its allocator
 * Out        How often that was refused
 * Ownership  Static
 * Threads    Any; each counts its own
 * Bugs       Where SQLite is in use before the first database is opened here, nothing is counted
 */
#ifndef MXS_DB_INTERNAL_MEMORY_H
#define MXS_DB_INTERNAL_MEMORY_H

/* Before the first connection; again is nothing. */
void mxs_memory_watch(void);
/* Refusals of this thread so far. */
unsigned mxs_memory_refusals(void);

#endif
