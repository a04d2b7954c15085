#ifndef CAMD_SHIM_H
#define CAMD_SHIM_H
// Homebrew and most distributions put the headers of SuiteSparse into a folder of their own.
#if __has_include(<suitesparse/amd.h>)
#include <suitesparse/amd.h>
#else
#include <amd.h>
#endif
#endif
