// Work on libtorch's own threads.
//
// at::parallel_for runs serially in a program that is compiled without OpenMP, as Swift's clang
// compiles ours. The kernels enter the pool that libtorch has already started instead: a second pool
// of spinning threads beside it would cost a factor of ten on two cores.
#pragma once

#include <cstdint>
#include <type_traits>

namespace spw {

// The number of threads that may take part.
int32_t parallel_width();

// Calls `body(context, task, worker)` once for each task in 0..<task_count, in any order, where
// 0 <= worker < parallel_width(). The first exception is thrown again when all work has ended.
void run_parallel(int64_t task_count, void (*body)(void *context, int64_t task, int32_t worker),
                  void *context);

template <class Body>
void parallel_tasks(int64_t task_count, Body &&body) {
  using Plain = std::remove_reference_t<Body>;
  run_parallel(
      task_count,
      [](void *context, int64_t task, int32_t worker) {
        (*static_cast<Plain *>(context))(task, worker);
      },
      const_cast<void *>(static_cast<const void *>(&body)));
}

// 0..<count in ranges of nearly equal length, at least `grain` but for the last.
struct Ranges {
  int64_t count;
  int64_t length;
  int64_t number;

  Ranges(int64_t total, int64_t grain) : count(total) {
    // Four ranges a thread even out threads of unequal speed.
    const int64_t most = 4 * static_cast<int64_t>(parallel_width());
    const int64_t wanted = (count + grain - 1) / grain;
    const int64_t ranges = wanted < most ? wanted : most;
    length = ranges > 0 ? (count + ranges - 1) / ranges : 0;
    number = length > 0 ? (count + length - 1) / length : 0;
  }

  int64_t begin(int64_t range) const { return range * length; }
  int64_t end(int64_t range) const {
    return begin(range) + length < count ? begin(range) + length : count;
  }
};

// Calls `body(begin, end)` for each range.
template <class Body>
void parallel_ranges(int64_t count, int64_t grain, Body &&body) {
  const Ranges ranges(count, grain);
  parallel_tasks(ranges.number,
                 [&](int64_t range, int32_t) { body(ranges.begin(range), ranges.end(range)); });
}

}  // namespace spw
