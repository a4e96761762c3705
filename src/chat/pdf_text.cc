#include "chat/office_text.h"

#ifdef SAMOVAR_POPPLER
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <limits>
#include <memory>

#include "text/utf8.h"
#endif

namespace samovar::chat {

#ifdef SAMOVAR_POPPLER
namespace {

constexpr int kMaxPages = 2000;
constexpr size_t kMaxText = size_t{20} << 20U;

void ignore_message(const std::string&, void*) {}

// Poppler's own way goes through iconv, whose UTF-16 is a file that a container without a system does not
// have. Halves of pairs that stand alone become U+FFFD.
std::string to_utf8(const poppler::ustring& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char32_t code = text[i];
    const bool is_high = code >= 0xD800 && code < 0xDC00;
    const bool is_low = code >= 0xDC00 && code < 0xE000;
    const char32_t next = i + 1 < text.size() ? text[i + 1] : 0;
    if (is_high && next >= 0xDC00 && next < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10U) + (next - 0xDC00);
      ++i;
    } else if (is_high || is_low) {
      code = 0xFFFD;
    }
    text::append_utf8(code, out);
  }
  return out;
}

}  // namespace

bool reads_pdf() { return true; }

Result<std::string> read_pdf_text(const std::string& name, std::string_view bytes) {
  poppler::set_debug_error_function(ignore_message, nullptr);
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return Error{Code::kTooLarge, "'" + name + "' is too large"};
  const std::unique_ptr<poppler::document> document(
      poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
  if (!document) return Error{Code::kUnsupported, "'" + name + "' is a damaged PDF file"};
  if (document->is_locked()) return Error{Code::kUnsupported, "'" + name + "' is locked with a password"};
  if (document->pages() > kMaxPages) {
    return Error{Code::kTooLarge, "'" + name + "' has " + std::to_string(document->pages()) +
                                      " pages, at most " + std::to_string(kMaxPages) + " are read"};
  }
  std::string out;
  for (int i = 0; i < document->pages() && out.size() < kMaxText; ++i) {
    const std::unique_ptr<poppler::page> page(document->create_page(i));
    if (page) out += to_utf8(page->text()) + "\n";
  }
  return out;
}
#else
bool reads_pdf() { return false; }

Result<std::string> read_pdf_text(const std::string& name, std::string_view) {
  return Error{Code::kUnsupported,
               "'" + name + "' is a PDF file, and this program was built without poppler, which reads them"};
}
#endif

}  // namespace samovar::chat
