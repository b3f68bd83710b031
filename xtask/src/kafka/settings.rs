//! A broker's `server.properties`.

use std::path::Path;

use super::instance::{Node, Plan};

/// Settings that do not depend on the broker.
const COMMON: &str = "\
process.roles=broker,controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,OAUTH:SASL_PLAINTEXT

# A listener that wants a token, and believes one that nobody has signed. A connection ends with its token.
listener.name.oauth.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.oauth.oauthbearer.connections.max.reauth.ms=3600000
listener.name.oauth.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";

# A topic that a test forgot to create is an error, as in production.
auto.create.topics.enable=false
unstable.api.versions.enable=false
unstable.feature.versions.enable=false

# Few, small and quick: a cluster lives for minutes on a small machine.
offsets.topic.num.partitions=5
transaction.state.log.num.partitions=5
share.coordinator.state.topic.num.partitions=5
num.network.threads=2
num.io.threads=4
background.threads=4
log.cleaner.dedupe.buffer.size=4194304
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000

# Both group protocols; rebalances start at once, and a test may ask for short timeouts.
group.coordinator.rebalance.protocols=classic,consumer
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.heartbeat.interval.ms=500
group.consumer.min.heartbeat.interval.ms=100
group.consumer.session.timeout.ms=15000
group.consumer.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
";

pub(super) fn server_properties(plan: &Plan, node: Node, data: &Path) -> String {
    let Node { id, port, controller_port, oauth_port } = node;
    let data = data.display();
    let voter = |node: &Node| format!("{}@127.0.0.1:{}", node.id, node.controller_port);
    let voters = plan.nodes.iter().map(voter).collect::<Vec<_>>().join(",");
    let replicas = plan.nodes.len().min(3);
    // One replica may be down.
    let in_sync = replicas.saturating_sub(1).max(1);
    // How soon a killed broker is noticed, and a restarted one is let in again. Where others could take over, a busy
    // machine must be able to hold a broker up for some seconds first.
    let session = if replicas > 1 { 6_000 } else { 3_000 };
    format!(
        "{COMMON}
node.id={id}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},OAUTH://127.0.0.1:{oauth_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},OAUTH://127.0.0.1:{oauth_port}
log.dirs={data}
broker.session.timeout.ms={session}

default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
"
    )
}

#[cfg(test)]
mod tests {
    use super::super::instance::Size;
    use super::*;

    fn properties(size: Size) -> String {
        let plan = Plan::new(size, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        server_properties(&plan, plan.nodes[0], Path::new("data"))
    }

    #[test]
    fn one_broker_replicates_nothing() {
        let text = properties(Size::One);
        assert!(text.contains("\ncontroller.quorum.voters=1@127.0.0.1:2\n"));
        assert!(text.contains("\nadvertised.listeners=PLAINTEXT://127.0.0.1:1,OAUTH://127.0.0.1:3\n"));
        assert!(
            text.contains("\ntransaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n")
        );
    }

    #[test]
    fn three_brokers_bear_the_loss_of_one() {
        let text = properties(Size::Three);
        assert!(text.contains("voters=1@127.0.0.1:2,2@127.0.0.1:5,3@127.0.0.1:8\n"));
        assert!(text.contains("\ndefault.replication.factor=3\nmin.insync.replicas=2\n"));
    }
}
