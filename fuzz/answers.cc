// What models and other servers say. A list of tags or names, a line "----", and what is said.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "backend/sse_reader.h"
#include "backend/thinking_splitter.h"
#include "backend/tool_call_parser.h"
#include "sampling/stop_matcher.h"
#include "targets.h"
#include "text/stream_decoder.h"

namespace samovar::fuzz {
namespace {

using Pieces = std::vector<std::string_view>;

// The whole; and in pieces whose lengths the text itself gives.
Pieces cut(std::string_view text) {
  Pieces pieces;
  for (size_t at = 0; at < text.size();) {
    const size_t n = 1 + static_cast<unsigned char>(text[at]) % 5U;
    pieces.push_back(text.substr(at, n));
    at += n;
  }
  return pieces;
}

std::string calls_of(const Pieces& pieces, const std::string& tag) {
  backend::ToolCallParser parser(tag, {"look", "get_weather"});
  std::string content, calls;
  const auto take = [&](const backend::ToolText& part) {
    content += part.content;
    for (const text::ToolCall& call : part.calls) calls += call.name + call.arguments_json + "\n";
  };
  for (const std::string_view piece : pieces) take(parser.push(piece));
  take(parser.finish());
  return content + "\n" + calls;
}

std::string split_of(const Pieces& pieces, bool inside) {
  backend::ThinkingSplitter splitter(inside);
  std::string thinking, content;
  const auto take = [&](const backend::SplitText& part) {
    thinking += part.thinking;
    content += part.content;
  };
  for (const std::string_view piece : pieces) take(splitter.push(piece));
  take(splitter.finish());
  return thinking + "\n" + content;
}

std::string events_of(const Pieces& pieces) {
  backend::SseReader reader(1000);
  std::string events;
  const auto take = [&](std::string_view data) {
    events.append(data).append("\n--\n");
    return true;
  };
  for (const std::string_view piece : pieces) {
    if (!reader.read(piece, take)) return "too long";
  }
  reader.end(take);
  return events;
}

}  // namespace

// Promise: what is understood does not depend on where a text was cut.
void read_answers(std::string_view input) {
  const std::string tag(take_part(input));
  const Pieces whole = {input};
  const Pieces pieces = cut(input);
  for (const std::string& opening :
       {tag, std::string("{"), std::string("<tool_call>"), std::string("[TOOL_CALLS]")})
    demand(calls_of(whole, opening) == calls_of(pieces, opening),
           "tool calls are the same however they are cut");
  for (const bool inside : {false, true})
    demand(split_of(whole, inside) == split_of(pieces, inside), "thoughts are the same however they are cut");
  demand(events_of(whole) == events_of(pieces), "events are the same however they are cut");
}

}  // namespace samovar::fuzz
