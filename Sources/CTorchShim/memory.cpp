// Memory of large tensors on the CPU: blocks that are used again instead of given back.
//
// A training step frees every activation and asks for the same sizes in the next. malloc returns blocks
// of this size to the system, which clears each page when it is touched again: a sixth of a step. Here
// freed blocks wait to be taken again. What is held never exceeds the most that was in use at once:
// before more is taken from the system, waiting blocks are given back. Blocks begin at multiples of
// 2 MiB, so that the system can map them by huge pages.
#include <sys/mman.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "libtorch.hpp"

namespace spw {

namespace {

constexpr size_t huge_page = size_t{2} << 20;
// Smaller blocks are malloc's, which keeps them itself.
constexpr size_t smallest_block = size_t{1} << 20;

// The next multiple of an eighth of the largest power of two below, and of huge pages: few sizes serve
// all, an eighth is wasted at the most.
size_t rounded_size(size_t bytes) {
  const size_t power = size_t{1} << (63 - __builtin_clzll(bytes));
  const size_t step = std::max(power / 8, huge_page);
  return (bytes + step - 1) / step * step;
}

void *take_from_system(size_t size) {
  const size_t length = size + huge_page;
  void *mapped =
      mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TORCH_CHECK_WITH(OutOfMemoryError, mapped != MAP_FAILED, "there is no memory for ", size,
                   " bytes");
  const auto begin = reinterpret_cast<uintptr_t>(mapped);
  const uintptr_t block = (begin + huge_page - 1) / huge_page * huge_page;
  if (block > begin) munmap(mapped, block - begin);
  if (begin + length > block + size) {
    munmap(reinterpret_cast<void *>(block + size), begin + length - block - size);
  }
#ifdef MADV_HUGEPAGE
  madvise(reinterpret_cast<void *>(block), size, MADV_HUGEPAGE);
#endif
  return reinterpret_cast<void *>(block);
}

class BlockAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes < smallest_block) return c10::GetDefaultCPUAllocator()->allocate(bytes);
    void *block = take(rounded_size(bytes));
    return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void *to, const void *from, size_t count) const override {
    default_copy_data(to, from, count);
  }

 private:
  static void release(void *block);

  void *take(size_t size) {
    std::lock_guard<std::mutex> lock(mutex);
    void *block = take_waiting(size);
    if (block == nullptr) {
      peak_bytes = std::max(peak_bytes, used_bytes + size);
      while (!waiting.empty() && used_bytes + waiting_bytes + size > peak_bytes) {
        const auto largest = std::prev(waiting.end());
        munmap(largest->second, largest->first);
        waiting_bytes -= largest->first;
        waiting.erase(largest);
      }
      block = take_from_system(size);
      used.emplace(block, size);
    }
    used_bytes += used[block];
    return block;
  }

  // A waiting block of the size or little more, null when there is none.
  void *take_waiting(size_t size) {
    const auto found = waiting.lower_bound(size);
    if (found == waiting.end() || found->first > size + size / 4) return nullptr;
    void *block = found->second;
    used.emplace(block, found->first);
    waiting_bytes -= found->first;
    waiting.erase(found);
    return block;
  }

  // False when the block is not one of these.
  bool give_back(void *block) {
    std::lock_guard<std::mutex> lock(mutex);
    const auto found = used.find(block);
    if (found == used.end()) return false;
    waiting.emplace(found->second, block);
    used_bytes -= found->second;
    waiting_bytes += found->second;
    used.erase(found);
    return true;
  }

  std::mutex mutex;
  std::unordered_map<void *, size_t> used;
  std::multimap<size_t, void *> waiting;  // by size
  size_t used_bytes = 0;
  size_t waiting_bytes = 0;
  size_t peak_bytes = 0;
};

// Never destroyed: tensors of the program's end still give their blocks back.
BlockAllocator &allocator() {
  static auto *instance = new BlockAllocator;
  return *instance;
}

void BlockAllocator::release(void *block) {
  if (!allocator().give_back(block)) c10::GetDefaultCPUAllocator()->raw_deleter()(block);
}

[[maybe_unused]] const bool is_registered = [] {
  c10::SetCPUAllocator(&allocator(), /*priority=*/1);
  return true;
}();

}  // namespace

}  // namespace spw
