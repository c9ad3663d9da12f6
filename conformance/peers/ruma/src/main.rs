//! Answers conformance cases with ruma: one case per line on standard input, one answer per line on standard output.
//! The protocol is in `../README.md`.

use std::io::{self, BufRead, Write};

use ruma::api::IncomingRequestExt;
use ruma::api::appservice::event::push_events::v1::Request as PushEvents;
use ruma::api::federation::transactions::edu::{DirectDeviceContent, Edu};
use ruma::api::federation::transactions::send_transaction_message::v1::Request as SendTransaction;
use ruma::events::AnyToDeviceEvent;
use ruma::to_device::DeviceIdOrAllDevices;
use ruma::{CanonicalJsonValue, OwnedServerName, OwnedTransactionId, OwnedUserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    text: String,
    #[serde(rename = "eventType")]
    event_type: Option<String>,
}

/// The members of an accepting answer next to its verdict, or the reason of a rejection.
type Answer = Result<Map<String, Value>, String>;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", hello())?;
    out.flush()?;
    for line in io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        writeln!(out, "{}", answer(&case))?;
        out.flush()?;
    }
    Ok(())
}

fn hello() -> Value {
    let crates = [
        "ruma",
        "ruma-common",
        "ruma-events",
        "ruma-federation-api",
        "ruma-appservice-api",
    ];
    let versions: Map<String, Value> = crates
        .iter()
        .map(|name| (name.to_string(), locked_version(name).into()))
        .collect();
    json!({
        "versions": versions,
        "kinds": {
            "edu": "Edu::deserialize",
            "message": "DirectDeviceContent::deserialize",
            "transaction": "send_transaction_message::v1::Request, and Edu for each of its EDUs",
            "userId": "OwnedUserId::deserialize, validate_strict, validate_historical",
            "serverName": "OwnedServerName::deserialize",
            "deviceId": "DeviceIdOrAllDevices::deserialize",
            "messageId": "OwnedTransactionId::deserialize",
            "contents": "AnyToDeviceEvent::deserialize",
            "canonicalJson": "CanonicalJsonValue::deserialize and Display",
            "appservice": "push_events::v1::Request, and AnyAppserviceToDeviceEvent for each of its events",
        },
    })
}

/// The version of a crate that this program was built with.
fn locked_version(name: &str) -> &'static str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let lock = include_str!("../Cargo.lock");
    lock.split_once(&entry)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}

fn answer(case: &Case) -> Value {
    let Some(result) = run(case) else {
        return json!({ "id": case.id, "verdict": "unsupported" });
    };
    let (verdict, mut members) = match result {
        Ok(members) => ("accept", members),
        Err(reason) => (
            "reject",
            Map::from_iter([("reason".to_owned(), reason.into())]),
        ),
    };
    members.insert("id".to_owned(), case.id.clone().into());
    members.insert("verdict".to_owned(), verdict.into());
    members.into()
}

/// `None` if ruma has no function for this kind.
fn run(case: &Case) -> Option<Answer> {
    let text = case.text.as_str();
    Some(match case.kind.as_str() {
        "edu" => direct_to_device(text),
        "message" => accepts::<DirectDeviceContent>(text),
        "transaction" => transaction(text),
        "userId" => user_id(text),
        "serverName" => accepts::<OwnedServerName>(text),
        "deviceId" => device_id(text),
        "messageId" => accepts::<OwnedTransactionId>(text),
        "contents" => contents(text, case.event_type.as_deref()?),
        "canonicalJson" => canonical_json(text),
        "appservice" => appservice(text),
        _ => return None,
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn accepts<T: DeserializeOwned>(text: &str) -> Answer {
    read::<T>(text).map(|_| Map::new())
}

/// Ruma accepts EDUs of other types, but they are not `m.direct_to_device`.
fn direct_to_device(text: &str) -> Answer {
    match read::<Edu>(text)? {
        Edu::DirectToDevice(_) => Ok(Map::new()),
        _ => Err("another type of EDU".to_owned()),
    }
}

fn transaction(text: &str) -> Answer {
    let request = http::Request::put("https://example.org/")
        .body(text.as_bytes())
        .map_err(|error| error.to_string())?;
    let request = SendTransaction::try_from_http_request(request, &["1"])
        .map_err(|error| error.to_string())?;
    let edus: Vec<&str> = request
        .edus
        .iter()
        .map(|edu| {
            if direct_to_device(edu.json().get()).is_ok() {
                "accept"
            } else {
                "reject"
            }
        })
        .collect();
    Ok(Map::from_iter([("edus".to_owned(), edus.into())]))
}

fn user_id(text: &str) -> Answer {
    let user_id = read::<OwnedUserId>(text)?;
    let grammar = if user_id.validate_strict().is_ok() {
        "strict"
    } else if user_id.validate_historical().is_ok() {
        "historical"
    } else {
        "noncompliant"
    };
    Ok(Map::from_iter([("grammar".to_owned(), grammar.into())]))
}

fn device_id(text: &str) -> Answer {
    match read::<DeviceIdOrAllDevices>(text)? {
        DeviceIdOrAllDevices::DeviceId(_) => Ok(Map::new()),
        DeviceIdOrAllDevices::AllDevices => Err("all devices".to_owned()),
    }
}

fn contents(text: &str, event_type: &str) -> Answer {
    let content = read::<Box<RawValue>>(text)?;
    let event = json!({ "type": event_type, "sender": "@john:example.com" }).to_string();
    // Contents are passed as text: a `Value` would change numbers and repeated members.
    let event = format!(
        "{},\"content\":{}}}",
        event.trim_end_matches('}'),
        content.get()
    );
    accepts::<AnyToDeviceEvent>(&event)
}

fn canonical_json(text: &str) -> Answer {
    let canonical = read::<CanonicalJsonValue>(text)?.to_string();
    Ok(Map::from_iter([("text".to_owned(), canonical.into())]))
}

/// The events that both the request and the event type accept, unchanged.
fn appservice(text: &str) -> Answer {
    let request = http::Request::put("https://example.org/")
        .body(text.as_bytes())
        .map_err(|error| error.to_string())?;
    let request =
        PushEvents::try_from_http_request(request, &["1"]).map_err(|error| error.to_string())?;
    let events = request
        .to_device
        .iter()
        .filter(|event| event.deserialize().is_ok());
    let events = events
        .map(|event| read::<Value>(event.json().get()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Map::from_iter([("events".to_owned(), events.into())]))
}
