#include "chat/office_text.h"

#ifdef SAMOVAR_POPPLER
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <limits>
#include <memory>
#endif

namespace samovar::chat {

#ifdef SAMOVAR_POPPLER
namespace {

constexpr int kMaxPages = 2000;
constexpr size_t kMaxText = size_t{20} << 20U;

void ignore_message(const std::string&, void*) {}

std::string to_utf8(const poppler::ustring& text) {
  const poppler::byte_array bytes = text.to_utf8();
  return {bytes.begin(), bytes.end()};
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
