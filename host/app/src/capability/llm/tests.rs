//! Through a whole host, with a provider on this machine.

use std::path::Path;

use patchbay_admin::api::{AddProvider, ModelSpec};
use patchbay_config::FILE_NAME;
use patchbay_types::{Grants, LlmGrant};
use tempfile::TempDir;

use super::*;
use crate::capability::tests::server::Server;
use crate::capability::tests::{clock, scope, store};
use crate::host::{Host, InUse};
use crate::reload::Outside;

const CONFIG: &str = "[routing]\npolicy = \"native\"\n";
const ANSWER: &str = r#"{"choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}"#;

struct Desk {
    host: Host,
    llm: Llm,
    server: Server,
    _folders: [TempDir; 2],
}

async fn desk(status: u16, answer: &'static str) -> Desk {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::start(status, answer).await;
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path()).await;
    host.operator.add_provider(provider(&server), "test").await.unwrap();
    let gateway = Arc::new(OnceLock::new());
    let _ = gateway.set(host.gateway.inside());
    let (spend, store) = store();
    Desk { host, llm: Llm::new(store, Arc::new(clock()), gateway), server, _folders: [folder, spend] }
}

async fn open(folder: &Path) -> Host {
    std::fs::write(folder.join(FILE_NAME), CONFIG).unwrap();
    crate::folder::make_identity(folder.join("identity.age"), None).unwrap();
    Host::open_with(folder, Outside::default()).await.unwrap()
}

impl Desk {
    async fn complete(&self, usd_per_day: f64, options: LlmOptions) -> Answer {
        let models = vec!["gpt-5-mini".to_owned()];
        let scope = scope(Grants { llm: Some(LlmGrant { models, usd_per_day }), ..Grants::default() });
        let message = LlmMessage { role: "user".to_owned(), content: "hi".to_owned() };
        self.llm.complete((&scope, &Work::default()), &[message], &options).await
    }
}

fn options() -> LlmOptions {
    LlmOptions {
        model: "gpt-5-mini".to_owned(),
        max_tokens: None,
        temperature: None,
        attributes: vec![("response-format".to_owned(), "json".to_owned())],
    }
}

fn provider(server: &Server) -> AddProvider {
    let model = ModelSpec {
        native_id: Some("native-5".to_owned()),
        input_price: Some("2".to_owned()),
        output_price: Some("10".to_owned()),
        ..ModelSpec::default()
    };
    AddProvider {
        name: "local".to_owned(),
        url: format!("http://{}/v1", server.address),
        models: [("gpt-5-mini".to_owned(), model)].into(),
        ..AddProvider::default()
    }
}

fn failure(answer: Answer) -> PluginError {
    answer.map(|reply| panic!("{reply:?}")).unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_answers_on_the_plugins_account_until_its_money_is_spent() {
    let desk = desk(200, ANSWER).await;
    // A call costs 0.003 USD; before it is made, it may cost 0.02 for its answer and a little for its prompt.
    let Ok(HostReply::Completion(said)) = desk.complete(0.0231, options()).await else { panic!("no answer") };
    assert_eq!((said.content.as_str(), said.finish_reason.as_str()), ("hello", "stop"));
    assert_eq!((said.prompt_tokens, said.completion_tokens), (1000, 100));
    let (_, path, body) = desk.server.seen().remove(0);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((path.as_str(), body["model"].as_str()), ("/v1/chat/completions", Some("native-5")));
    assert_eq!((body["max_tokens"].as_u64(), body["temperature"].as_f64()), (Some(2000), Some(0.3)));
    assert_eq!(body["response_format"]["type"], "json_object");

    let refused = failure(desk.complete(0.0229, options()).await);
    assert_eq!((refused.code.as_str(), refused.retry_after_ms.is_some()), ("budget", true));
    assert_eq!(desk.server.seen().len(), 1);
    assert!(desk.complete(0.0231, LlmOptions { max_tokens: Some(1), ..options() }).await.is_ok());

    let usage = desk.host.operator.usage(&patchbay_admin::api::UsageQuery::default()).await.unwrap();
    let agent = usage[0].agent.as_ref().map(ToString::to_string);
    assert_eq!((agent.as_deref(), usage[0].requests), (Some("plugin.exec"), 2));
    assert_eq!(usage[0].cost_nano_usd, NanoUsd(6_000_000));
}

/// The host in a folder that was just closed. A child that another test starts at that moment has the folder's lock for
/// as long as it takes to become its program.
async fn open_again(folder: &Path) -> Host {
    for _ in 0..100 {
        match Host::open_with(folder, Outside::default()).await {
            Ok(host) => return host,
            Err(error) if error.is::<InUse>() => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{} stays in use", folder.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_plugins_does_not_keep_the_host_open() {
    let Desk { host, llm, _folders, .. } = desk(200, ANSWER).await;
    host.close().await.unwrap();
    let again = open_again(_folders[0].path()).await;
    let message = LlmMessage { role: "user".to_owned(), content: "hi".to_owned() };
    let closed =
        failure(llm.complete((&scope(Grants::default()), &Work::default()), &[message], &options()).await);
    assert_eq!(closed.code, "closed");
    again.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstreams_error_is_told_and_costs_nothing() {
    let desk =
        desk(400, r#"{"error":{"message":"that model cannot do this","type":"invalid_request_error"}}"#)
            .await;
    let wrong = failure(desk.complete(1.0, options()).await);
    assert!(wrong.code == "upstream" && wrong.message.contains("answered 400"), "{wrong:?}");
    assert!(wrong.message.contains("that model cannot do this") && wrong.message.chars().count() < 400);
    let unknown = failure(desk.complete(1.0, LlmOptions { model: "nobody".to_owned(), ..options() }).await);
    assert!(unknown.code == "upstream" && unknown.message.contains("answered 404"), "{unknown:?}");
    // The whole day's money is still there.
    assert!(desk.llm.purses.of("exec").await.unwrap().reserve(NanoUsd(1), NanoUsd(1)).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_completion_is_an_upstreams_error() {
    let desk = desk(200, "{}").await;
    let wrong = failure(desk.complete(1.0, options()).await);
    assert!(wrong.code == "upstream" && wrong.message.contains("no chat completion"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_is_not_asked() {
    let desk = desk(200, ANSWER).await;
    let scope = scope(Grants::default());
    let say = |role: &str| LlmMessage { role: role.to_owned(), content: "hi".to_owned() };
    for (messages, options) in [
        (vec![], options()),
        (vec![say("tool")], options()),
        (vec![say("user")], LlmOptions { temperature: Some(f64::NAN), ..options() }),
        (
            vec![say("user")],
            LlmOptions { attributes: vec![("response-format".to_owned(), "yaml".to_owned())], ..options() },
        ),
        (
            vec![say("user")],
            LlmOptions { attributes: vec![("images".to_owned(), "all".to_owned())], ..options() },
        ),
    ] {
        let wrong = failure(desk.llm.complete((&scope, &Work::default()), &messages, &options).await);
        assert_eq!(wrong.code, "invalid");
    }
    assert!(desk.server.seen().is_empty());
}

#[test]
fn every_plugin_has_an_account() {
    assert_eq!(account("exec").unwrap().as_str(), "plugin.exec");
    let (one, other) = (format!("{}a", "x".repeat(63)), format!("{}b", "x".repeat(63)));
    assert!(
        account(&one).unwrap() != account(&other).unwrap() && account(&one).unwrap().as_str().len() == 64
    );
}
