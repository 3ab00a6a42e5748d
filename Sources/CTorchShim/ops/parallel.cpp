// Entry into libtorch's thread pool.
#include "parallel.hpp"

#include <atomic>
#include <exception>
#include <mutex>

#include "../libtorch.hpp"
#include "instructions.hpp"

#if defined(__APPLE__)
#include <dispatch/dispatch.h>
#else
#include <dlfcn.h>
#endif

namespace spw {

namespace {

struct Region {
  int64_t task_count;
  int32_t width;
  void (*body)(void *, int64_t, int32_t);
  void *context;
  int32_t limit;  // of instructions, as the caller has it
  std::atomic<int64_t> next_task{0};
  std::atomic<int32_t> next_worker{0};
  std::mutex failure_lock = {};
  std::exception_ptr failure = {};

  // Takes tasks until none is left.
  void work() noexcept {
    const int32_t worker = next_worker.fetch_add(1);
    if (worker >= width) return;
    const int32_t limit_before = instruction_limit();
    set_instruction_limit(limit);
    for (int64_t task = next_task++; task < task_count; task = next_task++) {
      try {
        body(context, task, worker);
      } catch (...) {
        const std::lock_guard<std::mutex> guard(failure_lock);
        if (!failure) failure = std::current_exception();
        next_task.store(task_count);
      }
    }
    set_instruction_limit(limit_before);
  }
};

void run_serially(int64_t task_count, void (*body)(void *, int64_t, int32_t), void *context) {
  for (int64_t task = 0; task < task_count; ++task) body(context, task, 0);
}

#if !defined(__APPLE__)
// The entry of GNU's OpenMP runtime; LLVM's and Intel's runtimes offer it too.
using ParallelEntry = void (*)(void (*)(void *), void *, unsigned, unsigned);

ParallelEntry parallel_entry() {
  static const auto entry =
      reinterpret_cast<ParallelEntry>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return entry;
}
#endif

}  // namespace

int32_t parallel_width() { return at::in_parallel_region() ? 1 : at::get_num_threads(); }

void run_parallel(int64_t task_count, void (*body)(void *, int64_t, int32_t), void *context) {
  const int32_t width = parallel_width();
  if (task_count <= 1 || width == 1) return run_serially(task_count, body, context);
  Region region{task_count, width, body, context, instruction_limit()};
#if defined(__APPLE__)
  dispatch_apply_f(static_cast<size_t>(width), DISPATCH_APPLY_AUTO, &region,
                   [](void *pointer, size_t) { static_cast<Region *>(pointer)->work(); });
#else
  if (parallel_entry() == nullptr) return run_serially(task_count, body, context);
  // 0 asks for the whole pool: a team of another size would end and start threads.
  parallel_entry()([](void *pointer) { static_cast<Region *>(pointer)->work(); }, &region, 0, 0);
#endif
  if (region.failure) std::rethrow_exception(region.failure);
}

}  // namespace spw
