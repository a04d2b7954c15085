#define VARIANT baseline
#define CK_CLONES

#include "rename.h"
