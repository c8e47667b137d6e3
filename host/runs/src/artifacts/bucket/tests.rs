//! A bucket over HTTP: a server on the loopback that answers as S3 does, as far as it is asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;

use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

type Objects = Arc<Mutex<BTreeMap<String, Bytes>>>;

async fn answer(request: Request<Incoming>, objects: Objects) -> Result<Response<Full<Bytes>>, Infallible> {
    let signed = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if !signed.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=key-id/")) {
        return Ok(status(403));
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut objects = objects.lock().unwrap();
    Ok(match method {
        Method::GET if path == "/evidence" || path == "/evidence/" => listing(&objects),
        Method::PUT => {
            objects.insert(path, body);
            ok(Bytes::new())
        }
        Method::DELETE => {
            objects.remove(&path);
            status(204)
        }
        // Also for HEAD, whose body the server leaves out.
        _ => objects.get(&path).cloned().map_or_else(|| status(404), ok),
    })
}

fn listing(objects: &BTreeMap<String, Bytes>) -> Response<Full<Bytes>> {
    let entry = |(path, contents): (&String, &Bytes)| {
        let (key, size) = (path.trim_start_matches("/evidence/"), contents.len());
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>e</ETag><Size>{size}</Size></Contents>"
        )
    };
    let entries: String = objects.iter().map(entry).collect();
    ok(Bytes::from(format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>")))
}

fn ok(contents: Bytes) -> Response<Full<Bytes>> {
    let response = Response::builder().header("etag", "\"e\"").header("content-length", contents.len());
    response.header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT").body(Full::new(contents)).unwrap()
}

fn status(status: u16) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::default()).unwrap()
}

/// Serves until the set is dropped.
async fn served(objects: Objects) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let objects = objects.clone();
            let service = service_fn(move |request| answer(request, objects.clone()));
            connections.spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (endpoint, serving)
}

fn config(endpoint: String, key: &str) -> BucketConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    BucketConfig {
        endpoint,
        bucket: "evidence".to_owned(),
        region: "eu-central-1".to_owned(),
        prefix: "patchbay".to_owned(),
        access_key: Secret::new(key.to_owned()),
        secret_key: Secret::new("secret".to_owned()),
    }
}

#[tokio::test]
async fn contents_are_kept_listed_read_and_removed_over_http() {
    let objects = Objects::default();
    let (endpoint, _serving) = served(objects.clone()).await;
    let bucket = Bucket::open(&config(endpoint, "key-id")).unwrap();
    let (contents, digest) = (Bytes::from("contents"), Digest::of(b"contents"));
    assert_eq!(bucket.get(digest).await.unwrap(), None);
    bucket.put(digest, contents.clone()).await.unwrap();
    objects.lock().unwrap().insert("/evidence/patchbay/README".into(), Bytes::from("not ours"));
    assert_eq!(
        objects.lock().unwrap().keys().last().unwrap(),
        &format!("/evidence/patchbay/{}", digest.hex())
    );
    assert_eq!(bucket.get(digest).await.unwrap(), Some(contents));
    assert_eq!(bucket.bytes(digest).await.unwrap(), Some(8));
    assert_eq!(bucket.list().await.unwrap(), [(digest, 8)]);
    assert_eq!(bucket.remove(digest).await.unwrap(), Some(8));
    assert_eq!(bucket.remove(digest).await.unwrap(), None);
    assert_eq!(objects.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bucket_that_refuses_is_named_without_the_keys() {
    let (endpoint, _serving) = served(Objects::default()).await;
    let bucket = Bucket::open(&config(endpoint, "wrong-id")).unwrap();
    let error = bucket.put(Digest::of(b"x"), Bytes::from("x")).await.unwrap_err().to_string();
    assert!(error.contains("in bucket \"evidence\" failed"), "{error}");
    assert!(!error.contains("wrong-id") && !error.contains("secret"), "{error}");
}
