output "arn" {
  description = "The cluster."
  value       = aws_msk_cluster.this.arn
}

output "name" {
  description = "Its name, as alarms have it."
  value       = aws_msk_cluster.this.cluster_name
}

output "brokers" {
  description = "The brokers' addresses for clients by IAM."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_iam
}

output "policies" {
  description = "Rights at the brokers: of who makes topics, and of who reads and writes them."
  value = {
    migrate = data.aws_iam_policy_document.migrate.json
    clients = data.aws_iam_policy_document.clients.json
  }
}
