//! Providers as gateways and tracers name them, and as the price list does.

/// What models on own machines are called: their cost is that of the machines.
pub const SELF_HOSTED: &str = "self-hosted";

/// Names without case and punctuation, and the price list's id.
const NAMES: [(&str, &str); 52] = [
    ("openai", "openai"),
    ("textcompletionopenai", "openai"),
    ("azure", "azure"),
    ("azuretext", "azure"),
    ("azureai", "azure"),
    ("azureopenai", "azure"),
    ("bedrock", "aws"),
    ("bedrockconverse", "aws"),
    ("amazonbedrock", "aws"),
    ("awsbedrock", "aws"),
    ("amazon", "aws"),
    ("sagemaker", "aws"),
    ("aws", "aws"),
    ("anthropic", "anthropic"),
    ("claude", "anthropic"),
    ("google", "google"),
    ("gemini", "google"),
    ("googleaistudio", "google"),
    ("googlevertex", "google"),
    ("vertex", "google"),
    ("palm", "google"),
    ("mistral", "mistral"),
    ("mistralai", "mistral"),
    ("cohere", "cohere"),
    ("coherechat", "cohere"),
    ("groq", "groq"),
    ("together", "together"),
    ("togetherai", "together"),
    ("fireworks", "fireworks"),
    ("fireworksai", "fireworks"),
    ("deepseek", "deepseek"),
    ("xai", "x-ai"),
    ("perplexity", "perplexity"),
    ("openrouter", "openrouter"),
    ("voyage", "voyageai"),
    ("voyageai", "voyageai"),
    ("moonshot", "moonshotai"),
    ("moonshotai", "moonshotai"),
    ("githubcopilot", "github-copilot"),
    ("selfhosted", SELF_HOSTED),
    ("hostedvllm", SELF_HOSTED),
    ("vllm", SELF_HOSTED),
    ("sglang", SELF_HOSTED),
    ("ollama", SELF_HOSTED),
    ("ollamachat", SELF_HOSTED),
    ("llamafile", SELF_HOSTED),
    ("llamacpp", SELF_HOSTED),
    ("lmstudio", SELF_HOSTED),
    ("xinference", SELF_HOSTED),
    ("triton", SELF_HOSTED),
    ("localai", SELF_HOSTED),
    ("textgenerationinference", SELF_HOSTED),
];

/// How models begin that only their maker calls so, and the maker.
const MODELS: [(&str, &str); 27] = [
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-embedding-", "openai"),
    ("omni-moderation", "openai"),
    ("dall-e", "openai"),
    ("tts-1", "openai"),
    ("whisper-", "openai"),
    ("claude-", "anthropic"),
    ("gemini-", "google"),
    ("mistral-", "mistral"),
    ("ministral-", "mistral"),
    ("codestral-", "mistral"),
    ("magistral-", "mistral"),
    ("pixtral-", "mistral"),
    ("deepseek-", "deepseek"),
    ("command-", "cohere"),
    ("grok-", "x-ai"),
    ("sonar", "perplexity"),
    ("voyage-", "voyageai"),
    ("anthropic.", "aws"),
    ("amazon.", "aws"),
    ("us.anthropic.", "aws"),
    ("eu.anthropic.", "aws"),
    ("global.anthropic.", "aws"),
];

fn listed(name: &str) -> Option<&'static str> {
    let plain = crate::subject::plain_name(name);
    if plain.starts_with("vertexai") {
        return Some("google");
    }
    NAMES.iter().find(|(written, _)| *written == plain).map(|(_, id)| *id)
}

/// The price list's id of a provider; a name that is not known is kept in small letters.
#[must_use]
pub fn provider_id(name: &str) -> String {
    listed(name).map_or_else(|| name.trim().to_lowercase(), str::to_owned)
}

/// Provider and model of a log's row. A provider before the model's name (`openai/gpt-4o`) is taken off where it is
/// the row's own or the row names none. A row that names no provider is given the maker of a model that only its
/// maker calls so; any other provider stays unknown.
#[must_use]
pub fn provider_and_model(provider: &str, model: &str) -> (String, String) {
    let model = model.trim();
    let split = model.split_once('/').and_then(|(first, rest)| Some((listed(first)?, rest)));
    if provider.trim().is_empty() {
        if let Some((id, rest)) = split {
            return (id.to_owned(), rest.to_owned());
        }
        let small = model.to_lowercase();
        let maker = MODELS.iter().find(|(start, _)| small.starts_with(start)).map_or("", |(_, maker)| maker);
        return (maker.to_owned(), model.to_owned());
    }
    let id = provider_id(provider);
    match split {
        Some((first, rest)) if first == id => (id, rest.to_owned()),
        _ => (id, model.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_gateways_become_ids_of_the_price_list() {
        for (provider, model, id, name) in [
            ("bedrock_converse", "anthropic.claude-haiku-4-5", "aws", "anthropic.claude-haiku-4-5"),
            ("vertex_ai-language-models", "gemini-2.5-pro", "google", "gemini-2.5-pro"),
            ("hosted_vllm", "hosted_vllm/llama-3.3-70b", "self-hosted", "llama-3.3-70b"),
            ("openrouter", "openrouter/openai/gpt-4o", "openrouter", "openai/gpt-4o"),
            ("openrouter", "openai/gpt-4o", "openrouter", "openai/gpt-4o"),
            ("OPENAI", "gpt-4o", "openai", "gpt-4o"),
            ("", "openai/gpt-4o", "openai", "gpt-4o"),
            ("", "claude-haiku-4-5", "anthropic", "claude-haiku-4-5"),
            ("", "house-model", "", "house-model"),
            ("Some Cloud", "m", "some cloud", "m"),
        ] {
            assert_eq!(provider_and_model(provider, model), (id.to_owned(), name.to_owned()), "{provider} {model}");
        }
    }
}
