output "topic_arn" {
  description = "Where alarms are told."
  value       = aws_sns_topic.alarms.arn
}

output "prometheus" {
  description = "Where the collector writes metrics; null without managed Prometheus."
  value       = one(aws_prometheus_workspace.this[*].prometheus_endpoint)
}
