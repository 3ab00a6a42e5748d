#include "boundary.hpp"

#include <new>
#include <string>

namespace spw {

namespace {
thread_local std::string last_message;

// libtorch appends a C++ backtrace after the first line that says nothing to a Swift caller.
std::string without_backtrace(const c10::Error &error) { return error.what_without_backtrace(); }

int32_t record(int32_t status, const char *operation, const std::string &message) noexcept {
  try {
    last_message = std::string(operation) + ": " + message;
  } catch (...) {
    last_message.clear();
  }
  return status;
}
}  // namespace

int32_t record_failure(int32_t status, const char *operation, const std::string &message) noexcept {
  return record(status, operation, message);
}

int32_t record_exception(const char *operation) noexcept {
  try {
    throw;
  } catch (const c10::OutOfMemoryError &error) {
    return record(SPW_OUT_OF_MEMORY, operation, without_backtrace(error));
  } catch (const c10::NotImplementedError &error) {
    return record(SPW_NOT_IMPLEMENTED, operation, without_backtrace(error));
  } catch (const c10::Error &error) {
    const std::string message = without_backtrace(error);
    const bool out_of_memory = message.find("not enough memory") != std::string::npos ||
                               message.find("can't allocate memory") != std::string::npos;
    return record(out_of_memory ? SPW_OUT_OF_MEMORY : SPW_INVALID_ARGUMENT, operation, message);
  } catch (const std::bad_alloc &) {
    return record(SPW_OUT_OF_MEMORY, operation, "not enough memory");
  } catch (const std::exception &error) {
    return record(SPW_FAILURE, operation, error.what());
  } catch (...) {
    return record(SPW_FAILURE, operation, "unknown failure");
  }
}

}  // namespace spw

extern "C" const char *spw_last_message(void) { return spw::last_message.c_str(); }
