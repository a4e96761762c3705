// What `samovar doctor` looks at: whether this machine can serve, and what to do where it can't.
#pragma once

#include <string>
#include <vector>

namespace samovar::app {

enum class Health { kGood, kPoor, kBad };  // fine; works, but; does not work

struct Finding {
  Health health = Health::kGood;
  std::string what;    // "memory"
  std::string found;   // "3.1 GB can be taken"
  std::string advice;  // what to do; "" when all is well
};

struct DoctorOptions {
  std::string host = "127.0.0.1";
  int port = 8000;
  int api_port = 11434;
};

// In the order in which people should read them. Changes nothing; takes seconds at most.
[[nodiscard]] std::vector<Finding> examine(const DoctorOptions& options);

// A line per finding, its advice indented below.
[[nodiscard]] std::string format_findings(const std::vector<Finding>& findings);

}  // namespace samovar::app
