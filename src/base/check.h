// CHECK(condition): always on, for bugs only. Bytes from outside must never reach one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace samovar {

[[noreturn]] inline void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace samovar

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::samovar::check_failed(__FILE__, __LINE__, #condition))
