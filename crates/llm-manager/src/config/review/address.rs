//! Judges a provider's address without looking anything up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is wrong with an address. None of it holds any part of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has no form of an address.
    NotAnAddress,
    /// Its scheme is not for the web, such as `file:`.
    Scheme,
    /// A user or password stands in it.
    UserInfo,
    /// The host is one that tells a machine its own secrets.
    LinkLocal,
    /// Clear text, to another machine.
    ClearText,
    /// Something follows a `?` or `#`.
    Query,
    /// It names a call, not where the calls are.
    Endpoint,
    /// It does not end with a version such as `/v1`.
    NoVersion,
    /// It has a version twice.
    DoubledVersion,
}

/// Paths of calls, which are added to an address and must not stand in it.
const ENDPOINTS: [&str; 4] = ["/chat/completions", "/completions", "/messages", "/models"];
/// Hosts of the services that tell a virtual machine about itself.
const METADATA: [&str; 3] = ["metadata", "metadata.google.internal", "instance-data"];

/// The first fault of `address`.
pub(super) fn judge(address: &str, allow_http: bool, is_versioned: bool) -> Option<Fault> {
    let address = address.trim();
    let Some((scheme, rest)) = address.split_once("://") else {
        let is_other = address.starts_with("file:") || address.starts_with("data:");
        return Some(if is_other { Fault::Scheme } else { Fault::NotAnAddress });
    };
    let is_clear = scheme.eq_ignore_ascii_case("http");
    if !is_clear && !scheme.eq_ignore_ascii_case("https") {
        return Some(Fault::Scheme);
    }
    // A backslash separates like a slash where addresses are parsed as browsers do it.
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Some(Fault::UserInfo);
    }
    let host = host(authority).to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    if host.is_empty() || address.contains(char::is_whitespace) || path.starts_with('\\') {
        return Some(Fault::NotAnAddress);
    }
    let number = number(host);
    if METADATA.contains(&host) || number.is_some_and(is_link_local) {
        return Some(Fault::LinkLocal);
    }
    let is_here = host == "localhost"
        || host.ends_with(".localhost")
        || number.is_some_and(|number| number.to_canonical().is_loopback());
    if is_clear && !is_here && !allow_http {
        return Some(Fault::ClearText);
    }
    path_fault(path, is_versioned)
}

fn path_fault(path: &str, is_versioned: bool) -> Option<Fault> {
    if path.contains(['?', '#']) {
        return Some(Fault::Query);
    }
    let path = path.trim_end_matches('/');
    if ENDPOINTS.iter().any(|endpoint| path.ends_with(endpoint)) {
        return Some(Fault::Endpoint);
    }
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|number| number.starts_with(|l: char| l.is_ascii_digit()))
    };
    match path.split('/').filter(|part| is_version(part)).count() {
        0 if is_versioned => Some(Fault::NoVersion),
        0 | 1 => None,
        _ => Some(Fault::DoubledVersion),
    }
}

/// The host without port and brackets.
fn host(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

/// The host as an IP address, in every spelling that a client takes for one.
fn number(host: &str) -> Option<IpAddr> {
    host.parse().ok().or_else(|| loose_v4(host).map(IpAddr::V4))
}

/// `2852039166`, `0xa9.254.0251.254` and the like.
fn loose_v4(host: &str) -> Option<Ipv4Addr> {
    let part = |text: &str| match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    };
    let parts: Vec<u32> = host.split('.').map(part).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let leading =
        leading.iter().zip([24, 16, 8]).fold(0, |sum, (part, shift)| sum | (part << shift));
    Some(Ipv4Addr::from(leading | last))
}

fn is_link_local(number: IpAddr) -> bool {
    const EC2: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match number.to_canonical() {
        IpAddr::V4(number) => number.is_link_local(),
        IpAddr::V6(number) => number.is_unicast_link_local() || number == EC2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_dangerous_host_is_seen() {
        let check = |address: &str, expected| {
            assert_eq!(judge(address, false, false), expected, "{address}");
        };
        check("https://api.example.com/v1", None);
        check("http://localhost:8080", None);
        check("http://127.0.0.1:1/x", None);
        check("http://[::1]:1", None);
        check("HTTP://api.localhost", None);
        check("http://api.example.com", Some(Fault::ClearText));
        check("http://127.0.0.1.example.com", Some(Fault::ClearText));
        check("file:///etc/passwd", Some(Fault::Scheme));
        check("ftp://example.com", Some(Fault::Scheme));
        check("https://me:secret@example.com", Some(Fault::UserInfo));
        check("http://localhost\\@example.com", Some(Fault::NotAnAddress));
        check("localhost:8080", Some(Fault::NotAnAddress));
        check("https://", Some(Fault::NotAnAddress));
        check("https://a b", Some(Fault::NotAnAddress));
        check("https://169.254.169.254/latest", Some(Fault::LinkLocal));
        check("https://2852039166", Some(Fault::LinkLocal));
        check("https://0xA9.254.0251.254", Some(Fault::LinkLocal));
        check("https://[::ffff:169.254.169.254]", Some(Fault::LinkLocal));
        check("https://[fe80::1]", Some(Fault::LinkLocal));
        check("https://metadata.google.internal.", Some(Fault::LinkLocal));
        check("https://example.com/v1?key=1", Some(Fault::Query));
        check("https://example.com/v1/chat/completions/", Some(Fault::Endpoint));
    }

    #[test]
    fn clear_text_can_be_allowed_a_metadata_service_cannot() {
        assert_eq!(judge("http://gpu.example.com", true, false), None);
        assert_eq!(judge("http://169.254.169.254", true, false), Some(Fault::LinkLocal));
    }

    #[test]
    fn a_version_given_twice_is_seen() {
        let twice = Some(Fault::DoubledVersion);
        assert_eq!(judge("https://example.com/v1/v1", false, true), twice);
        assert_eq!(judge("https://example.com/v1/v1/", false, false), twice);
        assert_eq!(judge("https://gateway.example.com/v4/openai", false, true), None);
    }

    #[test]
    fn a_version_is_missed_where_one_is_expected() {
        assert_eq!(judge("https://example.com/api", false, true), Some(Fault::NoVersion));
        assert_eq!(judge("https://example.com/v1beta/openai/", false, true), None);
    }
}
