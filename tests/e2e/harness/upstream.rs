//! A provider that is played: it answers by a script, and remembers who asked what, on how many connections, and who
//! left before the end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::wait::until;

/// Stops when dropped, and closes every connection.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    _serving: JoinSet<()>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// From 0, in the order of arrival.
    pub(crate) number: usize,
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a request is answered with.
pub(crate) enum Answer {
    /// A whole answer.
    Whole { status: u16, headers: Vec<(&'static str, String)>, body: Bytes },
    /// 200 and a stream of events, step by step.
    Events(Vec<Step>),
    /// The same steps, but not said to be events.
    Steps { headers: Vec<(&'static str, String)>, steps: Vec<Step> },
    /// A whole answer, once the gate has been opened for it.
    Later(Gate, Box<Answer>),
    /// The connection is closed before a byte of the answer.
    Reset,
    /// Nothing ever comes.
    Stall,
}

#[derive(Clone)]
pub(crate) enum Step {
    Send(Bytes),
    /// Until the gate has been opened once more.
    Wait(Gate),
    /// The connection breaks here.
    Break,
    /// Nothing more comes, and no end either.
    Stall,
}

/// Closed until it is opened, once for each that waits.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;
type Body = UnsyncBoxBody<Bytes, io::Error>;

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    /// Requests whose client went away before the answer's end.
    left: AtomicUsize,
}

/// Tells, when it is dropped before the end, that the client went away.
struct Attention {
    seen: Arc<Seen>,
    done: bool,
}

/// A chat completion of `model` with a usage.
pub(crate) fn completion(model: &str) -> Answer {
    Answer::json(
        200,
        &json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
            "usage": usage_of(10, 5, 0),
        }),
    )
}

pub(crate) fn usage_of(prompt: u64, completion: u64, cached: u64) -> Value {
    json!({
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    })
}

/// An event with these data.
pub(crate) fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::with(status, &[("content-type", "application/json")], body.to_string())
    }

    pub(crate) fn with(status: u16, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self::Whole { status, headers, body: body.into() }
    }

    /// An error in OpenAI's shape.
    pub(crate) fn error(status: u16, headers: &[(&'static str, &str)]) -> Self {
        let body = json!({"error": {"message": "played", "type": "played", "code": null, "param": null}});
        Self::with(status, &[headers, &[("content-type", "application/json")]].concat(), body.to_string())
    }
}

impl Step {
    pub(crate) fn send(text: impl Into<Bytes>) -> Self {
        Self::Send(text.into())
    }
}

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets `count` pass.
    pub(crate) fn open(&self, count: usize) {
        self.0.add_permits(count);
    }

    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

impl Upstream {
    /// A provider that answers each request as `script` says.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (seen, script) = (Arc::<Seen>::default(), Arc::<Script>::from(Box::new(script) as Box<Script>));
        let mut serving = JoinSet::new();
        serving.spawn(accept(socket, seen.clone(), script));
        Self { address, seen, _serving: serving }
    }

    /// A provider that answers each request for any model well.
    pub(crate) async fn good() -> Self {
        Self::start(|asked| completion(asked.model().as_str())).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How often it was asked.
    pub(crate) fn count(&self) -> usize {
        self.seen.requests.lock().unwrap().len()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The only request that there was.
    pub(crate) fn only(&self) -> Asked {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }

    /// Waits until it has been asked `count` times.
    pub(crate) async fn asked(&self, count: usize) {
        until("a request at the provider", async || (self.count() >= count).then_some(())).await;
    }

    /// Requests whose client went away before the answer's end.
    pub(crate) fn left(&self) -> usize {
        self.seen.left.load(Ordering::SeqCst)
    }
}

impl Asked {
    /// Empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn model(&self) -> String {
        self.json()["model"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.json()["stream"] == true
    }
}

async fn accept(socket: TcpListener, seen: Arc<Seen>, script: Arc<Script>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = socket.accept().await.unwrap();
        seen.connections.fetch_add(1, Ordering::SeqCst);
        connections.spawn(serve(stream, seen.clone(), script.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, seen: Arc<Seen>, script: Arc<Script>) {
    stream.set_nodelay(true).unwrap();
    let service = service_fn(move |request| answer(request, seen.clone(), script.clone()));
    // A connection that breaks is what some scripts are for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Seen>,
    script: Arc<Script>,
) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let asked = {
        let mut requests = seen.requests.lock().unwrap();
        let path = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let (number, method) = (requests.len(), head.method.to_string());
        let asked = Asked { number, method, path, headers: head.headers, body };
        requests.push(asked.clone());
        asked
    };
    let attention = Attention { seen, done: false };
    play(script(&asked), attention).await
}

async fn play(mut answer: Answer, mut attention: Attention) -> io::Result<Response<Body>> {
    loop {
        answer = match answer {
            Answer::Later(gate, then) => {
                gate.pass().await;
                *then
            }
            Answer::Whole { status, headers, body } => {
                attention.end();
                let body = Full::new(body).map_err(|never: Infallible| match never {});
                return Ok(response(status, headers, body.boxed_unsync()));
            }
            Answer::Events(steps) => {
                let headers = vec![("content-type", "text/event-stream".to_owned())];
                return Ok(response(200, headers, steps_body(steps, attention)));
            }
            Answer::Steps { headers, steps } => {
                return Ok(response(200, headers, steps_body(steps, attention)));
            }
            Answer::Reset => {
                attention.end();
                return Err(io::Error::other("played"));
            }
            Answer::Stall => std::future::pending().await,
        };
    }
}

fn response(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response<Body> {
    let response = headers
        .into_iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(name, value));
    response.body(body).unwrap()
}

fn steps_body(steps: Vec<Step>, attention: Attention) -> Body {
    let played = stream::unfold((steps.into_iter(), attention), |(mut steps, mut attention)| async move {
        loop {
            match steps.next() {
                Some(Step::Send(bytes)) => return Some((Ok(Frame::data(bytes)), (steps, attention))),
                Some(Step::Wait(gate)) => gate.pass().await,
                Some(Step::Stall) => std::future::pending().await,
                Some(Step::Break) => {
                    // What was sent before has to be on the wire before the connection goes.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    attention.end();
                    return Some((Err(io::Error::other("played")), (steps, attention)));
                }
                None => {
                    attention.end();
                    return None;
                }
            }
        }
    });
    BodyExt::boxed_unsync(StreamBody::new(played))
}

impl Attention {
    /// The answer has come to its end, whatever that is.
    fn end(&mut self) {
        self.done = true;
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        if !self.done {
            self.seen.left.fetch_add(1, Ordering::SeqCst);
        }
    }
}
