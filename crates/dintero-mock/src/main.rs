//! The program: a local Dintero beside a service.

use clap::Parser;
use dintero_mock::{Delivery, Mock, Outcome, Pay, Received, Weather};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// The mock serves on when nobody reads any more what it tells; std's would panic.
macro_rules! println {
    ($($what:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout(), $($what)*);
    }};
}

/// A local Dintero, made from the published OpenAPI documents.
#[derive(Debug, Parser)]
#[command(name = "dintero-mock", version)]
struct Options {
    /// Port; 0 for one that is free.
    #[arg(long, default_value_t = 4010)]
    port: u16,
    /// Address to listen at; 0.0.0.0 to be reached from other machines and containers.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Account that the credentials are for.
    #[arg(long, default_value = "T12345678")]
    account: String,
    /// Client id that the token endpoint takes.
    #[arg(long, default_value = "mock-client")]
    client_id: String,
    /// Client secret that goes with it.
    #[arg(long, default_value = "mock-secret")]
    client_secret: String,
    /// Serve only this service; may be given more than once.
    #[arg(long)]
    service: Vec<String>,
    /// Serve the documents of this folder instead of those built in.
    #[arg(long)]
    documents: Option<PathBuf>,
    /// Seed of everything that is made up.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Milliseconds that every answer takes longer.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// Refuse also what a forgiving server takes, such as unknown query parameters.
    #[arg(long)]
    strict: bool,
    /// When a new session is paid and how: authorized, captured, declined or on_hold at once, or manual.
    #[arg(long, default_value = "authorized", value_parser = pay)]
    pay: Pay,
    /// Seconds that a token lasts.
    #[arg(long, default_value_t = 14_400)]
    token_lifetime: u64,
    /// Send every event to this address; may be given more than once.
    #[arg(long)]
    webhook: Vec<String>,
    /// Secret that those events are signed with (HMAC-SHA1).
    #[arg(long, default_value = "mock-webhook-secret")]
    webhook_secret: String,
    /// Secret that callbacks of sessions are signed with.
    #[arg(long, default_value = "mock-signature-secret")]
    signature_secret: String,
    /// Bad weather for deliveries, such as `duplicate; times=3`; may be given more than once.
    #[arg(long)]
    weather: Vec<Weather>,
    /// Milliseconds before the first retry of a delivery; each that follows waits twice as long.
    #[arg(long, default_value_t = 1_000)]
    retry_delay: u64,
}

fn pay(text: &str) -> Result<Pay, String> {
    match text {
        "manual" => Ok(Pay::Manual),
        _ => text.parse::<Outcome>().map(Pay::AtOnce).map_err(|why| format!("{why}, or manual")),
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = Mock::builder()
        .port(options.port)
        .host(options.host)
        .signature_secret(options.signature_secret.clone())
        .retry_delay(std::time::Duration::from_millis(options.retry_delay))
        .on_delivery(|delivery: &Delivery| println!("{}", delivery.line()))
        .account(options.account)
        .client(options.client_id, options.client_secret)
        .seed(options.seed)
        .latency(std::time::Duration::from_millis(options.latency))
        .strict(options.strict)
        .pay(options.pay)
        .token_lifetime(std::time::Duration::from_secs(options.token_lifetime))
        .workers(workers)
        .on_request(tell);
    for service in options.service {
        builder = builder.service(service);
    }
    for url in &options.webhook {
        builder = builder.webhook(url, &options.webhook_secret);
    }
    for weather in options.weather {
        builder = builder.weather(weather);
    }
    if let Some(folder) = options.documents {
        builder = builder.documents(folder);
    }
    let mock = match builder.start_blocking() {
        Ok(mock) => mock,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::FAILURE;
        }
    };
    for note in mock.notes() {
        println!("note           {note}");
    }
    println!("base url       {}", mock.base_url());
    println!("account        {}", mock.account_id());
    println!("client id      {}", mock.client_id());
    println!("client secret  {}", mock.client_secret());
    println!("x-api-key      {}", mock.api_key());
    println!("token          {}", mock.token());
    println!("operations     {}", mock.operations());
    println!("for a program that takes its settings from the environment:");
    for (name, value) in [
        ("DINTERO_BASE_URL", mock.base_url()),
        ("DINTERO_ACCOUNT_ID", mock.account_id().to_owned()),
        ("DINTERO_CLIENT_ID", mock.client_id().to_owned()),
        ("DINTERO_CLIENT_SECRET", mock.client_secret().to_owned()),
        ("DINTERO_PROFILE_ID", "default".to_owned()),
        ("DINTERO_SIGNATURE_SECRET", options.signature_secret),
        ("DINTERO_WEBHOOK_SECRET", options.webhook_secret),
    ] {
        println!("export {name}={}", quoted(&value));
    }
    if !options.host.is_loopback() {
        println!("beyond this machine, with its name in DINTERO_BASE_URL: export DINTERO_ALLOW_HTTP=1");
    }
    loop {
        std::thread::park();
    }
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    match text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c)) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// A line per request: what was asked for and how it went, nothing of what was sent.
fn tell(request: &Received) {
    let operation = match (&request.service, &request.operation) {
        (Some(service), Some(operation)) => format!("{service} {operation}"),
        _ => "no operation".into(),
    };
    let mut line = format!("{} {:<6} {} ({operation})", request.status, request.method, request.path);
    if let Some(fault) = &request.fault {
        line.push_str(&format!(" [fault: {fault}]"));
    }
    for violation in &request.violations {
        line.push_str(&format!("\n    {} {}", violation.pointer, violation.message));
    }
    println!("{line}");
}
