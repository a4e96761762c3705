#include "backend/local_library.h"

#include <pthread.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "catalog/blobs.h"
#include "catalog/create.h"
#include "catalog/facts.h"
#include "quantize/convert.h"
#include "wire/json_writer.h"

namespace samovar::backend {

// One operation under way.
class LocalLibrary::Job : public Run {
 public:
  explicit Job(std::shared_ptr<ProgressListener> given) : listener(std::move(given)) {}
  void cancel() override { stop.request(); }

  void tell(Progress progress) const { listener->on_progress(std::move(progress)); }

  registry::Stop stop;
  const std::shared_ptr<ProgressListener> listener;
};

namespace {

Error invalid_digest() { return {Code::kInvalidArgument, "invalid digest format"}; }

// In Ollama's words.
Error unknown_type(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return {Code::kInvalidArgument,
          "unsupported quantization type " + name + " - supported types are " + quantize::list_file_types()};
}

Progress to_progress(const registry::Step& step) {
  return {.status = step.status,
          .digest = step.digest,
          .total_bytes = step.total_bytes,
          .completed_bytes = step.completed_bytes};
}

Result<catalog::CreateRequest> to_catalog(const CreateRequest& request) {
  catalog::CreateRequest out;
  const Result<catalog::Name> name = catalog::parse_name(request.model);
  if (!name) return name.error();
  out.name = *name;
  if (!request.from.empty()) {
    const Result<catalog::Name> from = catalog::parse_name(request.from);
    if (!from) return from.error();
    out.from = *from;
  }
  out.files = request.files;
  out.adapters = request.adapters;
  out.template_text = request.template_text;
  out.system = request.system;
  out.licenses = request.licenses;
  out.params_json = request.params_json;
  out.messages_json = request.messages_json;
  return out;
}

}  // namespace

LocalLibrary::LocalLibrary(std::filesystem::path root, const registry::DownloadOptions& options)
    : store_(std::move(root)), options_(options) {}

LocalLibrary::~LocalLibrary() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  for (const std::weak_ptr<Job>& job : jobs_) {
    if (const std::shared_ptr<Job> alive = job.lock()) alive->cancel();
  }
  none_running_.wait(lock, [this] { return n_running_ == 0; });
}

// Detached, and counted: threads that have ended need nobody to join them.
void LocalLibrary::spawn(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    ++n_running_;
  }
  std::thread thread([this, work = std::move(work)]() mutable {
    work();
    work = nullptr;  // what it holds goes before the library may
    const std::lock_guard lock(mutex_);
    if (--n_running_ == 0) none_running_.notify_all();
  });
  pthread_setname_np(thread.native_handle(), "library");
  thread.detach();
}

std::shared_ptr<Run> LocalLibrary::start(std::shared_ptr<ProgressListener> listener, Work work) {
  auto job = std::make_shared<Job>(std::move(listener));
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [](const std::weak_ptr<Job>& known) { return known.expired(); });
    jobs_.push_back(job);
    if (closing_) job->cancel();
  }
  spawn([job, work = std::move(work)] { job->listener->on_end(work(*job)); });
  return job;
}

std::shared_ptr<Run> LocalLibrary::pull(TransferRequest request, std::shared_ptr<ProgressListener> listener) {
  return start(std::move(listener),
               [this, request = std::move(request)](Job& job) { return run_pull(job, request); });
}

std::shared_ptr<Run> LocalLibrary::push(TransferRequest request, std::shared_ptr<ProgressListener> listener) {
  return start(std::move(listener),
               [this, request = std::move(request)](Job& job) { return run_push(job, request); });
}

std::shared_ptr<Run> LocalLibrary::create(CreateRequest request, std::shared_ptr<ProgressListener> listener) {
  return start(std::move(listener),
               [this, request = std::move(request)](Job& job) { return run_create(job, request); });
}

Result<void> LocalLibrary::run_pull(Job& job, const TransferRequest& request) {
  const Result<registry::Reference> reference = registry::parse_reference(request.model, request.insecure);
  if (!reference) return reference.error();
  const registry::Tell tell = [&job](const registry::Step& step) { job.tell(to_progress(step)); };
  registry::Session session(client_, job.stop,
                            {.base_url = reference->base_url,
                             .insecure = request.insecure,
                             .may_fall_back = reference->may_fall_back});
  return reference->file_url.empty() ? registry::pull_model(store_, session, *reference, options_, tell)
                                     : registry::pull_file(store_, session, *reference, options_, tell);
}

Result<void> LocalLibrary::run_push(Job& job, const TransferRequest& request) {
  const Result<registry::Reference> reference = registry::parse_reference(request.model, request.insecure);
  if (!reference) return reference.error();
  if (!reference->file_url.empty()) {
    return Error{Code::kInvalidArgument,
                 "'" + request.model + "' is a file's address: models are pushed to registries"};
  }
  registry::Session session(client_, job.stop,
                            {.base_url = reference->base_url,
                             .insecure = request.insecure,
                             .may_fall_back = reference->may_fall_back});
  return registry::push_model(store_, session, *reference, options_,
                              [&job](const registry::Step& step) { job.tell(to_progress(step)); });
}

