// What the operations need to take part in automatic differentiation. A system header, like
// libtorch.hpp, so that warnings inside libtorch do not fail the build.
#pragma once
#pragma GCC system_header

#include <torch/csrc/autograd/custom_function.h>

#include "../libtorch.hpp"
