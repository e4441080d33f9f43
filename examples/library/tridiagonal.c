/* Compiled by
       cc -O2 -shared -fPIC -o libtridiagonal.so tridiagonal.c */

/* Solves a tridiagonal system by elimination without pivoting (L. H. Thomas, 1949). `lower` and `upper` have n - 1
   elements; `work` has n. Returns 0, or i + 1 if the pivot of row i is zero. */
int solve(int n, const double *lower, const double *diagonal, const double *upper, const double *right, double *work,
          double *x)
{
    double pivot = diagonal[0];
    if (pivot == 0) return 1;
    x[0] = right[0] / pivot;
    for (int i = 1; i < n; i++) {
        work[i] = upper[i - 1] / pivot;
        pivot = diagonal[i] - lower[i - 1] * work[i];
        if (pivot == 0) return i + 1;
        x[i] = (right[i] - lower[i - 1] * x[i - 1]) / pivot;
    }
    for (int i = n - 2; i >= 0; i--) x[i] -= work[i + 1] * x[i + 1];
    return 0;
}
