/// Vector kernels: the few loops that must be compiled for several instruction sets.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "ck_random.h"

#include "ck_black76.h"

#include "ck_covariance.h"

#include "ck_compensated.h"

#include "ck_products.h"

#include "ck_sobol.h"

#include "ck_tail.h"

#include "ck_vectors.h"

#include "ck_columns.h"

#include "ck_garch.h"

#include "ck_filtered.h"

#include "ck_exact_sum.h"

#include "ck_piecewise.h"

#include "ck_grid.h"

#endif
