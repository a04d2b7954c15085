// The kernels get names that begin with VARIANT instead of ck.
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define ck_philox4x32 JOIN(VARIANT, _philox4x32)
#define ck_uniforms JOIN(VARIANT, _uniforms)
#define ck_normals JOIN(VARIANT, _normals)
#define ck_gammas JOIN(VARIANT, _gammas)
#define ck_normal_quantiles JOIN(VARIANT, _normal_quantiles)
#define ck_normal_quantile JOIN(VARIANT, _normal_quantile)
#define ck_add_product JOIN(VARIANT, _add_product)
#define ck_sobol_directions JOIN(VARIANT, _sobol_directions)
#define ck_sobol_scramble JOIN(VARIANT, _sobol_scramble)
#define ck_sobol_points JOIN(VARIANT, _sobol_points)
#define ck_sobol_nested_points JOIN(VARIANT, _sobol_nested_points)