Result<void> LocalLibrary::run_create(Job& job, const CreateRequest& request) {
  Result<catalog::CreateRequest> create = to_catalog(request);
  if (!create) return create.error();
  if (!request.quantize.empty()) {
    const auto type = quantize::find_file_type(request.quantize);
    if (!type) return unknown_type(request.quantize);
    create->convert = [this, &job, type = *type](const std::filesystem::path& gguf) {
      return run_quantize(job, gguf, type);
    };
  }
  if (Result<void> checked = catalog::check_create(*create); !checked) return checked;
  if (create->from) {
    const Result<std::string> base = store_.manifest_text(*create->from);
    if (!base && base.error().code != Code::kNotFound) return base.error();
    if (!base) {
      const registry::Tell tell = [&job](const registry::Step& step) {
        if (step.status != "success") job.tell(to_progress(step));
      };
      const Result<registry::Reference> reference = registry::parse_reference(request.from, false);
      if (!reference) return reference.error();
      registry::Session session(client_, job.stop, {.base_url = reference->base_url});
      const Result<void> pulled = registry::pull_model(store_, session, *reference, options_, tell);
      if (!pulled) return pulled;
    }
  }
  const Result<void> made = catalog::create_model(
      store_, *create, [&job](std::string line) { job.tell({.status = std::move(line)}); });
  if (made) job.tell({.status = "success"});
  return made;
}

Result<std::string> LocalLibrary::run_quantize(Job& job, const std::filesystem::path& gguf,
                                               const quantize::FileType& type) {
  const auto source = gguf::File::open(gguf);
  if (!source) return source.error();
  const Result<std::filesystem::path> temporary = catalog::make_temporary_path(store_.root());
  if (!temporary) return temporary.error();
  const std::string status = "quantizing " + catalog::read_facts(**source).quantization_level + " model to " +
                             std::string(type.name);
  // Half of the cores: others wait for answers meanwhile.
  platform::ThreadPool pool(std::max(1U, std::thread::hardware_concurrency() / 2));
  const auto outcome =
      quantize::convert_file(**source, *temporary, {.type = type}, pool, [&](const auto& progress) {
        job.tell({.status = status,
                  .digest = "0000000000000000000",
                  .total_bytes = progress.total_bytes,
                  .completed_bytes = progress.done_bytes});
        return !job.stop.requested();
      });
  if (!outcome) {
    const bool quantised = outcome.error().message.ends_with(" already");
    if (!quantised) return outcome.error();
    return Error{Code::kInvalidArgument, "quantization is only supported for F16, BF16 and F32 models"};
  }
  const Result<catalog::Layer> layer = catalog::add_file_blob(store_.root(), *temporary, {});
  std::error_code ignored;
  std::filesystem::remove(*temporary, ignored);
  if (!layer) return layer.error();
  return layer->digest_hex;
}

void LocalLibrary::copy(std::string source, std::string destination, Callback<void> callback) {
  const Result<catalog::Name> from = catalog::parse_name(source);
  const Result<catalog::Name> to = catalog::parse_name(destination);
  if (!from) {
    return callback(Error{Code::kInvalidArgument, "source " + wire::quote_go(source) + " is invalid"});
  }
  if (!to) {
    return callback(
        Error{Code::kInvalidArgument, "destination " + wire::quote_go(destination) + " is invalid"});
  }
  spawn([this, from = *from, to = *to, source = std::move(source), callback = std::move(callback)] {
    Result<void> copied = store_.copy(from, to);
    if (!copied && copied.error().code == Code::kNotFound) {
      copied = Error{Code::kNotFound, "model " + wire::quote_go(source) + " not found"};
    }
    callback(std::move(copied));
  });
}

void LocalLibrary::remove(std::string model, Callback<void> callback) {
  const Result<catalog::Name> name = catalog::parse_name(model);
  if (!name) return callback(Error{Code::kInvalidArgument, "name " + wire::quote_go(model) + " is invalid"});
  spawn([this, name = *name, model = std::move(model), callback = std::move(callback)] {
    Result<void> removed = store_.remove(name);
    if (!removed && removed.error().code == Code::kNotFound) {
      removed = Error{Code::kNotFound, "model '" + model + "' not found"};
    }
    callback(std::move(removed));
  });
}

void LocalLibrary::has_blob(std::string digest, Callback<bool> callback) {
  const std::string hex = catalog::parse_digest(digest);
  if (hex.empty()) return callback(invalid_digest());
  callback(catalog::has_blob(store_.root(), hex));
}

void LocalLibrary::put_blob(std::string digest, std::shared_ptr<http::BodyPipe> body,
                            Callback<bool> callback) {
  const std::string hex = catalog::parse_digest(digest);
  if (hex.empty()) return callback(invalid_digest());
  if (catalog::has_blob(store_.root(), hex)) return callback(false);
  spawn([this, hex, body = std::move(body), callback = std::move(callback)] {
    Result<bool> taken = take_blob(hex, *body);
    body->close();
    callback(std::move(taken));
  });
}

Result<bool> LocalLibrary::take_blob(const std::string& digest, http::BodyPipe& body) {
  Result<std::unique_ptr<catalog::BlobWriter>> writer = catalog::BlobWriter::open(store_.root());
  if (!writer) return writer.error();
  while (true) {
    const Result<std::string> piece = body.read();
    if (!piece) return piece.error();
    if (piece->empty()) break;
    if (Result<void> written = (*writer)->write(*piece); !written) return written.error();
  }
  const Result<void> finished = (*writer)->finish(digest);
  if (!finished) return finished.error();
  return true;
}

void LocalLibrary::add_file(std::filesystem::path file, FileProgress progress,
                            Callback<std::string> callback) {
  spawn([this, file = std::move(file), progress = std::move(progress), callback = std::move(callback)] {
    const Result<catalog::Layer> layer = catalog::add_file_blob(store_.root(), file, progress);
    if (!layer) return callback(layer.error());
    callback("sha256:" + layer->digest_hex);
  });
}

}  // namespace samovar::backend
