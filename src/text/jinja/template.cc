#include "text/jinja/template.h"

#include <exception>

#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"
#include "text/user_text.h"

namespace samovar::text::jinja {
namespace {

Error to_error(const Failure& failure, int line) {
  const int shown = failure.line > 0 ? failure.line : line;
  return {failure.code, "chat template, line " + std::to_string(shown) + ": " + failure.message};
}

}  // namespace

struct Template::Tree {
  Body body;
};

Template::Template(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template> Template::parse(std::string_view source) {
  try {
    auto tree = std::make_unique<Tree>();
    tree->body = parse_template(drop_marks(source));
    return Template(std::move(tree));
  } catch (const Failure& failure) {
    return to_error(failure, 1);
  } catch (const std::bad_alloc&) {
    return Error{Code::kOutOfMemory, "out of memory while reading the chat template"};
  }
}

Result<std::string> Template::render(const Dict& variables, std::string_view date) const {
  try {
    Interpreter interpreter(variables, date);
    try {
      return interpreter.run(tree_->body);
    } catch (const Failure& failure) {
      return to_error(failure, interpreter.line());
    }
  } catch (const std::bad_alloc&) {
    return Error{Code::kOutOfMemory, "out of memory while rendering the chat template"};
  }
}

}  // namespace samovar::text::jinja
