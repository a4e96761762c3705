#include "chat/attachment_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "chat/events.h"
#include "chat/office_text.h"
#include "chat/prompt_turns.h"
#include "wire/json.h"

namespace samovar::chat {
namespace {

struct CodeName {
  std::string_view extension;
  std::string_view language;
};

constexpr std::array<CodeName, 52> kCode = {{{"c", "c"},
                                             {"h", "c"},
                                             {"cc", "cpp"},
                                             {"cpp", "cpp"},
                                             {"cxx", "cpp"},
                                             {"hh", "cpp"},
                                             {"hpp", "cpp"},
                                             {"inc", "cpp"},
                                             {"cs", "csharp"},
                                             {"java", "java"},
                                             {"kt", "kotlin"},
                                             {"swift", "swift"},
                                             {"go", "go"},
                                             {"rs", "rust"},
                                             {"py", "python"},
                                             {"rb", "ruby"},
                                             {"php", "php"},
                                             {"pl", "perl"},
                                             {"lua", "lua"},
                                             {"r", "r"},
                                             {"jl", "julia"},
                                             {"js", "javascript"},
                                             {"mjs", "javascript"},
                                             {"jsx", "jsx"},
                                             {"ts", "typescript"},
                                             {"tsx", "tsx"},
                                             {"svelte", "svelte"},
                                             {"vue", "vue"},
                                             {"html", "html"},
                                             {"htm", "html"},
                                             {"css", "css"},
                                             {"scss", "scss"},
                                             {"xml", "xml"},
                                             {"svg", "xml"},
                                             {"sh", "bash"},
                                             {"bash", "bash"},
                                             {"zsh", "bash"},
                                             {"ps1", "powershell"},
                                             {"bat", "bat"},
                                             {"sql", "sql"},
                                             {"yaml", "yaml"},
                                             {"yml", "yaml"},
                                             {"toml", "toml"},
                                             {"ini", "ini"},
                                             {"cfg", "ini"},
                                             {"conf", "ini"},
                                             {"cmake", "cmake"},
                                             {"dockerfile", "dockerfile"},
                                             {"makefile", "makefile"},
                                             {"tex", "latex"},
                                             {"diff", "diff"},
                                             {"patch", "diff"}}};

std::string extension_of(const std::string& name) {
  const size_t dot = name.rfind('.');
  std::string extension = dot == std::string::npos ? name : name.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return extension;
}

void name_kind(const std::string& extension, history::Attachment& file) {
  file.kind = "text";
  if (extension == "md" || extension == "markdown") {
    file.kind = "markdown";
    file.language = "markdown";
  } else if (extension == "csv" || extension == "tsv") {
    file.kind = "csv";
    file.language = "csv";
  } else if (extension == "json" || extension == "jsonl" || extension == "geojson") {
    file.kind = "json";
    file.language = "json";
  }
  for (const CodeName& code : kCode) {
    if (code.extension != extension) continue;
    file.kind = "code";
    file.language = code.language;
  }
}

// What the first bytes say, for files that are no text.
std::string_view guess_binary(std::string_view bytes) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kMagic = {
      {{"\x89PNG", "a PNG image"},
       {"\xff\xd8\xff", "a JPEG image"},
       {"GIF8", "a GIF image"},
       {"RIFF", "an image or a sound"},
       {"PK\x03\x04", "an archive or an office document"},
       {"\x7f"
        "ELF",
        "a program"},
       {"MZ", "a program"},
       {"\x1f\x8b", "a compressed file"},
       {"ID3", "a sound"}}};
  for (const auto& [magic, what] : kMagic) {
    if (bytes.starts_with(magic)) return what;
  }
  return "";
}

bool is_utf8_text(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t n = utf8_length(text.substr(i));
    if (n == 0 || text[i] == '\0') return false;
    i += n;
  }
  return true;
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::string out;
  const auto unit = [&](size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(big_endian ? first << 8U | second : second << 8U | first);
  };
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size()) {
      const char32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(c, out);
  }
  return out;
}

Result<std::string> to_text(const std::string& name, std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.starts_with("\xFF\xFE")) return from_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xFE\xFF")) return from_utf16(bytes.substr(2), true);
  if (is_utf8_text(bytes)) return std::string(bytes);
  const std::string_view guess = guess_binary(bytes);
  const std::string why =
      guess.empty() ? "it is not text in UTF-8 or UTF-16" : "it seems to be " + std::string(guess);
  return Error{Code::kUnsupported, "'" + name + "' cannot be read: " + why};
}

}  // namespace

std::string clean_file_name(const std::string& name) {
  constexpr size_t kMaxName = 200;
  std::string out;
  for (const char c : name) {
    if (c == '/' || c == '\\') {
      out.clear();
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
      out += c;
    }
  }
  while (out.size() > kMaxName) {
    do {
      const bool inside = (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U;
      out.pop_back();
      if (!inside) break;
    } while (!out.empty());
  }
  return out.empty() ? "file" : out;
}

Result<history::Attachment> read_attachment(const std::string& given_name, std::string_view bytes,
                                            const ReadPdf& read_pdf) {
  history::Attachment file;
  file.name = clean_file_name(given_name);
  file.bytes = static_cast<int64_t>(bytes.size());
  const std::string extension = extension_of(file.name);
  Result<std::string> text = std::string();
  if (bytes.starts_with("%PDF-")) {
    file.kind = "pdf";
    text = read_pdf(file.name, bytes);
  } else if (extension == "docx" && bytes.starts_with("PK\x03\x04")) {
    file.kind = "docx";
    text = read_docx_text(file.name, bytes);
  } else {
    name_kind(extension, file);
    text = to_text(file.name, bytes);
  }
  if (!text) return text.error();
  file.text = *std::move(text);
  if (file.text.find_first_not_of(" \t\r\n\f") == std::string::npos) {
    return Error{Code::kUnsupported, "'" + file.name + "' holds no text" +
                                         (file.kind == "pdf" ? " (scanned pages are pictures)" : "")};
  }
  file.characters = static_cast<int64_t>(count_characters(file.text));
  file.tokens = TokenRate().estimate(static_cast<int64_t>(file.text.size()));
  return file;
}

}  // namespace samovar::chat
