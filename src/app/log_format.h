// How log lines look: for people, or one JSON object a line for machines.
#pragma once

#include <string>

namespace samovar::app {

// "json" or anything else for text. Lines go to stdout.
void set_log_format(const std::string& format);

}  // namespace samovar::app
