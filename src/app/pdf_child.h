// PDF files are read in a process of their own: such files are programs in disguise, and a library of a
// hundred thousand lines reads them. What a hostile one can do ends with that process.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::app {

// As chat::read_pdf_text. kUnsupported also when the file made its reader crash, or took too long.
[[nodiscard]] Result<std::string> read_pdf_apart(const std::string& name, std::string_view bytes);

// What that process does: standard input is the file, standard output its text, or the sentence of an error.
// The exit code for main().
[[nodiscard]] int read_pdf_here(const std::string& name);

}  // namespace samovar::app
