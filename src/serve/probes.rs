//! Probes and metrics, over HTTP/1: whether the process turns, whether it should
//! be asked, and what it has counted.
//!
//! A request a connection, a few connections at a time, each for a few seconds:
//! nobody can hold on to anything here, and no load of the data plane is felt.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::backoff::Backoff;
use crate::lifecycle::Lifecycle;
use crate::telemetry::Metrics;

/// Connections at a time; one more waits until another ends.
const CONNECTIONS: usize = 256;
/// How long a request's head may take to arrive.
const HEAD: Duration = Duration::from_secs(1);
/// How long a connection may take in all.
const WHOLE: Duration = Duration::from_secs(5);
/// Bytes that are read before it must be a request.
const BUFFER_BYTES: usize = 16 * 1024;
/// Headers of a request.
const HEADERS: usize = 64;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What probes are answered from.
#[derive(Clone, Debug)]
pub(crate) struct Probes {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) metrics: Arc<Metrics>,
}

impl Probes {
    /// Answers until it is dropped.
    pub(crate) async fn run(self, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut backoff = Backoff::default();
        let mut running = JoinSet::new();
        // The places are never taken away, so this does not end by itself.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            while running.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    backoff.succeeded();
                    let probes = self.clone();
                    running.spawn(async move {
                        // Whoever is not served in time has gone or does not listen.
                        let _ = timeout(WHOLE, probes.serve(stream)).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::debug!("cannot accept a probe: {error}");
                    sleep(backoff.failed()).await;
                }
            }
        }
    }

    async fn serve<I: AsyncRead + AsyncWrite + Unpin>(self, stream: I) {
        let answer = service_fn(|request: Request<hyper::body::Incoming>| {
            let response = self.answer(request.method(), request.uri().path());
            async move { Ok::<_, Infallible>(response) }
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(BUFFER_BYTES)
            .max_headers(HEADERS)
            .keep_alive(false)
            .half_close(false)
            .serve_connection(TokioIo::new(stream), answer)
            .await;
        if let Err(error) = served {
            tracing::debug!("a probe ended with an error: {error}");
        }
    }

    fn answer(&self, method: &Method, path: &str) -> Response<String> {
        let (code, text, kind) = match path {
            _ if method != Method::GET && method != Method::HEAD => {
                (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned(), PLAIN)
            }
            "/livez" => (StatusCode::OK, "alive\n".to_owned(), PLAIN),
            "/readyz" => match self.lifecycle.state().ready() {
                Ok(()) => (StatusCode::OK, "ready\n".to_owned(), PLAIN),
                Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"), PLAIN),
            },
            "/metrics" => (StatusCode::OK, self.metrics.render(), OPEN_METRICS),
            _ => (StatusCode::NOT_FOUND, "/livez, /readyz, /metrics\n".to_owned(), PLAIN),
        };
        let mut response = Response::new(text);
        *response.status_mut() = code;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn f27_a_probe_that_says_nothing_is_closed() {
        for said in ["", "GET /livez HTTP/1.1\r\nhost:"] {
            let (mut client, server) = duplex(1024);
            let probes = Probes { lifecycle: Lifecycle::default(), metrics: Arc::new(Metrics::new()) };
            let began = Instant::now();
            let served = tokio::spawn(probes.serve(server));
            client.write_all(said.as_bytes()).await.unwrap();
            client.read_to_end(&mut Vec::new()).await.unwrap();
            served.await.unwrap();
            let took = began.elapsed();
            assert!(took >= HEAD && took < HEAD + Duration::from_millis(20), "{took:?}");
        }
    }
}
