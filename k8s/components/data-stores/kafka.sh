#!/bin/sh
# Starts a broker: who it is comes from its pod's name; its storage is made the first time, with the user `raally`.
set -eu
name=$(cat /etc/hostname)
{
    cat /etc/kafka-settings/server.properties
    echo "node.id=${name##*-}"
    echo "advertised.listeners=CLIENT://$name.kafka:9093,BROKER://$name.kafka:9095"
} >/tmp/server.properties
cat /etc/tls/tls.key /etc/tls/tls.crt >/tmp/keystore.pem
export LOG_DIR=/tmp/logs KAFKA_OPTS="-XX:TieredStopAtLevel=1"
if [ ! -f /var/lib/kafka/data/log/meta.properties ]; then
    KAFKA_HEAP_OPTS=-Xmx128m /opt/kafka/bin/kafka-storage.sh format --ignore-formatted --config /tmp/server.properties \
        --cluster-id cmFhbGx5LWNsdXN0ZXItMQ \
        --add-scram "SCRAM-SHA-512=[name=raally,password=$(cat /etc/secrets/password)]"
fi
export KAFKA_OPTS=""
exec /opt/kafka/bin/kafka-server-start.sh /tmp/server.properties
