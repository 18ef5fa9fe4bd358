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

/// One server for all tests of a service: each is judged by its own document, whatever another says of the same path.
struct Judge {
    runtime: Runtime,
    transport: Transport,
    sampler: Sampler,
    _mock: Option<Mock>,
}

/// Why nothing of a service can be judged: its document is none that the mock can serve.
type Unjudged = String;

impl Judge {
    fn of(service: &'static str) -> Result<Arc<Self>, Unjudged> {
        type Judges = Mutex<HashMap<&'static str, Arc<OnceLock<Result<Arc<Judge>, Unjudged>>>>>;
        static JUDGES: OnceLock<Judges> = OnceLock::new();
        let slot = {
            let mut judges = JUDGES.get_or_init(Judges::default).lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(judges.entry(service).or_default())
        };
        let made = || {
            let sampler = Sampler::new(service, SEED).map_err(|why| why.to_string())?;
            match std::env::var("DINTERO_CONFORMANCE_URL") {
                Ok(url) => Ok(Arc::new(Self::at(url, sampler))),
                Err(_) => Self::mock(service, sampler).map(Arc::new),
            }
        };
        slot.get_or_init(made).clone()
    }

    fn mock(service: &str, sampler: Sampler) -> Result<Self, Unjudged> {
        let runtime = runtime();
        let mock = Mock::builder().service(service).strict(true).stateful(false).seed(SEED).start();
        let mock = runtime.block_on(mock).map_err(|why| why.to_string())?;
        let builder = Transport::builder()
            .login(mock.account_id(), mock.client_id(), mock.client_secret())
            .api_key(mock.api_key().to_owned())
            .base_url(mock.base_url());
        let transport = builder.retry(RetryPolicy::none()).build().expect("settings of the mock");
        let sampler = sampler.account(mock.account_id()).api_key(mock.api_key());
        Ok(Self { runtime, transport, sampler, _mock: Some(mock) })
    }

    /// Another server, with the login of the environment.
    fn at(url: String, sampler: Sampler) -> Self {
        let mut builder = Transport::builder().login_from_env().base_url(url).retry(RetryPolicy::none());
        let mut sampler = sampler;
        if let Ok(key) = std::env::var("DINTERO_API_KEY") {
            sampler = sampler.api_key(key.clone());
            builder = builder.api_key(key);
        }
        let transport = builder.build().unwrap_or_else(|why| panic!("{why}"));
        let account = transport.account_id().map(ToString::to_string).expect("a login has an account");
        Self { runtime: runtime(), transport, sampler: sampler.account(account), _mock: None }
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
    // What is not judged is told by a test of its own, see `unmade`.
    let Ok(judge) = Judge::of(operation.service) else { return Vec::new() };
    let sampler = &judge.sampler;
    let name = name(operation);
    let mut out = Vec::new();
    for fill in FILLS {
        let told = |problem: String| format!("{fill:?}: {problem}");
        let Some(request) = sampler.request_as(&name, fill, operation.content_type) else {
            return vec!["the document has no such operation".into()];
        };
        if !sampler.unfit(&name, &request).is_empty() {
            continue;
        }
        let given = Given::new(judge.transport.clone(), request);
        let exchange = judge.runtime.block_on(send(given));
        out.extend(exchange.problems.into_iter().map(told));
        let Some(reread) = exchange.reread else { continue };
        for answer in sampler.answers(&name, fill).iter().filter(|answer| answer.fits) {
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

const FILLS: [Fill; 2] = [Fill::Required, Fill::Everything];

fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// The requests and answers that cannot be made from a service's document, each by name, and why: a schema that no value
/// fits, or one whose values cannot be guessed. They are sent nowhere and judged by nobody, which is no fault of ours.
pub fn unmade(service: &'static str, operations: &[&'static Operation]) -> Vec<String> {
    let judge = match Judge::of(service) {
        Ok(judge) => judge,
        Err(why) => return vec![format!("{service}, all {} operations: {why}", operations.len())],
    };
    let mut out = Vec::new();
    for operation in operations {
        let name = name(operation);
        for fill in FILLS {
            let Some(request) = judge.sampler.request_as(&name, fill, operation.content_type) else { continue };
            if let Some(why) = judge.sampler.unfit(&name, &request).into_iter().next() {
                out.push(format!("{service}, {name}, request ({fill:?}): {why}"));
            }
            for answer in judge.sampler.answers(&name, fill).iter().filter(|answer| !answer.fits) {
                out.push(format!("{service}, {name}, answer {} ({fill:?}): no value fits it", answer.status));
            }
        }
    }
    out
}
