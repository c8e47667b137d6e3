//! A collector on loopback that answers from a script and keeps what it was sent.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// One exchange, as the collector saw it.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) request: ExportTraceServiceRequest,
}

#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// With this status and, if not empty, this `Retry-After`.
    Status(u16, &'static str),
    /// 200, with a body that says how many spans were not taken.
    Partly(i64),
    Never,
}

pub(super) struct Collector {
    address: SocketAddr,
    heard: Arc<Heard>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Heard {
    /// Beyond its end, each answer is 200.
    script: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

impl Seen {
    pub(super) fn spans(&self) -> Vec<Span> {
        let scopes = self.request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}

impl Collector {
    pub(super) async fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Heard { script: Mutex::new(script.into_iter().collect()), ..Heard::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&heard)));
        Self { address, heard, _tasks: tasks }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.heard.seen.lock().unwrap().clone()
    }

    /// How many spans came in each exchange.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.seen().iter().map(|seen| seen.spans().len()).collect()
    }

    /// Waits, for 10 s at most, until so many exchanges were seen.
    pub(super) async fn saw(&self, exchanges: usize) {
        for _ in 0..1000 {
            if self.seen().len() >= exchanges {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} exchanges instead of {exchanges}", self.seen().len());
    }
}

async fn accept(listener: TcpListener, heard: Arc<Heard>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let heard = Arc::clone(&heard);
        let service = service_fn(move |request| answer(request, Arc::clone(&heard)));
        connections.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, heard: Arc<Heard>) -> Result<Response<Full<Bytes>>, Infallible> {
    let at = Instant::now();
    let (head, body) = request.into_parts();
    let request = ExportTraceServiceRequest::decode(body.collect().await.unwrap().to_bytes()).unwrap();
    let next = heard.script.lock().unwrap().pop_front().unwrap_or(Answer::Status(200, ""));
    let seen = Seen { at, path: head.uri.path().to_owned(), headers: head.headers, request };
    heard.seen.lock().unwrap().push(seen);
    Ok(match next {
        Answer::Status(status, "") => Response::builder().status(status).body(Full::default()).unwrap(),
        Answer::Status(status, after) => {
            Response::builder().status(status).header("retry-after", after).body(Full::default()).unwrap()
        }
        Answer::Partly(rejected) => Response::new(partly(rejected)),
        Answer::Never => std::future::pending().await,
    })
}

fn partly(rejected_spans: i64) -> Full<Bytes> {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    let partial = ExportTracePartialSuccess { rejected_spans, error_message: "too old".to_owned() };
    ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec().into()
}
