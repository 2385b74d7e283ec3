#include "pending.h"

#include <stdlib.h>
#include <string.h>

pending pending_new(long requests) {
  size_t size = 2;
  while (size < 2 * (size_t)requests) size *= 2;
  pending table = {.slots = allocate(size, sizeof(slot)), .mask = size - 1};
  return table;
}

void pending_free(pending* table) {
  free(table->slots);
  table->slots = NULL;
}

/* Our own references differ in their first words, which count up. */
static size_t home(const pending* table, const unsigned* id) { return (id[0] ^ id[1]) & table->mask; }

/* Where it is, or where it would go. */
static size_t find(const pending* table, const erlang_ref* ref) {
  size_t at = home(table, ref->n);
  while (table->slots[at].taken && memcmp(table->slots[at].id, ref->n, sizeof table->slots[at].id) != 0) {
    at = (at + 1) & table->mask;
  }
  return at;
}

void pending_add(pending* table, const erlang_ref* ref) {
  slot* place = &table->slots[find(table, ref)];
  memcpy(place->id, ref->n, sizeof place->id);
  place->taken = true;
}

/* What comes behind it moves up unless it is at home already, so that no search ends at a gap. */
bool pending_remove(pending* table, const erlang_ref* ref) {
  if (ref->len != REF_WORDS) return false;
  size_t gap = find(table, ref);
  if (!table->slots[gap].taken) return false;
  for (size_t at = (gap + 1) & table->mask; table->slots[at].taken; at = (at + 1) & table->mask) {
    size_t wanted = home(table, table->slots[at].id);
    if (((at - wanted) & table->mask) < ((at - gap) & table->mask)) continue;
    table->slots[gap] = table->slots[at];
    gap = at;
  }
  table->slots[gap].taken = false;
  return true;
}
