#define VARIANT avx2
#if defined(__x86_64__)
#define CK_CLONES __attribute__((target("arch=x86-64-v3")))
#else
#define CK_CLONES
#endif

#include "rename.h"

#include "../../Sources/CKernels/random.c"
#include "../../Sources/CKernels/sobol.c"

int avx2_runs(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("x86-64-v3");
#else
  return 1;
#endif
}
