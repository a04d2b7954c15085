#ifndef CMETIS_SHIM_H
#define CMETIS_SHIM_H
#include <metis.h>
#include <stdlib.h>

/* The order of a graph by nested dissection into `order`, its inverse into `places`; METIS_OK if all
   went well. METIS_NodeND would do the same under handlers of SIGTERM and SIGABRT of its own. The
   random numbers come from rand(), whose state in this process stays as it was where the C library
   lets one save it; a thread that calls rand() meanwhile changes the order. */
static inline int metis_nested_dissection(idx_t count, idx_t *starts, idx_t *neighbours,
                                          idx_t *order, idx_t *places) {
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_SEED] = 1;
#if defined(__GLIBC__)
  char state[128];
  char *outside = initstate(1, state, sizeof state);
#endif
  idx_t sizes[3];
  int status = METIS_NodeNDP(count, starts, neighbours, NULL, 2, options, order, places, sizes);
#if defined(__GLIBC__)
  setstate(outside);
#endif
  return status;
}
#endif
