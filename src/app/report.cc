#include "app/report.h"

#include <cstdio>

namespace samovar::app {

int report(const Error& error) {
  std::fprintf(stderr, "Error: %s\n", error.message.c_str());
  return 1;
}

}  // namespace samovar::app
