//! Who judges, and the check of one operation.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dintero_client::{Operation, RetryPolicy, Transport};
use dintero_mock::Mock;
use dintero_mock::sample::{Fill, Sampler};
use tokio::runtime::Runtime;

use crate::exchange::{Exchange, Given};
use crate::mutation;
use crate::tolerance;

/// Sends an operation with what it is given.
pub type Send = fn(Given) -> Pin<Box<dyn Future<Output = Exchange>>>;

/// Runs repeat.
const SEED: u64 = 7;
/// Values nest deep.
const STACK: usize = 64 << 20;
/// How much of a long list is told.
const TOLD: usize = 30;

/// One server for all tests.
struct Judge {
    runtime: Runtime,
    transport: Transport,
    account: String,
    samplers: Mutex<HashMap<&'static str, Arc<Sampler>>>,
    _mock: Option<Mock>,
}

impl Judge {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Judge> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("DINTERO_CONFORMANCE_URL") {
            Ok(url) => Self::at(url),
            Err(_) => Self::mock(),
        })
    }

    fn mock() -> Self {
        let runtime = runtime();
        let mock = runtime
            .block_on(Mock::builder().strict(true).stateful(false).seed(SEED).start())
            .unwrap_or_else(|why| panic!("{why}"));
        assert!(mock.notes().iter().all(|note| !note.contains("cannot be served")), "{:?}", mock.notes());
        let builder = Transport::builder()
            .login(mock.account_id(), mock.client_id(), mock.client_secret())
            .api_key(mock.api_key().to_owned())
            .base_url(mock.base_url());
        let transport = builder.retry(RetryPolicy::none()).build().expect("settings of the mock");
        let account = mock.account_id().to_owned();
        Self { runtime, transport, account, samplers: Mutex::default(), _mock: Some(mock) }
    }

    /// Another server, with the login of the environment.
    fn at(url: String) -> Self {
        let mut builder = Transport::builder().login_from_env().base_url(url).retry(RetryPolicy::none());
        if let Ok(key) = std::env::var("DINTERO_API_KEY") {
            builder = builder.api_key(key);
        }
        let transport = builder.build().unwrap_or_else(|why| panic!("{why}"));
        let account = transport.account_id().map(ToString::to_string).expect("a login has an account");
        Self { runtime: runtime(), transport, account, samplers: Mutex::default(), _mock: None }
    }

    fn sampler(&self, service: &'static str) -> Arc<Sampler> {
        let mut samplers = self.samplers.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            let sampler = Sampler::new(service, SEED).unwrap_or_else(|why| panic!("{why}"));
            Arc::new(sampler.account(&self.account))
        };
        Arc::clone(samplers.entry(service).or_insert_with(made))
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// The test of one operation.
pub fn check(operation: &'static Operation, send: Send) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || problems(operation, send));
    let problems = thread.expect("a thread").join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let shown: Vec<String> = problems.iter().take(TOLD).map(|problem| format!("\n  {problem}")).collect();
    assert!(
        problems.is_empty(),
        "{} ({} {}), {} problems:{}",
        operation.id,
        operation.method,
        operation.path,
        problems.len(),
        shown.concat()
    );
}

fn problems(operation: &'static Operation, send: Send) -> Vec<String> {
    let judge = Judge::shared();
    let sampler = judge.sampler(operation.service);
    let name = format!("{} {}", operation.method, operation.path);
    let mut out = Vec::new();
    for fill in [Fill::Required, Fill::Everything] {
        let told = |problem: String| format!("{fill:?}: {problem}");
        let Some(request) = sampler.request(&name, fill) else {
            return vec!["the document has no such operation".into()];
        };
        let given = Given::new(judge.transport.clone(), request);
        let exchange = judge.runtime.block_on(send(given));
        out.extend(exchange.problems.into_iter().map(told));
        let Some(reread) = exchange.reread else { continue };
        for answer in sampler.answers(&name, fill) {
            let told = |problem: String| format!("{fill:?}, answer {}: {problem}", answer.status);
            let document = sampler.document().value();
            out.extend(
                tolerance::problems(document, &answer.schema, answer.status, &answer.value, reread)
                    .into_iter()
                    .map(told),
            );
            if let Some(lenient) = exchange.lenient {
                let (problems, _) = mutation::problems(document, &answer.schema, answer.status, &answer.value, lenient);
                out.extend(problems.into_iter().map(told));
            }
        }
    }
    out
}
