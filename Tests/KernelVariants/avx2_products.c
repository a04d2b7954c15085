#define VARIANT avx2
#if defined(__x86_64__)
#define CK_CLONES __attribute__((target("arch=x86-64-v3")))
#else
#define CK_CLONES
#endif

#include "rename.h"

#include "../../Sources/CKernels/products.c"
