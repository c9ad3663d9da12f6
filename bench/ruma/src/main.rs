//! Reads transactions, one per line, and prints the CPU time that ruma takes for each, in microseconds, as JSON.
//!
//! `messages`: the body with its EDUs, contents as raw JSON. `inbox`: the same, and the text of one event per device.
//! `value`: the body as `serde_json::Value`.

use std::hint::black_box;
use std::io::{Read, stdin};

use ruma::api::federation::transactions::edu::Edu;
use ruma::serde::Raw;
use ruma::to_device::DeviceIdOrAllDevices;
use ruma::{MilliSecondsSinceUnixEpoch, OwnedServerName};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The body of `PUT /_matrix/federation/v1/send/{txnId}`, with the types that ruma's request has.
#[derive(Deserialize)]
struct Body {
    #[allow(dead_code)]
    origin: OwnedServerName,
    #[allow(dead_code)]
    origin_server_ts: MilliSecondsSinceUnixEpoch,
    #[allow(dead_code)]
    pdus: Vec<Box<RawValue>>,
    #[serde(default)]
    edus: Vec<Raw<Edu>>,
}

fn messages(text: &str) -> Vec<Edu> {
    let body: Body = serde_json::from_str(text).expect("a transaction");
    body.edus.iter().map(|edu| edu.deserialize().expect("an EDU")).collect()
}

/// The events for the named devices, and for one device of each user in place of `*`.
fn inbox(text: &str) -> Vec<(String, String, String)> {
    let mut events = Vec::new();
    for edu in messages(text) {
        let Edu::DirectToDevice(message) = edu else { continue };
        let sender = serde_json::to_string(&message.sender).expect("a string");
        let kind = serde_json::to_string(&message.ev_type.to_string()).expect("a string");
        let end = format!(",\"sender\":{sender},\"type\":{kind}}}");
        for (user, devices) in &message.messages {
            for (device, contents) in devices {
                let device = match device {
                    DeviceIdOrAllDevices::DeviceId(id) => id.to_string(),
                    DeviceIdOrAllDevices::AllDevices => "PHONE".to_owned(),
                };
                let event = format!("{{\"content\":{}{end}", contents.json().get());
                events.push((user.to_string(), device, event));
            }
        }
    }
    events
}

fn cpu_micros() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is one of the system's, and `time` is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn micros_per_text<T>(texts: &[&str], read: impl Fn(&str) -> T) -> f64 {
    let mut times: Vec<f64> = texts
        .iter()
        .map(|text| {
            let start = cpu_micros();
            // Freeing the result is included, as garbage collection is in JavaScript.
            drop(black_box(read(black_box(text))));
            cpu_micros() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let mut input = String::new();
    stdin().read_to_string(&mut input).expect("text");
    let texts: Vec<&str> = input.lines().collect();
    println!(
        "{{\"messages\":{:.3},\"inbox\":{:.3},\"value\":{:.3}}}",
        micros_per_text(&texts, messages),
        micros_per_text(&texts, inbox),
        micros_per_text(&texts, |text| serde_json::from_str::<serde_json::Value>(text)),
    );
}
