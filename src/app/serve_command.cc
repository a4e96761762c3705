#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.h"
#include "app/environment.h"
#include "app/report.h"
#include "app/serve.h"

namespace samovar::app {
namespace {

// What the command line does not say, OLLAMA_HOST may.
int serve_where_told(const CLI::App& command, ServeOptions options) {
  const auto told = bind_address();
  if (!told) return report(told.error());
  if (*told && command.count("--host") == 0) options.host = (*told)->host;
  if (const auto days = keep_days(); !days) return report(days.error());
  if (command.count("--keep-days") == 0) options.keep_days = *keep_days();
  if (*told && command.count("--api-port") == 0) options.api_port = (*told)->port;
  return serve(options);
}

}  // namespace

void add_serve_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("serve", "Serve the chat page and the Ollama and OpenAI API");
  command->alias("start");
  command->footer(
      "\nEnvironment:\n"
      "  OLLAMA_HOST=http://HOST:PORT  answers come from that Ollama server instead of the built-in engine\n"
      "  OLLAMA_HOST=HOST[:PORT]       without http://: where to listen, unless --host or --api-port say it\n"
      "  OLLAMA_KEEP_ALIVE             how long other models stay in memory (5m)\n"
      "  OLLAMA_CONTEXT_LENGTH         tokens of a conversation unless a request says otherwise (4096)\n"
      "  OLLAMA_NUM_PARALLEL           conversations answered at once (4); more wait in line\n"
      "  OLLAMA_KV_CACHE_TYPE          as --kv-cache\n"
      "  OLLAMA_MAX_QUEUE              requests that may wait (512)\n"
      "  SAMOVAR_REQUEST_TIMEOUT       how long an answer of the API may take, waiting included (120s); 0: "
      "any time\n"
      "  OLLAMA_MAX_LOADED_MODELS      models in memory at once (3)\n"
      "  SAMOVAR_MEMORY                what all models together may take, such as 3GB; default: what is "
      "free\n"
      "  SAMOVAR_REQUIRE_KEY=1         demand an API key also while there is none ('samovar key create')\n"
      "  OLLAMA_MAX_TRANSFER_STREAMS   ranges of a file that 'pull' downloads at once (8)\n"
      "  SAMOVAR_KEEP_DAYS             as --keep-days\n"
      "  SAMOVAR_DATABASE              postgresql://USER:PASSWORD@HOST/NAME: conversations are kept there\n"
      "  SAMOVAR_DATABASE_FILE         the same, in the first line of that file\n"
      "  OLLAMA_NOPRUNE=1              do not remove unused files of the store at the start\n"
      "  HTTPS_PROXY, NO_PROXY         the way to registries\n"
      "  OLLAMA_ORIGINS                web origins that may use the API, separated by commas\n");
  const auto options = std::make_shared<ServeOptions>();
  command->add_option("--port", options->port, "port of the chat page; 0: a free one")->capture_default_str();
  command->add_option("--api-port", options->api_port, "port of the Ollama and OpenAI API; 0: a free one")
      ->capture_default_str();
  command
      ->add_option("--host", options->host, "address to listen on; 0.0.0.0 opens both ports to the network")
      ->capture_default_str();
  command
      ->add_option("--model", options->models,
                   "kept in memory, may be given more than once; default: smollm2:135m, or the newest of the "
                   "store")
      ->allow_extra_args(false);
  command->add_option("--threads", options->threads, "computing threads; default: one per core");
  command
      ->add_option("--disk-cache", options->disk_cache_mb,
                   "megabytes of disk for what conversations have computed, so that a restart forgets "
                   "nothing; 0: none")
      ->check(CLI::Range(size_t{0}, size_t{1} << 24U))
      ->capture_default_str();
  command
      ->add_option("--keep-days", options->keep_days,
                   "days after which conversations that nobody has changed or pinned are erased; 0: never")
      ->check(CLI::Range(0, 36500))
      ->capture_default_str();
  command
      ->add_option(
          "--drain", options->drain_s,
          "seconds that running answers have to end when the server is told to stop; a second signal "
          "stops it at once")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command
      ->add_option("--kv-cache", options->kv_cache,
                   "how conversations are kept in memory: f16, or q8_0 in half of that; default: f16")
      ->check(CLI::IsMember({"f16", "q8_0"}));
  command->callback([command, options, &exit_code] { exit_code = serve_where_told(*command, *options); });
}

}  // namespace samovar::app
