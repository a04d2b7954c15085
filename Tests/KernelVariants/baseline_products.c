#define VARIANT baseline
#define CK_CLONES

#include "rename.h"

#include "../../Sources/CKernels/products.c"
