#!/bin/bash
# Kafka's tools, each by its name: kafka-topics.sh is this with the class that `classes` says.
set -euo pipefail
name=$(basename "$0" .sh)
if [ "$name" = kafka-run-class ]; then
    class=$1
    shift
else
    class=$(sed -n "s/^$name://p" "$(dirname "$(readlink -f "$0")")/classes")
fi
heap=${KAFKA_HEAP_OPTS:--Xmx256m}
[ "$class" != kafka.Kafka ] || heap=${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G}
# shellcheck disable=SC2086 # options
exec java $heap ${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1} ${KAFKA_OPTS:-} \
    -Dorg.slf4j.simpleLogger.showDateTime=true -Dorg.slf4j.simpleLogger.defaultLogLevel="${KAFKA_LOG_LEVEL:-warn}" \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    -cp "/opt/kafka/libs/*${CLASSPATH:+:$CLASSPATH}" "$class" "$@"
