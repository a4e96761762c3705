#include "kernels/table.h"
