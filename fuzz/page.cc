// What the page's users and its owner hand in: set-ups, exports of other programs, files.
#include <string>

#include "base/utf8.h"
#include "chat/attachment_text.h"
#include "chat/limits.h"
#include "chat/office_text.h"
#include "chat/setup.h"
#include "chat/transfer_json.h"
#include "targets.h"

namespace samovar::fuzz {

void read_setup(std::string_view input) {
  const auto no_file = [](const std::string& path) -> Result<std::string> {
    return Error{Code::kNotFound, path + ": there is no such file"};
  };
  const auto setup = chat::parse_setup(input, "samovar.toml", {}, no_file);
  demand(setup.ok() || setup.error().message.starts_with("samovar.toml"), "a mistake has its place");
}

// Promise: what was imported can be exported and imported again.
void read_import(std::string_view input) {
  const auto parsed = chat::parse_import(input);
  if (!parsed) return demand(!parsed.error().message.empty(), "an error has words");
  std::string exported = chat::encode_export_head(1);
  bool first = true;
  for (const chat::WholeConversation& whole : parsed->conversations) {
    if (!first) exported += ",";
    first = false;
    exported += chat::encode_export_chat(whole);
    static_cast<void>(chat::encode_markdown(whole.chat, whole.messages));
  }
  exported += chat::encode_export_tail();
  const auto again = chat::parse_import(exported);
  demand(again.ok() && again->conversations.size() == parsed->conversations.size(),
         "what was imported can be exported and imported again");
}

// Promise: what is read of a file is text.
void read_docx(std::string_view input) {
  const std::string_view name = take_part(input);
  const auto clean = chat::clean_file_name(std::string(name));
  demand(clean.find('/') == std::string::npos && clean.find('\n') == std::string::npos,
         "a file's name has no folder");
  const auto read = chat::read_docx_text("a.docx", input);
  if (read) demand(is_valid_utf8(*read), "a document's text is UTF-8");
  if (input.starts_with("%PDF")) return;  // read by a library, in a process of its own
  const auto file = chat::read_attachment("a." + clean, input);
  if (file) demand(is_valid_utf8(file->text), "a file's text is UTF-8");
}

}  // namespace samovar::fuzz
