#define VARIANT baseline
#define CK_CLONES

#include "rename.h"

#include "../../Sources/CKernels/random.c"
#include "../../Sources/CKernels/sobol.c"
