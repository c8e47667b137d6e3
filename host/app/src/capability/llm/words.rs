//! A plugin's question and a model's answer, in OpenAI's dialect. It must not know how either is sent.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use patchbay_proxy::Completed;
use patchbay_runtime::ask::{Completion, LlmMessage, LlmOptions};
use serde::{Deserialize, Serialize};

use super::{MAX_TOKENS, TEMPERATURE};
use crate::capability::image::Image;
use crate::capability::{PluginError, error, shown};

const ROLES: [&str; 3] = ["system", "user", "assistant"];
/// Whose first message gets the pictures.
const LOOKS: &str = "user";

/// What becomes of the pictures of a failure.
pub(super) enum Pictures {
    None,
    Shown(Vec<Image>),
    /// So many that the model does not take.
    LeftOut(usize),
}

/// A question, as it is sent.
pub(super) struct Asked {
    pub(super) body: Bytes,
    pub(super) images: usize,
    /// What these take of the body.
    pub(super) image_bytes: usize,
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    max_tokens: u32,
    temperature: f64,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: Said<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: Cow<'a, str> },
    ImageUrl { image_url: Url },
}

#[derive(Serialize)]
struct Url {
    url: String,
}

#[derive(Serialize)]
struct Format {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Deserialize)]
struct Answered {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Content,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    content: Option<String>,
}

impl Pictures {
    pub(super) fn shown(&self) -> &[Image] {
        if let Self::Shown(images) = self { images } else { &[] }
    }

    /// A message with them, or with the word that they are left out.
    fn beside<'a>(&self, text: &'a str) -> Said<'a> {
        match self {
            Self::None => Said::Text(text.into()),
            Self::LeftOut(count) => Said::Text(
                format!(
                    "{text}\n\n[Pictures of the failure: {count}, left out, because this model takes none.]"
                )
                .into(),
            ),
            Self::Shown(images) => {
                let parts =
                    images.iter().flat_map(|image| [named(image), Part::ImageUrl { image_url: url(image) }]);
                Said::Parts(std::iter::once(Part::Text { text: text.into() }).chain(parts).collect())
            }
        }
    }
}

/// A name is a stranger's word, so it is quoted and short.
fn named(image: &Image) -> Part<'static> {
    Part::Text { text: format!("The picture {:?}:", shown(&image.name)).into() }
}

/// The picture itself, as RFC 2397 writes data into a URL.
fn url(image: &Image) -> Url {
    Url { url: format!("data:{};base64,{}", image.media_type, BASE64_STANDARD.encode(&image.contents)) }
}

fn said<'a>(message: &'a LlmMessage, looks: bool, pictures: &Pictures) -> Message<'a> {
    let text = message.content.as_str();
    let content = if looks { pictures.beside(text) } else { Said::Text(text.into()) };
    Message { role: &message.role, content }
}

/// The body of the request.
pub(super) fn asked(
    messages: &[LlmMessage],
    options: &LlmOptions,
    pictures: &Pictures,
) -> Result<Asked, PluginError> {
    if messages.is_empty() {
        return Err(error("invalid", "there is no message: expected at least one"));
    }
    if let Some(wrong) = messages.iter().find(|message| !ROLES.contains(&message.role.as_str())) {
        let role = shown(&wrong.role);
        return Err(error("invalid", format!("{role:?} is no role: expected one of {}", ROLES.join(", "))));
    }
    let temperature = options.temperature.unwrap_or(TEMPERATURE);
    if !temperature.is_finite() {
        return Err(error("invalid", format!("{temperature} is no temperature: expected one like 0.3")));
    }
    let looks = messages.iter().position(|message| message.role == LOOKS);
    let question = Question {
        model: &options.model,
        messages: messages
            .iter()
            .enumerate()
            .map(|(place, message)| said(message, looks == Some(place), pictures))
            .collect(),
        max_tokens: options.max_tokens.unwrap_or(MAX_TOKENS),
        temperature,
        stream: false,
        response_format: format(options)?,
    };
    let body = serde_json::to_vec(&question).map_err(|wrong| error("invalid", wrong.to_string()))?;
    let images = if looks.is_some() { pictures.shown() } else { &[] };
    let image_bytes = images.iter().map(|image| image.contents.len().div_ceil(3) * 4).sum();
    Ok(Asked { body: body.into(), images: images.len(), image_bytes })
}

/// Attributes that are not known here are for other hosts.
fn format(options: &LlmOptions) -> Result<Option<Format>, PluginError> {
    let asked = options.attributes.iter().find(|(name, _)| name == "response-format");
    match asked.map(|(_, value)| value.as_str()) {
        None => Ok(None),
        Some("json") => Ok(Some(Format { kind: "json_object" })),
        Some(other) => {
            Err(error("invalid", format!("{:?} is no response-format: expected json", shown(other))))
        }
    }
}

/// What the model said. Tokens are those that the ledger has.
pub(super) fn completion(completed: &Completed) -> Result<Completion, PluginError> {
    let wrong = |why: &str| error("upstream", format!("the provider's answer is no chat completion: {why}"));
    let answered: Answered =
        serde_json::from_slice(&completed.body).map_err(|cause| wrong(&cause.to_string()))?;
    let choice = answered.choices.into_iter().next().ok_or_else(|| wrong("it has no choice"))?;
    let (prompt_tokens, completion_tokens) =
        completed.settled.map_or((0, 0), |settled| (settled.prompt.0, settled.completion.0));
    Ok(Completion {
        content: choice.message.content.unwrap_or_default(),
        finish_reason: choice.finish_reason.unwrap_or_default(),
        prompt_tokens,
        completion_tokens,
        attributes: Vec::new(),
    })
}
