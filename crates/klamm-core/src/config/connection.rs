//! Setters for brokers, names and connections.

use std::time::Duration;

use super::setter::setters;

setters! {
    /// Sets the brokers to start from: `host:port`, comma-separated.
    bootstrap_servers(servers: impl Into<String> => String)
        "bootstrap.servers", "none by default";

    /// Sets the name under which brokers log this client.
    client_id(name: impl Into<String> => String)
        "client.id", "default `rdkafka`";

    /// Sets the rack this client is in, so that it may read from a replica nearby.
    client_rack(rack: impl Into<String> => String)
        "client.rack", "none by default; the broker's counterpart is `broker.rack`";

    /// Sets how long a broker may take to answer a request.
    socket_timeout(timeout: Duration)
        "socket.timeout.ms", "default 60 s, from 10 ms to 5 min";

    /// Sets how long it may take to connect, with TLS and SASL.
    connection_setup_timeout(timeout: Duration)
        "socket.connection.setup.timeout.ms", "default 30 s, from 1 s to 24.8 days; what is longer counts as that";

    /// Sets after which time an idle connection is closed; zero is never.
    connections_max_idle(time: Duration)
        "connections.max.idle.ms", "default 0, to 24.8 days; what is longer counts as that";

    /// Sets whether TCP keeps connections alive.
    socket_keepalive(enabled: bool)
        "socket.keepalive.enable", "default false";

    /// Sets how long to wait before the first attempt to connect again.
    reconnect_backoff(time: Duration)
        "reconnect.backoff.ms", "default 100 ms, from 0 to 1 h";

    /// Sets how long the wait before an attempt to connect again may become.
    reconnect_backoff_max(time: Duration)
        "reconnect.backoff.max.ms", "default 10 s, from 0 to 1 h";

    /// Sets how long to wait before a request is tried a second time.
    retry_backoff(time: Duration)
        "retry.backoff.ms", "default 100 ms, from 1 ms to 5 min";

    /// Sets how long the wait before a request is tried again may become.
    retry_backoff_max(time: Duration)
        "retry.backoff.max.ms", "default 1 s, from 1 ms to 5 min";

    /// Sets how often topics and brokers are asked for.
    metadata_refresh_interval(time: Duration)
        "topic.metadata.refresh.interval.ms", "default 5 min, to 1 h";

    /// Sets whether a topic that a consumer asks for and that is not there is created, if the brokers allow it.
    allow_auto_create_topics(allowed: bool)
        "allow.auto.create.topics", "default false";
}
