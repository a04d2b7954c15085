#ifndef CMETIS_SHIM_H
#define CMETIS_SHIM_H
#include <metis.h>

// METIS_NOPTIONS in a form that Swift imports.
enum { METIS_OPTION_COUNT = METIS_NOPTIONS };
#endif
