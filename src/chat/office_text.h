// Texts inside PDF and DOCX files.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::chat {

// Whether this program was built with what reads PDF files.
[[nodiscard]] bool reads_pdf();

// kUnsupported: locked, damaged, or this program was built without poppler. May take seconds for a long file.
[[nodiscard]] Result<std::string> read_pdf_text(const std::string& name, std::string_view bytes);

// How PDF files are read: here, or where they can do no harm.
using ReadPdf = std::function<Result<std::string>(const std::string& name, std::string_view bytes)>;

// The paragraphs of word/document.xml. kUnsupported when the archive cannot be read, kTooLarge when it
// unpacks to too much.
[[nodiscard]] Result<std::string> read_docx_text(const std::string& name, std::string_view bytes);

}  // namespace samovar::chat
