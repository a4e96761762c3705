#include "text/special_tokens_tables.h"

namespace samovar::text {
namespace {

using enum KnownRole;

constexpr KnownToken kKnownTokens[] = {
    {"<|eot_id|>", kEndsGeneration},        // Llama 3
    {"<|eom_id|>", kEndsGeneration},        // Llama 3, before a tool call
    {"<|im_end|>", kEndsGeneration},        // ChatML: Qwen, SmolLM
    {"<|end|>", kEndsGeneration},           // Phi
    {"<|return|>", kEndsGeneration},        // gpt-oss
    {"<|call|>", kEndsGeneration},          // gpt-oss
    {"<|flush|>", kEndsGeneration},         // Solar Open
    {"<|calls|>", kEndsGeneration},         // Solar Open
    {"<end_of_turn>", kEndsGeneration},     // Gemma
    {"<turn|>", kEndsGeneration},           // Gemma 4
    {"<|tool_response>", kEndsGeneration},  // Gemma 4
    {"<eos>", kEndsGeneration},
    {"</s>", kEndsGeneration},
    {"<|endoftext|>", kEndsGeneration},
    {"<|end_of_text|>", kEndsGeneration},  // Llama 3 base, Granite
    {"<EOT>", kEndsGeneration},
    {"_<EOT>", kEndsGeneration},
    {"[EOT]", kEndsGeneration},                  // Kimi K2
    {"[EOS]", kEndsGeneration},                  // Kimi K2
    {"<end_of_utterance>", kEndsGeneration},     // SmolVLM, SmolDocling
    {"<｜end▁of▁sentence｜>", kEndsGeneration},  // DeepSeek
    {"[e~[", kEndsGeneration},                   // MiniMax
    {"<|fim_pad|>", kEndsGeneration},
    {"<fim-pad>", kEndsGeneration},
    {"<fim_pad>", kEndsGeneration},
    {"<PAD>", kEndsGeneration},
    {"[PAD]", kEndsGeneration},
    {"<|fim_repo|>", kEndsGeneration},
    {"<|repo_name|>", kEndsGeneration},
    {"<fim-repo>", kEndsGeneration},
    {"<REPO>", kEndsGeneration},
    {"<reponame>", kEndsGeneration},
    {"<|file_sep|>", kEndsGeneration},

    {"<|fim_prefix|>", kControl},
    {"<fim-prefix>", kControl},
    {"<fim_prefix>", kControl},
    {"<｜fim▁begin｜>", kControl},
    {"<PRE>", kControl},
    {"▁<PRE>", kControl},
    {"<|code_prefix|>", kControl},
    {"<|prefix|>", kControl},
    {"<|fim_suffix|>", kControl},
    {"<fim-suffix>", kControl},
    {"<fim_suffix>", kControl},
    {"<｜fim▁hole｜>", kControl},
    {"<SUF>", kControl},
    {"▁<SUF>", kControl},
    {"<|code_suffix|>", kControl},
    {"<|suffix|>", kControl},
    {"<|fim_middle|>", kControl},
    {"<fim-middle>", kControl},
    {"<fim_middle>", kControl},
    {"<｜fim▁end｜>", kControl},
    {"<MID>", kControl},
    {"▁<MID>", kControl},
    {"<|code_middle|>", kControl},
    {"<|middle|>", kControl},

    {"<|channel|>", kRendered},
    {"<|message|>", kRendered},
    {"<|start|>", kRendered},
    {"<|constrain|>", kRendered},

    {"<start_of_turn>", kTurn},
    {"<|im_start|>", kTurn},
    {"<|start_header_id|>", kTurn},
    {"<|end_header_id|>", kTurn},
    {"<|user|>", kTurn},
    {"<|assistant|>", kTurn},
    {"<|system|>", kTurn},
    {"[INST]", kTurn},
    {"[/INST]", kTurn},
};

}  // namespace

std::span<const KnownToken> known_tokens() { return kKnownTokens; }

}  // namespace samovar::text
