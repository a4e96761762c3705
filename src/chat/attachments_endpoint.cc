// POST /ui/attachments, GET and DELETE /ui/attachments/{id}
#include "chat/attachment_text.h"
#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

// `tmp-...` ids are in memory, as temporary chats are.
std::string make_file_id(bool temporary) { return (temporary ? "tmp-f" : "f-") + make_random_id(10); }

void upload(const Call& call) {
  const Context context = call.context;
  if (!context->deps.setup.features.attachments)
    return send_error(*call.writer, {Code::kUnsupported, "files are switched off on this server"});
  const size_t most = context->deps.limits.attachment_bytes;
  if (call.request.body.size() > most) {
    return send_error(*call.writer,
                      {Code::kTooLarge, "the file has " + std::to_string(call.request.body.size()) +
                                            " bytes, at most " + std::to_string(most) + " are allowed"});
  }
  if (call.request.body.empty())
    return send_error(*call.writer, {Code::kInvalidArgument, "the file is empty"});
  const bool temporary = http::query_value(call.request, "temporary").value_or("") == "1";
  using history::Attachment;
  const auto store_it = [context, owner = call.owner, temporary,
                         writer = call.writer](Result<Attachment> file) {
    if (!file) return send_error(*writer, file.error());
    file->id = make_file_id(temporary);
    file->owner = owner;
    file->created_ms = context->wall_ms();
    context->archive_of(file->id).write<Attachment>(
        [file = *file](history::Store& store) -> Result<Attachment> {
          if (const auto put = store.put_attachment(file); !put) return put.error();
          return file;
        },
        [writer](const Result<Attachment>& put) {
          if (!put) return send_error(*writer, put.error());
          send_json(*writer, encode_attachment(*put));
        });
  };
  // Reading a long document takes a while: not on the server's thread, and not where conversations are read.
  context->deps.temporary->read<Attachment>(
      [context, body = call.request.body, name = http::query_value(call.request, "name").value_or("file")](
          history::Store&) { return read_attachment(name, body, context->deps.read_pdf); },
      store_it);
}

void read_file(const Call& call) {
  call.archive().read<history::Attachment>(
      [owner = call.owner, id = call.chat](history::Store& store) -> Result<history::Attachment> {
        Result<std::optional<history::Attachment>> file = store.find_attachment(owner, id);
        if (!file) return file.error();
        if (!*file) return Error{Code::kNotFound, "attachment '" + id + "' not found"};
        return **std::move(file);
      },
      [writer = call.writer](const Result<history::Attachment>& file) {
        if (!file) return send_error(*writer, file.error());
        std::string json = encode_attachment(*file);
        json.pop_back();
        send_json(*writer, json + ",\"text\":" + wire::to_json_string(file->text) + "}");
      });
}

void delete_file(const Call& call) {
  call.archive().write<bool>([owner = call.owner, id = call.chat](
                                 history::Store& store) { return store.erase_attachment(owner, id); },
                             [writer = call.writer](const Result<bool>& erased) {
                               if (!erased) return send_error(*writer, erased.error());
                               send_nothing(*writer);
                             });
}

}  // namespace

void add_attachments(http::Router& router, const Context& context) {
  add_route(router, context, "POST", "/ui/attachments", Body::kBytes, upload);
  add_route(router, context, "GET", "/ui/attachments/{id}", Body::kNone, read_file);
  add_route(router, context, "DELETE", "/ui/attachments/{id}", Body::kNone, delete_file);
}

}  // namespace samovar::chat
