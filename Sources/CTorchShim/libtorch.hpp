// All of libtorch that the shim uses. Marked as a system header so that warnings inside libtorch do
// not fail a build in which our own warnings are errors.
#pragma once
#pragma GCC system_header

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <torch/version.h>
