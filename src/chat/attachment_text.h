// The text of a file that somebody attached: what kind it is and what of it a model can read. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/office_text.h"
#include "history/records.h"

namespace samovar::chat {

// Name, kind, language, sizes and text of a file; the id is the caller's affair. kUnsupported for what is no
// text (images, programs, unknown encodings): the message says what it seems to be.
[[nodiscard]] Result<history::Attachment> read_attachment(const std::string& name, std::string_view bytes,
                                                          const ReadPdf& read_pdf = read_pdf_text);

// The file's name without folders and control characters.
[[nodiscard]] std::string clean_file_name(const std::string& name);

}  // namespace samovar::chat
