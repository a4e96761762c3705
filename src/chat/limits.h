// Settings that every conversation begins with, and what is accepted from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace samovar::chat {

struct Settings {
  double temperature = 0.2;
  int32_t max_tokens = 1024;
  std::string system_prompt;
};

struct Limits {
  double min_temperature = 0;
  double max_temperature = 2;
  int32_t min_tokens = 1;
  int32_t max_tokens = 8192;
  size_t message_bytes = size_t{1} << 20U;  // of one message, and of the system prompt
  size_t attachment_bytes = size_t{20} << 20U;
  size_t title_bytes = 400;
  size_t max_tags = 20;
};

}  // namespace samovar::chat
