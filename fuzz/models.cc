// Model files and templates: from anywhere on the internet.
#include <sys/mman.h>
#include <unistd.h>

#include <span>
#include <string>

#include "gguf/file.h"
#include "model/config.h"
#include "model/vocabulary.h"
#include "targets.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace samovar::fuzz {
namespace {

// A file in memory, with a name that can be opened.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(memfd_create("fuzz", 0)) {
    demand(fd_ >= 0 && write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
           "a file in memory can be made");
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

bool is_inside(std::span<const std::byte> part, std::span<const std::byte> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

text::TemplateInput conversation() {
  text::TemplateInput input;
  input.messages = {{.role = "system", .content = "Be brief."},
                    {.role = "user", .content = "What is <|im_end|> {{ this }}?"},
                    {.role = "assistant",
                     .content = "A call.",
                     .thinking = "Hm.",
                     .tool_calls = {{.id = "1", .name = "look", .arguments_json = R"({"a":[1,2.5,null]})"}}},
                    {.role = "tool", .content = "\xff 42", .tool_name = "look", .tool_call_id = "1"},
                    {.role = "user", .content = ""}};
  input.tools_json =
      R"([{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object","properties":{"a":{"type":"array"}}}}}])";
  input.think = true;
  input.date = "2026-11-22";
  input.bos_token = "<s>";
  input.eos_token = "</s>";
  input.control_tokens = {"<|im_end|>", "<s>"};
  return input;
}

void render(const Result<std::unique_ptr<text::ChatTemplate>>& made) {
  if (!made) return;
  const auto prompt = (*made)->render(conversation());
  if (!prompt) return;
  for (const auto& range : prompt->plain)
    demand(range.begin <= range.end && range.end <= prompt->text.size(), "plain ranges are inside the text");
}

}  // namespace

void read_gguf(std::string_view input) {
  const MemoryFile memory(input);
  const auto file = gguf::File::open(memory.path());
  if (!file) return;
  for (const gguf::Tensor& tensor : (*file)->directory().tensors)
    demand(is_inside(tensor.bytes, (*file)->mapping().bytes()), "tensors are inside the file");
  for (const size_t n_ctx : {size_t{512}, size_t{1} << 20U})
    static_cast<void>(model::read_config(**file, n_ctx));
  auto vocabulary = model::read_vocabulary(**file);
  if (!vocabulary) return;
  const auto tokenizer = text::make_tokenizer(*std::move(vocabulary));
  if (!tokenizer) return;
  const auto n_vocab = static_cast<text::TokenId>((*tokenizer)->vocabulary().tokens.size());
  for (const std::string_view text :
       {std::string_view("Hello, \xd0\xbc\xd0\xb8\xd1\x80 <s></s> 123\n\n \xff"), input.substr(0, 200)}) {
    for (const auto specials : {text::Specials::kAsText, text::Specials::kParse}) {
      for (const text::TokenId id : (*tokenizer)->encode(text, specials)) {
        demand(id >= 0 && id < n_vocab, "tokens are of the vocabulary");
        static_cast<void>((*tokenizer)->token_bytes(id, specials));
      }
    }
  }
}

void render_jinja(std::string_view input) {
  static_cast<void>(text::inspect_template(input));
  render(text::make_jinja_template(input));
}

void render_go(std::string_view input) { render(text::make_go_template(input)); }

}  // namespace samovar::fuzz
